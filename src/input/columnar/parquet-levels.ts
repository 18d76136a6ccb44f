// Parquet's hybrid of run lengths and bit packing, which holds definition levels and positions in a
// dictionary (apache/parquet-format, Encodings.md, "RLE/Bit-Packing Hybrid").

import { CoppiceError } from "../../core/errors.ts";

/**
 * Decodes out.length values. Each run begins with a variable-length integer: even = a run of one value,
 * odd = groups of eight packed values.
 *
 * @param bitWidth in [0, 32]; 0 stands for zeros
 * @throws {CoppiceError} INVALID_DATA when the bytes end too early
 */
export function decodeHybrid(bytes: Uint8Array, bitWidth: number, out: Int32Array): void {
  const { length: end } = bytes;
  const { length: outEnd } = out;
  if (bitWidth === 0) {
    out.fill(0);
    return;
  }
  const valueBytes = (bitWidth + 7) >> 3;
  let at = 0;
  let to = 0;
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
      unpackBits(bytes, at, bitWidth, out.subarray(to, to + values));
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

/** out.length values of `bitWidth` bits each from bytes[at] on, least significant bit first. */
function unpackBits(bytes: Uint8Array, at: number, bitWidth: number, out: Int32Array): void {
  if (bitWidth <= 24) {
    const mask = (1 << bitWidth) - 1;
    let bits = 0;
    let available = 0;
    for (let i = 0; i < out.length; i++) {
      while (available < bitWidth) {
        bits |= bytes[at++] << available;
        available += 8;
      }
      out[i] = bits & mask;
      bits >>>= bitWidth;
      available -= bitWidth;
    }
    return;
  }
  // 32 bits do not hold a wide value and the rest of a byte: bit by bit is rare enough.
  for (let i = 0; i < out.length; i++) {
    let value = 0;
    for (let bit = 0; bit < bitWidth; bit++) {
      const position = i * bitWidth + bit;
      value |= ((bytes[at + (position >> 3)] >> (position & 7)) & 1) << bit;
    }
    out[i] = value;
  }
}

function tooShort(): CoppiceError {
  return new CoppiceError("INVALID_DATA", "a Parquet page ends too early");
}
