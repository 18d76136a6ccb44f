// A benchmark's table and its file, the one input of every engine: rows in a fixed order, the first
// `trainRows` to train on, the rest to measure. The file is a uint32 length, a JSON header padded so
// that arrays begin at multiples of 64 bytes, and the arrays, little-endian:
//   label float32[rowCount]
//   dense:  values float32[rowCount × featureCount] row-major
//   sparse: offsets float64[rowCount + 1], indices uint32[], values float32[]   (CSR, absent = missing)

import { closeSync, openSync, readSync, writeSync } from "node:fs";

export interface SparseValues {
  readonly offsets: Float64Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

export interface BenchTable {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly trainRows: number;
  readonly label: Float32Array;
  /** [rowCount × featureCount] row-major, or CSR. */
  readonly values: Float32Array | SparseValues;
}

/** Part of a table; offsets of sparse values begin at 0. */
export type TableRows = Omit<BenchTable, "trainRows">;

interface Placement {
  readonly offset: number;
  readonly length: number;
}

interface Header {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly trainRows: number;
  readonly isSparse: boolean;
  readonly arrays: Readonly<Record<string, Placement>>;
}

const ALIGNMENT = 64;

export function writeTable(path: string, table: BenchTable): void {
  const { rowCount, featureCount, trainRows, label, values } = table;
  const isSparse = !(values instanceof Float32Array);
  const arrays = isSparse ? { label, ...values } : { label, values };
  const headerLength = 1024 - 4;
  const placements: Record<string, Placement> = {};
  let end = 1024;
  for (const [name, array] of Object.entries(arrays)) {
    placements[name] = { offset: end, length: array.length };
    end = Math.ceil((end + array.byteLength) / ALIGNMENT) * ALIGNMENT;
  }
  const header: Header = { rowCount, featureCount, trainRows, isSparse, arrays: placements };
  const file = openSync(path, "w");
  writeAll(file, new Uint8Array(Uint32Array.of(headerLength).buffer), 0);
  writeAll(file, new TextEncoder().encode(JSON.stringify(header).padEnd(headerLength)), 4);
  for (const [name, array] of Object.entries(arrays)) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    writeAll(file, bytes, placements[name].offset);
  }
  closeSync(file);
}

export function readHeader(path: string): Header {
  const file = openSync(path, "r");
  const [length] = read(file, new Uint32Array(1), 0);
  const text = new TextDecoder().decode(read(file, new Uint8Array(length), 4));
  closeSync(file);
  return JSON.parse(text) as Header;
}

/** Reads rows [begin, end) and nothing else, so that a process holds only what it uses. */
export function readRows(path: string, begin: number, end: number): TableRows {
  const { featureCount, isSparse, arrays } = readHeader(path);
  const file = openSync(path, "r");
  const rowCount = end - begin;
  const label = read(file, new Float32Array(rowCount), arrays.label.offset + 4 * begin);
  let values: Float32Array | SparseValues;
  if (isSparse) {
    const offsets = read(file, new Float64Array(rowCount + 1), arrays.offsets.offset + 8 * begin);
    const first = offsets[0];
    const entries = offsets[rowCount] - first;
    for (let row = 0; row <= rowCount; row++) offsets[row] -= first;
    const indices = read(file, new Uint32Array(entries), arrays.indices.offset + 4 * first);
    values = {
      offsets,
      indices,
      values: read(file, new Float32Array(entries), arrays.values.offset + 4 * first),
    };
  } else {
    const length = rowCount * featureCount;
    values = read(file, new Float32Array(length), arrays.values.offset + 4 * begin * featureCount);
  }
  closeSync(file);
  return { rowCount, featureCount, label, values };
}

/** One read or write call moves less than 2 GiB. */
const CHUNK_BYTES = 1 << 30;

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(file, bytes, at, Math.min(CHUNK_BYTES, bytes.length - at), position + at);
  }
}

function read<T extends Uint8Array | Uint32Array | Float32Array | Float64Array>(
  file: number,
  into: T,
  position: number,
): T {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(file, bytes, at, Math.min(CHUNK_BYTES, bytes.length - at), position + at);
    if (got === 0) throw new Error(`the table ends at byte ${position + at}`);
    at += got;
  }
  return into;
}
