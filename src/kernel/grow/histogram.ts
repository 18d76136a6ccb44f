// Histogram kernels: the sums of gradient and hessian of a set of rows, per slot of the binned table.
// A histogram is one flat Float64Array of (sumGrad, sumHess) pairs, 2 * slotCount long.
//
// In: rows' bins row-major and float32 (gradient, hessian) pairs on an exact grid (exact-sum.ts), so the
// order of additions does not change the result. Out: added to `histogram`. Cost: one addition of a pair
// per row and column. Bounds are the caller's duty.

import type { BinArray } from "../../data/binned-matrix.ts";

/** The binned table as kernels see it. */
export interface RowBins {
  readonly rowBins: BinArray;
  readonly columnCount: number;
  /** Column c's first slot; length columnCount + 1. */
  readonly columnOffsets: Uint32Array;
}

/** Adds the rows whose numbers are in `rows`. Gradient pairs of a row are at 2 * row. */
export function addRows(
  table: RowBins,
  gradients: Float32Array,
  rows: Uint32Array,
  histogram: Float64Array,
): void {
  const { rowBins, columnCount, columnOffsets } = table;
  const count = rows.length;
  for (let i = 0; i < count; i++) {
    const row = rows[i];
    const grad = gradients[2 * row];
    const hess = gradients[2 * row + 1];
    const first = row * columnCount;
    for (let c = 0; c < columnCount; c++) {
      const at = 2 * (columnOffsets[c] + rowBins[first + c]);
      histogram[at] += grad;
      histogram[at + 1] += hess;
    }
  }
}

/** Adds the rows [begin, end) of the table itself. */
export function addRowRange(
  table: RowBins,
  gradients: Float32Array,
  begin: number,
  end: number,
  histogram: Float64Array,
): void {
  const { rowBins, columnCount, columnOffsets } = table;
  for (let row = begin; row < end; row++) {
    const grad = gradients[2 * row];
    const hess = gradients[2 * row + 1];
    const first = row * columnCount;
    for (let c = 0; c < columnCount; c++) {
      const at = 2 * (columnOffsets[c] + rowBins[first + c]);
      histogram[at] += grad;
      histogram[at + 1] += hess;
    }
  }
}

/** The rows of a sparse table as lists of slots; see BinnedMatrix. */
export interface RowLists {
  readonly listOffsets: Uint32Array;
  readonly listSlots: Uint32Array;
}

/** As `addRows`, of rows that are lists: adds to no rest slot. */
export function addListedRows(
  { listOffsets, listSlots }: RowLists,
  gradients: Float32Array,
  rows: Uint32Array,
  histogram: Float64Array,
): void {
  const count = rows.length;
  for (let i = 0; i < count; i++) {
    const row = rows[i];
    const grad = gradients[2 * row];
    const hess = gradients[2 * row + 1];
    for (let k = listOffsets[row]; k < listOffsets[row + 1]; k++) {
      const at = 2 * listSlots[k];
      histogram[at] += grad;
      histogram[at + 1] += hess;
    }
  }
}

/** target += source: what another member added up. */
export function addHistogram(target: Float64Array, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] += source[i];
}

/** Turns a parent's histogram into that of the child that was not built: parent -= built child. */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let i = 0; i < parent.length; i++) parent[i] -= child[i];
}
