// The fingerprint of a table, by which a resumed run knows its data again. A row's hash is the sum of the
// hashes of its present cells, each keyed by its column; a table's is the sum of its rows' hashes, each
// keyed by the row's number in the whole table. Sums are modulo 2^32, in two lanes, so they do not
// depend on how rows lie on peers, nor on whether the table is dense or sparse. Against mistakes, not
// against forgery.

import type { Collective } from "../core/collective.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { type Features, SparseFeatures } from "../data/features.ts";
import { sha256 } from "./sealed-json.ts";

/** What must not change in a table between the parts of a run; each is a number or a digest in hexadecimal. */
export interface TableFingerprint {
  /** On all peers together. */
  readonly rows: number;
  readonly columns: number;
  readonly features: string;
  readonly labels: string;
  readonly weights: string;
  readonly baseMargins: string;
  readonly queries: string;
  readonly featureNames: string;
  readonly featureTypes: string;
  readonly categories: string;
  readonly labelClasses: string;
  readonly featureWeights: string;
}

/** The parts that are sums over rows, in the order in which their sums lie side by side. */
const ROW_PARTS = ["features", "labels", "weights", "baseMargins", "queries"] as const;

const BLOCK_CELLS = 1 << 16;
const TWO_32 = 2 ** 32;

/**
 * The fingerprint of a table whose rows lie on the peers as consecutive ranges in rank order. Costs one
 * pass over the cells.
 */
export async function fingerprintTable(data: DMatrix, collective: Collective): Promise<TableFingerprint> {
  const { rowCount, label, weight, baseMargin, queryOffsets } = data;
  const counts = await collective.allGather(new Uint8Array(Float64Array.of(rowCount).buffer));
  const rowCounts = counts.map((bytes) => new Float64Array(bytes.slice().buffer)[0]);
  const firstRow = rowCounts.slice(0, collective.rank).reduce((sum, count) => sum + count, 0);
  const sums = ROW_PARTS.map(() => new RowSums(firstRow));
  addFeatures(sums[0], data.features);
  [label, weight, baseMargin].forEach((values, i) => {
    addVector(sums[1 + i], values, rowCount);
  });
  // The row that a query begins with says where it begins; an empty query does not show.
  if (queryOffsets) for (const begin of queryOffsets.subarray(0, -1)) sums[4].add(begin, 1, 1);
  const words = Float64Array.from(sums.flatMap(({ a, b }) => [a, b]));
  await collective.allReduceSum(words);
  const digests = ROW_PARTS.map((part, i) => [part, hex(words[2 * i]) + hex(words[2 * i + 1])] as const);
  return {
    rows: rowCounts.reduce((sum, count) => sum + count, 0),
    columns: data.featureCount,
    ...(Object.fromEntries(digests) as Record<(typeof ROW_PARTS)[number], string>),
    featureNames: await digestOf(data.featureNames),
    featureTypes: await digestOf(data.featureTypes),
    categories: await digestOf(data.categories),
    labelClasses: await digestOf(data.labelClasses),
    featureWeights: await digestOf(data.featureWeights && Array.from(data.featureWeights)),
  };
}

async function digestOf(value: unknown): Promise<string> {
  if (value === undefined) return "none";
  return (await sha256(new TextEncoder().encode(JSON.stringify(value)))).slice(0, 16);
}

function hex(sum: number): string {
  return (sum % TWO_32).toString(16).padStart(8, "0");
}

/** The sums of row hashes in both lanes. */
class RowSums {
  a = 0;
  b = 0;
  readonly #firstRow: number;

  constructor(firstRow: number) {
    this.#firstRow = firstRow;
  }

  /** @param row its number on this peer */
  add(row: number, hashA: number, hashB: number): void {
    const global = this.#firstRow + row;
    const key = scramble((global | 0) ^ scramble((Math.floor(global / TWO_32) + 1) | 0));
    this.a = (this.a + scramble(hashA ^ key)) >>> 0;
    this.b = (this.b + scramble(hashB + key)) >>> 0;
  }
}

/** A permutation of 32-bit words, see core/random.ts. */
function scramble(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  word = Math.imul(word ^ (word >>> 15), 0xd35a2d97);
  return word ^ (word >>> 15);
}

/** Per column a key for each lane. */
function columnKeys(count: number): { a: Int32Array; b: Int32Array } {
  return {
    a: Int32Array.from({ length: count }, (_, column) => scramble(2 * column + 1)),
    b: Int32Array.from({ length: count }, (_, column) => scramble(~(2 * column))),
  };
}

const cell = new Float32Array(1);
const cellBits = new Int32Array(cell.buffer);

function addFeatures(sums: RowSums, features: Features): void {
  if (features instanceof SparseFeatures) {
    addSparse(sums, features);
    return;
  }
  const width = features.featureCount;
  const keys = columnKeys(width);
  const blockRows = Math.max(1, Math.floor(BLOCK_CELLS / Math.max(1, width)));
  const scratch = new Float32Array(blockRows * width);
  for (let begin = 0; begin < features.rowCount; begin += blockRows) {
    const end = Math.min(begin + blockRows, features.rowCount);
    const values = features.readRows(begin, end, scratch);
    for (let row = begin; row < end; row++) addRow(sums, row, values, (row - begin) * width, keys);
  }
}

/** Adds a row that lies at values[at], as wide as there are keys. */
function addRow(
  sums: RowSums,
  row: number,
  values: ArrayLike<number>,
  at: number,
  keys: { a: Int32Array; b: Int32Array },
): void {
  let a = 0;
  let b = 0;
  for (let column = 0; column < keys.a.length; column++) {
    const value = values[at + column];
    if (value !== value) continue;
    // Minus zero is zero.
    cell[0] = value + 0;
    a = (a + scramble(cellBits[0] ^ keys.a[column])) | 0;
    b = (b + scramble((cellBits[0] + keys.b[column]) | 0)) | 0;
  }
  sums.add(row, a, b);
}

function addSparse(
  sums: RowSums,
  { offsets, indices, values, rowCount, featureCount }: SparseFeatures,
): void {
  const keys = columnKeys(featureCount);
  for (let row = 0; row < rowCount; row++) {
    let a = 0;
    let b = 0;
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      if (values[i] !== values[i]) continue;
      cell[0] = values[i] + 0;
      a = (a + scramble(cellBits[0] ^ keys.a[indices[i]])) | 0;
      b = (b + scramble((cellBits[0] + keys.b[indices[i]]) | 0)) | 0;
    }
    sums.add(row, a, b);
  }
}

/** @param values as many per row for every row; undefined adds nothing */
function addVector(sums: RowSums, values: Float32Array | undefined, rowCount: number): void {
  if (values === undefined || rowCount === 0) return;
  const width = values.length / rowCount;
  const keys = columnKeys(width);
  for (let row = 0; row < rowCount; row++) addRow(sums, row, values, row * width, keys);
}
