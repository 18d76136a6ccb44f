// The feature values of a table, float32, NaN = missing. Two forms with one reading interface:
// dense (blocks of rows, row-major) and sparse (CSR; absent = missing).

import { CoppiceError, showValue } from "../core/errors.ts";

/** How a model looks at values; see model/model.ts and tree/tree.ts. */
export interface SplittingModel {
  readonly trees?: readonly {
    readonly left: Int32Array;
    readonly splitType: Uint8Array;
    readonly splitFeature: Uint32Array;
    readonly splitCondition: Float32Array;
  }[];
  readonly linearWeights?: Float32Array | null;
}

/** Feature values that can be read as dense blocks of rows. */
export interface Features {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly isSparse: boolean;
  /**
   * Rows [begin, end) as [rows × featureCount] row-major, NaN where missing. May be a view of the
   * table itself: read only. `scratch` holds at least that many values and may be written.
   */
  readRows(begin: number, end: number, scratch: Float32Array): Float32Array;
  /** Present values per feature, where they are known already. */
  readonly presentCounts?: Uint32Array;
  /** Where only bins are kept: the cuts between them. Values that are read stand for those of their bin. */
  readonly cuts?: { readonly values: Float32Array; readonly offsets: Uint32Array };
  /**
   * Where only bins are kept: refuses a model that could tell values of one bin apart.
   *
   * @throws {CoppiceError} INVALID_DATA
   */
  checkModel?(model: SplittingModel): void;
  /** Gives the memory of the values back, at once where the runtime can; they cannot be read any more. */
  release?(): void;
}

/** Dense values in blocks of `blockRowCount` rows (the last block may be shorter). */
export class DenseFeatures implements Features {
  readonly isSparse = false;
  readonly rowCount: number;
  readonly featureCount: number;
  readonly blocks: readonly Float32Array[];
  readonly blockRowCount: number;

  constructor(
    blocks: readonly Float32Array[],
    rowCount: number,
    featureCount: number,
    blockRowCount: number = Math.max(1, rowCount),
  ) {
    this.blocks = blocks;
    this.rowCount = rowCount;
    this.featureCount = featureCount;
    this.blockRowCount = blockRowCount;
  }

  readRows(begin: number, end: number, scratch: Float32Array): Float32Array {
    const width = this.featureCount;
    if (begin >= end) return scratch.subarray(0, 0);
    const block = Math.floor(begin / this.blockRowCount);
    const firstRow = block * this.blockRowCount;
    if (end <= firstRow + this.blockRowCount) {
      return this.blocks[block].subarray((begin - firstRow) * width, (end - firstRow) * width);
    }
    for (let row = begin; row < end; ) {
      const at = Math.floor(row / this.blockRowCount);
      const offset = row - at * this.blockRowCount;
      const rows = Math.min(end - row, this.blockRowCount - offset);
      scratch.set(this.blocks[at].subarray(offset * width, (offset + rows) * width), (row - begin) * width);
      row += rows;
    }
    return scratch.subarray(0, (end - begin) * width);
  }

  release(): void {
    for (const { buffer } of this.blocks) releaseBuffer(buffer);
  }
}

/** The system's allocator takes what is larger than 32 MiB from the system itself, whatever it did before. */
const OWN_MAPPING_BYTES = 33 * 2 ** 20;
const SMALL_BYTES = 2 ** 20;

/**
 * A zeroed buffer of at least that many bytes whose memory goes back to the system when it is released, instead
 * of staying with the process. It is large for that where it is not small; only what is written takes memory.
 */
export function releasableBuffer(sizeBytes: number): ArrayBuffer {
  return new ArrayBuffer(sizeBytes < SMALL_BYTES ? sizeBytes : Math.max(sizeBytes, OWN_MAPPING_BYTES));
}

/** Gives the memory of a buffer back, where the runtime can. */
export function releaseBuffer(buffer: ArrayBufferLike): void {
  // Not in the library of ES2023: Node 22, and browsers of 2024.
  if ("transfer" in buffer) (buffer as { transfer(length: number): unknown }).transfer(0);
}

/** Compressed sparse rows: row r's entries are [offsets[r], offsets[r + 1]); absent means missing. */
export class SparseFeatures implements Features {
  readonly isSparse = true;
  readonly rowCount: number;
  readonly featureCount: number;
  readonly offsets: Uint32Array | Float64Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;

  constructor(
    offsets: Uint32Array | Float64Array,
    indices: Uint32Array,
    values: Float32Array,
    featureCount: number,
  ) {
    this.offsets = offsets;
    this.indices = indices;
    this.values = values;
    this.rowCount = offsets.length - 1;
    this.featureCount = featureCount;
  }

