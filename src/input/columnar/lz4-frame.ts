// LZ4 frames, the default compression of Arrow files ("Feather V2"). Blocks of a frame may refer back
// into earlier blocks, so all of them go into one growing output (lz4_Frame_format.md, lz4_Block_format.md
// of lz4/lz4). Checksums are skipped, not verified.

import { CoppiceError } from "../../core/errors.ts";

const MAGIC = 0x184d2204;
/** Bits of the frame's flag byte. */
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY_ID = 0x01;
const IS_STORED = 0x80000000;

/** @throws {CoppiceError} INVALID_DATA when `bytes` are no complete LZ4 frame */
export function decodeLz4Frame(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 11 || view.getUint32(0, true) !== MAGIC || bytes[4] >> 6 !== 1) throw damaged();
  const flags = bytes[4];
  let at = 6;
  let contentBytes = 4 * bytes.length;
  if (flags & HAS_CONTENT_SIZE) {
    contentBytes = view.getUint32(at, true) + 4294967296 * view.getUint32(at + 4, true);
    at += 8;
  }
  if (flags & HAS_DICTIONARY_ID) at += 4;
  at++; // checksum of the header
  const out = new Output(contentBytes);
  for (;;) {
    if (at + 4 > bytes.length) throw damaged();
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) return out.finish();
    const length = header & ~IS_STORED;
    if (at + length > bytes.length) throw damaged();
    const block = bytes.subarray(at, at + length);
    if (header >= IS_STORED) out.append(block);
    else decodeBlock(block, out);
    at += length + (flags & HAS_BLOCK_CHECKSUMS ? 4 : 0);
  }
}

/** Literals and matches by turns; lengths of 15 go on in further bytes. */
function decodeBlock(block: Uint8Array, out: Output): void {
  let at = 0;
  const readLength = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (let byte = 255; byte === 255; ) {
      if (at >= block.length) throw damaged();
      byte = block[at++];
      length += byte;
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = readLength(token >> 4);
    if (at + literals > block.length) throw damaged();
    out.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    if (at + 2 > block.length) throw damaged();
    const distance = block[at] | (block[at + 1] << 8);
    at += 2;
    out.repeat(distance, readLength(token & 15) + 4);
  }
}

class Output {
  #bytes: Uint8Array;
  #length = 0;

  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(Math.max(64, expectedBytes));
  }

  append(part: Uint8Array): void {
    this.#makeRoom(part.length);
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }

  /** Copies `count` bytes from `distance` back; the copy may overlap what it writes. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw damaged();
    this.#makeRoom(count);
    const begin = this.#length;
    if (distance >= count) this.#bytes.copyWithin(begin, begin - distance, begin - distance + count);
    else for (let i = begin; i < begin + count; i++) this.#bytes[i] = this.#bytes[i - distance];
    this.#length += count;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #makeRoom(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

function damaged(): CoppiceError {
  return new CoppiceError("INVALID_DATA", "damaged LZ4 data");
}
