// Parquet's hybrid of run lengths and bit packing, which holds definition levels and positions in a
// dictionary (apache/parquet-format, Encodings.md, "RLE/Bit-Packing Hybrid").

import { CoppiceError } from "../../core/errors.ts";

/**
 * Decodes `count` values from bytes[begin, end) into `out` from `outBegin` on. Each run begins with
 * a variable-length integer: even = a run of one value, odd = groups of eight packed values.
 *
 * @param bitWidth in [0, 32]; 0 stands for zeros
 * @throws {CoppiceError} INVALID_DATA when the bytes end too early
 */
export function decodeHybrid(
  bytes: Uint8Array,
  begin: number,
  end: number,
  bitWidth: number,
  out: Int32Array,
  outBegin: number,
  count: number,
): void {
  const outEnd = outBegin + count;
  if (bitWidth === 0) {
    out.fill(0, outBegin, outEnd);
    return;
  }
  const valueBytes = (bitWidth + 7) >> 3;
  let at = begin;
  let to = outBegin;
  while (to < outEnd) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= end) throw tooShort();
      const byte = bytes[at++];
      header |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (header & 1) {
      const packedBytes = (header >>> 1) * bitWidth;
      const values = Math.min((header >>> 1) * 8, outEnd - to);
      if (at + Math.ceil((values * bitWidth) / 8) > end) throw tooShort();
      unpackBits(bytes, at, bitWidth, out, to, values);
      at += packedBytes;
      to += values;
    } else {
      if (at + valueBytes > end) throw tooShort();
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value |= bytes[at++] << (8 * i);
      const values = Math.min(header >>> 1, outEnd - to);
      // A run of nothing would never end.
      if (values === 0) throw tooShort();
      out.fill(value, to, to + values);
      to += values;
    }
  }
}

/** `count` values of `bitWidth` bits each, least significant bit first. */
function unpackBits(
  bytes: Uint8Array,
  at: number,
  bitWidth: number,
  out: Int32Array,
  to: number,
  count: number,
): void {
  if (bitWidth <= 24) {
    const mask = (1 << bitWidth) - 1;
    let bits = 0;
    let available = 0;
    for (let i = 0; i < count; i++) {
      while (available < bitWidth) {
        bits |= bytes[at++] << available;
        available += 8;
      }
      out[to + i] = bits & mask;
      bits >>>= bitWidth;
      available -= bitWidth;
    }
    return;
  }
  // 32 bits do not hold a wide value and the rest of a byte: bit by bit is rare enough.
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let bit = 0; bit < bitWidth; bit++) {
      const position = i * bitWidth + bit;
      value |= ((bytes[at + (position >> 3)] >> (position & 7)) & 1) << bit;
    }
    out[to + i] = value;
  }
}

function tooShort(): CoppiceError {
  return new CoppiceError("INVALID_DATA", "a Parquet page ends too early");
}
