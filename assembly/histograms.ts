// Histograms: sums of (gradient, hessian) pairs, two doubles a slot. Rows that have a bin in every column are
// added by a module made for the table, see src/kernel/grow/wasm-histogram.ts.

/** The rows of a sparse table: row r's slots are those from the r-th to the next of `offsets`. */
// @ts-expect-error: decorator
@unmanaged
class RowLists {
  offsets: usize;
  slots: usize;
}

/** Adds `count` rows, whose numbers are at `rows`, to the histogram. */
export function addListedRows(lists: RowLists, rows: usize, count: i32, gradients: usize, histogram: usize): void {
  const offsets = lists.offsets;
  const slots = lists.slots;
  const end = rows + ((<usize>count) << 2);
  for (; rows < end; rows += 4) {
    const row = <usize>load<u32>(rows);
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(gradients + (row << 3)));
    const bounds = offsets + (row << 2);
    const listEnd = slots + ((<usize>load<u32>(bounds, 4)) << 2);
    for (let p = slots + ((<usize>load<u32>(bounds)) << 2); p < listEnd; p += 4) {
      const at = histogram + ((<usize>load<u32>(p)) << 4);
      v128.store(at, f64x2.add(v128.load(at), pair));
    }
  }
}

/** target += source, `count` (sumGrad, sumHess) pairs. */
export function addHistogram(target: usize, source: usize, count: i32): void {
  const end = target + ((<usize>count) << 4);
  while (target < end) {
    v128.store(target, f64x2.add(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
}

/** target -= source, `count` pairs. */
export function subtractHistogram(target: usize, source: usize, count: i32): void {
  const end = target + ((<usize>count) << 4);
  while (target < end) {
    v128.store(target, f64x2.sub(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
}
