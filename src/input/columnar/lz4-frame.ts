// LZ4 frames, the default compression of Arrow files ("Feather V2"). Blocks of a frame may refer back
// into earlier blocks, so all of them go into one output, whose length is found by a first pass over
// the lengths alone (lz4_Frame_format.md and lz4_Block_format.md of lz4/lz4). Checksums are skipped,
// not verified.

import { CoppiceError } from "../../core/errors.ts";

const MAGIC = 0x184d2204;
/** Bits of the frame's flag byte. */
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY_ID = 0x01;
/** Bit of a block's length: it is stored as it is. */
const IS_STORED = 0x80000000;

/** bytes[begin, end) of a frame. */
interface Block {
  readonly begin: number;
  readonly end: number;
  readonly isStored: boolean;
}

/** @throws {CoppiceError} INVALID_DATA when `bytes` are no complete LZ4 frame */
export function decodeLz4Frame(bytes: Uint8Array): Uint8Array {
  const blocks = blocksOf(bytes);
  let length = 0;
  for (const block of blocks) {
    length += block.isStored ? block.end - block.begin : walkBlock(bytes, block, undefined, 0);
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const block of blocks) {
    if (block.isStored) {
      out.set(bytes.subarray(block.begin, block.end), at);
      at += block.end - block.begin;
    } else at = walkBlock(bytes, block, out, at);
  }
  return out;
}

function blocksOf(bytes: Uint8Array): Block[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 11 || view.getUint32(0, true) !== MAGIC || bytes[4] >> 6 !== 1) throw damaged();
  const flags = bytes[4];
  // Magic, flags, block size; then what the flags say; then a checksum of the header.
  let at = 7 + (flags & HAS_CONTENT_SIZE ? 8 : 0) + (flags & HAS_DICTIONARY_ID ? 4 : 0);
  const blocks: Block[] = [];
  for (;;) {
    if (at + 4 > bytes.length) throw damaged();
    const header = view.getUint32(at, true);
    if (header === 0) return blocks;
    const begin = at + 4;
    const end = begin + (header & ~IS_STORED);
    if (end > bytes.length) throw damaged();
    blocks.push({ begin, end, isStored: header >= IS_STORED });
    at = end + (flags & HAS_BLOCK_CHECKSUMS ? 4 : 0);
  }
}

/**
 * Goes through a block: literals and matches by turns, lengths of 15 going on in further bytes. Writes
 * to `out` from `to` on, or only counts where there is no `out`.
 *
 * @returns the position in the output after the block
 */
function walkBlock(bytes: Uint8Array, block: Block, out: Uint8Array | undefined, to: number): number {
  const { end } = block;
  let at = block.begin;
  while (at < end) {
    const token = bytes[at++];
    let literals = token >> 4;
    if (literals === 15) {
      let byte = 255;
      while (byte === 255 && at < end) literals += byte = bytes[at++];
    }
    if (at + literals > end) throw damaged();
    if (out) for (let i = 0; i < literals; i++) out[to + i] = bytes[at + i];
    at += literals;
    to += literals;
    if (at === end) return to;
    if (at + 2 > end) throw damaged();
    const distance = bytes[at] | (bytes[at + 1] << 8);
    at += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let byte = 255;
      while (byte === 255 && at < end) length += byte = bytes[at++];
    }
    if (out) repeat(out, to, distance, length);
    to += length;
  }
  return to;
}

/** Copies `count` bytes from `distance` back; the copy may overlap what it writes. */
function repeat(out: Uint8Array, to: number, distance: number, count: number): void {
  const from = to - distance;
  if (distance === 0 || from < 0) throw damaged();
  if (distance >= count && count > 32) out.copyWithin(to, from, from + count);
  else for (let i = 0; i < count; i++) out[to + i] = out[from + i];
}

function damaged(): CoppiceError {
  return new CoppiceError("INVALID_DATA", "damaged LZ4 data");
}
