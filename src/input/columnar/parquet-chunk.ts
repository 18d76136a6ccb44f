// A column chunk (one column of one row group) of a flat Parquet column straight into numbers or
// codes: plain and dictionary pages, which is what nearly all writers produce. The library reads
// other encodings; this way is about ten times as fast and makes no object per value.

import { CoppiceError } from "../../core/errors.ts";
import type { ByteDictionary } from "../table/byte-dictionary.ts";
import { decodeHybrid } from "./parquet-levels.ts";
import { type PageHeader, readPageHeader } from "./parquet-page.ts";

/** parquet.thrift's numbers of the encodings that are read here. */
const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const RLE_DICTIONARY = 8;
/** How column metadata names them, and the one that only levels use. */
export const CHUNK_ENCODINGS: ReadonlySet<string> = new Set([
  "PLAIN",
  "PLAIN_DICTIONARY",
  "RLE_DICTIONARY",
  "RLE",
  "BIT_PACKED",
]);

export type ChunkType = "BOOLEAN" | "INT32" | "INT64" | "FLOAT" | "DOUBLE" | "BYTE_ARRAY";

export interface ChunkColumn {
  readonly type: ChunkType;
  /** Integers are unsigned. */
  readonly isUnsigned: boolean;
  /** Decimal places of an integer that stands for a decimal number. */
  readonly scale: number;
  /** Values can be null. */
  readonly isOptional: boolean;
  unpack(bytes: Uint8Array, length: number): Uint8Array;
  /** Where texts of a BYTE_ARRAY column get their codes. */
  readonly texts: ByteDictionary | undefined;
}

/** Values to numbers, or to codes when they are texts: -1 where missing. */
export type ChunkValues = Float64Array | Int32Array;

/**
 * Decodes a chunk of out.length rows.
 *
 * @param out Float64Array for numbers (NaN where null), Int32Array for texts
 * @param scratch at least as long as `out`; holds nothing between two calls
 * @throws {CoppiceError} INVALID_DATA when the chunk is damaged
 */
export function decodeChunk(
  bytes: Uint8Array,
  column: ChunkColumn,
  out: ChunkValues,
  scratch: Int32Array = new Int32Array(out.length),
): void {
  let dictionary: ChunkValues | undefined;
  let row = 0;
  let at = 0;
  while (row < out.length) {
    const header = readPageHeader(bytes, at);
    at = header.end + header.packedBytes;
    if (at > bytes.length) throw damaged("it ends inside a page");
    const stored = bytes.subarray(header.end, at);
    if (header.type === "dictionary") {
      const page = column.unpack(stored, header.unpackedBytes);
      dictionary = emptyLike(out, header.valueCount);
      decodePlain(page, column, dictionary, header.valueCount);
    } else if (header.type !== "index") {
      if (row + header.valueCount > out.length) throw damaged("it has more values than rows");
      const values = out.subarray(row, row + header.valueCount);
      const page = openDataPage(stored, header, column);
      decodeDataPage(page, column, dictionary, values, scratch);
      row += header.valueCount;
    }
  }
}

function emptyLike(values: ChunkValues, length: number): ChunkValues {
  return values instanceof Float64Array ? new Float64Array(length) : new Int32Array(length);
}

/** @param scratch room for the levels or positions of a page */
function decodeDataPage(
  { levels, values: page, encoding }: DataPage,
  column: ChunkColumn,
  dictionary: ChunkValues | undefined,
  out: ChunkValues,
  scratch: Int32Array,
): void {
  const { length: valueCount } = out;
  let present = valueCount;
  if (column.isOptional) {
    decodeHybrid(levels, 1, scratch.subarray(0, valueCount));
    present = 0;
    for (let i = 0; i < valueCount; i++) present += scratch[i];
  }
  const isFull = present === valueCount;
  const target = isFull ? out : emptyLike(out, present);
  // The levels are needed until the values are in their rows.
  const positions = isFull ? scratch : new Int32Array(present);
  if (encoding === PLAIN) decodePlain(page, column, target, present);
  else if (encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY) {
    if (dictionary === undefined) throw damaged("it has no dictionary");
    if (present > 0) decodeHybrid(page.subarray(1), page[0], positions.subarray(0, present));
    lookUp(dictionary, positions, target, present);
  } else if (encoding === RLE && column.type === "BOOLEAN") {
    // Both versions of data pages put the length of the runs before them.
    decodeHybrid(page.subarray(4), 1, positions.subarray(0, present));
    for (let i = 0; i < present; i++) target[i] = positions[i];
  } else throw new CoppiceError("UNSUPPORTED", `Parquet encoding ${encoding} is not supported here`);
  if (!isFull) spread(target, scratch, out);
}