  readRows(begin: number, end: number, scratch: Float32Array): Float32Array {
    const width = this.featureCount;
    const rows = scratch.subarray(0, (end - begin) * width);
    rows.fill(NaN);
    for (let row = begin; row < end; row++) {
      const base = (row - begin) * width;
      for (let i = this.offsets[row]; i < this.offsets[row + 1]; i++) {
        rows[base + this.indices[i]] = this.values[i];
      }
    }
    return rows;
  }
}

/**
 * Checks values that stand in rows of `width` from `firstRow` on, turning `missing` into NaN in place.
 *
 * @throws {CoppiceError} INVALID_DATA naming row and feature of an infinite value
 */
export function normaliseValues(values: Float32Array, width: number, missing: number, firstRow = 0): void {
  const missing32 = Math.fround(missing);
  const hasMarker = !Number.isNaN(missing32);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (hasMarker && value === missing32) values[i] = NaN;
    else if (value === Infinity || value === -Infinity) {
      throw infiniteValue(firstRow + Math.floor(i / width), i % width, value);
    }
  }
}

/** The error for an infinite feature value. */
function infiniteValue(row: number, feature: number, value: number): CoppiceError {
  return new CoppiceError(
    "INVALID_DATA",
    `feature values must be finite in float32 or missing (NaN), got ${value} in row ${row}, feature ${feature}`,
    { row, feature },
  );
}

/**
 * Compressed sparse rows from the user's arrays, which are checked and copied.
 *
 * @param featureCount by default one more than the largest index
 * @param missing the value that means missing, besides NaN
 * @throws {CoppiceError} INVALID_DATA naming the row that breaks a rule
 */
export function sparseFeatures(
  offsets: ArrayLike<number>,
  indices: ArrayLike<number>,
  values: ArrayLike<number>,
  featureCount: number | undefined,
  missing: number,
): SparseFeatures {
  if (indices.length !== values.length) {
    throw new CoppiceError(
      "INVALID_DATA",
      `\`indices\` must have ${values.length} values, got ${indices.length}`,
    );
  }
  const begins = checkedOffsets(offsets, values.length);
  const width = featureCount ?? countColumns(indices);
  const entries = Float32Array.from(values);
  const lastRow = new Int32Array(width).fill(-1);
  for (let row = 0; row + 1 < begins.length; row++) {
    for (let i = begins[row]; i < begins[row + 1]; i++) {
      checkIndex(indices[i], row, lastRow);
      normaliseEntry(entries, i, missing, row, indices[i]);
    }
  }
  return new SparseFeatures(begins, Uint32Array.from(indices), entries, width);
}

function checkedOffsets(offsets: ArrayLike<number>, entryCount: number): Float64Array {
  const begins = Float64Array.from(offsets);
  const last = begins.length - 1;
  for (let row = 0; row <= Math.max(0, last); row++) {
    const isInOrder = Number.isInteger(begins[row]) && begins[row] >= (row === 0 ? 0 : begins[row - 1]);
    const isAtEnd = (row > 0 || begins[row] === 0) && (row < last || begins[row] === entryCount);
    if (!isInOrder || !isAtEnd) {
      throw new CoppiceError(
        "INVALID_DATA",
        `\`offsets\` must start at 0, never decrease and end at the number of entries, ${entryCount}; ` +
          `got ${showValue(offsets[row])} at position ${row}`,
        { position: row },
      );
    }
  }
  return begins;
}

/** One more than the largest index. */
function countColumns(indices: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < indices.length; i++) if (indices[i] >= count) count = Math.floor(indices[i]) + 1;
  return count;
}

/** @param lastRow per feature the last row that it was seen in; updated */
function checkIndex(index: number, row: number, lastRow: Int32Array): void {
  if (!(Number.isInteger(index) && index >= 0 && index < lastRow.length)) {
    throw new CoppiceError(
      "INVALID_DATA",
      `indices must be integers in [0, ${lastRow.length}), got ${showValue(index)} in row ${row}`,
      { row },
    );
  }
  if (lastRow[index] === row) {
    throw new CoppiceError(
      "INVALID_DATA",
      `a sparse row must hold a feature once, got feature ${index} twice in row ${row}`,
      { row, feature: index },
    );
  }
  lastRow[index] = row;
}

function normaliseEntry(
  entries: Float32Array,
  i: number,
  missing: number,
  row: number,
  feature: number,
): void {
  const value = entries[i];
  if (value === Math.fround(missing)) entries[i] = NaN;
  else if (value === Infinity || value === -Infinity) throw infiniteValue(row, feature, value);
}