/** A page as it is decoded. */
interface DataPage {
  readonly encoding: number;
  /** The definition levels, where the column is optional. */
  readonly levels: Uint8Array;
  /** Unpacked. */
  readonly values: Uint8Array;
}

function openDataPage(stored: Uint8Array, header: PageHeader, column: ChunkColumn): DataPage {
  const { encoding } = header;
  if (header.type === "dataV2") {
    const levelBytes = header.repetitionBytes + header.definitionBytes;
    if (levelBytes > stored.length) throw damaged("a page ends too early");
    const levels = stored.subarray(header.repetitionBytes, levelBytes);
    const values = stored.subarray(levelBytes);
    const isPacked = header.isPacked && values.length > 0;
    const unpackedBytes = header.unpackedBytes - levelBytes;
    return { encoding, levels, values: isPacked ? column.unpack(values, unpackedBytes) : values };
  }
  const page = column.unpack(stored, header.unpackedBytes);
  if (!column.isOptional) return { encoding, levels: page.subarray(0, 0), values: page };
  const begin = 4 + (page.length < 4 ? 0 : readUint32(page, 0));
  if (begin > page.length) throw damaged("a page ends too early");
  return { encoding, levels: page.subarray(4, begin), values: page.subarray(begin) };
}

function lookUp(dictionary: ChunkValues, positions: Int32Array, out: ChunkValues, count: number): void {
  for (let i = 0; i < count; i++) {
    // Unsigned, so that a negative position is too large as well.
    if (positions[i] >>> 0 >= dictionary.length) throw damaged("a value is not in the dictionary");
    out[i] = dictionary[positions[i]];
  }
}

/** Puts the values that are there into their rows, NaN or -1 elsewhere. */
function spread(present: ChunkValues, levels: Int32Array, out: ChunkValues): void {
  const missing = out instanceof Float64Array ? NaN : -1;
  let next = 0;
  for (let row = 0; row < out.length; row++) out[row] = levels[row] === 1 ? present[next++] : missing;
}

function decodePlain(page: Uint8Array, column: ChunkColumn, out: ChunkValues, count: number): void {
  const { type, isUnsigned, scale } = column;
  if (type === "BYTE_ARRAY") {
    decodeTexts(page, column.texts, out, count);
    return;
  }
  const bytesNeeded =
    type === "BOOLEAN" ? (count + 7) >> 3 : count * (type === "INT32" || type === "FLOAT" ? 4 : 8);
  if (bytesNeeded > page.length) throw damaged("a page ends too early");
  if (type === "BOOLEAN") {
    for (let i = 0; i < count; i++) out[i] = (page[i >> 3] >> (i & 7)) & 1;
    return;
  }
  // Values need not be aligned in the page, a typed array must be.
  const words = page.slice(0, bytesNeeded).buffer;
  if (type === "FLOAT") out.set(new Float32Array(words));
  else if (type === "DOUBLE") out.set(new Float64Array(words));
  else if (type === "INT32") out.set(isUnsigned ? new Uint32Array(words) : new Int32Array(words));
  else {
    const low = new Uint32Array(words);
    const high = isUnsigned ? low : new Int32Array(words);
    for (let i = 0; i < count; i++) out[i] = high[2 * i + 1] * 4294967296 + low[2 * i];
  }
  if (scale > 0) for (let i = 0; i < count; i++) out[i] /= 10 ** scale;
}

function decodeTexts(
  page: Uint8Array,
  texts: ByteDictionary | undefined,
  out: ChunkValues,
  count: number,
): void {
  let at = 0;
  for (let i = 0; i < count; i++) {
    const begin = at + 4;
    if (begin > page.length) throw damaged("a page ends too early");
    at = begin + readUint32(page, at);
    if (at > page.length) throw damaged("a page ends too early");
    out[i] = texts?.codeOf(page, begin, at) ?? -1;
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function damaged(reason: string): CoppiceError {
  return new CoppiceError("INVALID_DATA", `damaged Parquet column: ${reason}`);
}
