// Which rows of a node go left, and the order of rows: numbers of four bytes. See src/kernel/grow/partition.ts.

// The bins' width is a compile-time choice so that the loop has no branch on it.
// @ts-expect-error: decorator
@inline
function goesLeft<T>(column: usize, row: u32, table: usize): u32 {
  const bin = <usize>load<T>(column + (<usize>row) * sizeof<T>());
  return load<u8>(table + bin);
}

// As many rows have gone to one side as have not gone to the other, so the place of one side tells the other's.
// Four rows are loaded before any is stored: what is stored never lies behind them.

// @ts-expect-error: decorator
@inline
function partition<T>(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  let left = rows;
  let p = rows;
  const end = rows + ((<usize>count) << 2);
  const endOfFours = rows + ((<usize>(count & ~3)) << 2);
  for (; p < endOfFours; p += 16) {
    const row0 = load<u32>(p);
    const row1 = load<u32>(p, 4);
    const row2 = load<u32>(p, 8);
    const row3 = load<u32>(p, 12);
    const sides = scratch + p;
    store<u32>(left, row0);
    store<u32>(sides - left, row0);
    left += <usize>(goesLeft<T>(column, row0, table) << 2);
    store<u32>(left, row1);
    store<u32>(sides - left, row1, 4);
    left += <usize>(goesLeft<T>(column, row1, table) << 2);
    store<u32>(left, row2);
    store<u32>(sides - left, row2, 8);
    left += <usize>(goesLeft<T>(column, row2, table) << 2);
    store<u32>(left, row3);
    store<u32>(sides - left, row3, 12);
    left += <usize>(goesLeft<T>(column, row3, table) << 2);
  }
  for (; p < end; p += 4) {
    const row = load<u32>(p);
    store<u32>(left, row);
    store<u32>(scratch + p - left, row);
    left += <usize>(goesLeft<T>(column, row, table) << 2);
  }
  memory.copy(left, scratch, end - left);
  return <i32>((left - rows) >> 2);
}

/** Rows going left first, in place, both sides in order; returns how many go left. */
export function partitionRows8(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  return partition<u8>(rows, count, column, table, scratch);
}

export function partitionRows16(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  return partition<u16>(rows, count, column, table, scratch);
}

export function partitionRows32(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  return partition<u32>(rows, count, column, table, scratch);
}

// @ts-expect-error: decorator
@inline
function separate<T>(rows: usize, count: i32, column: usize, table: usize, target: usize): i32 {
  let left = target;
  let right = target + ((<usize>count) << 2) - 4;
  const end = rows + ((<usize>count) << 2);
  for (let p = rows; p < end; p += 4) {
    const row = load<u32>(p);
    const isLeft = goesLeft<T>(column, row, table);
    store<u32>(left, row);
    store<u32>(right, row);
    left += <usize>(isLeft << 2);
    right -= <usize>((1 - isLeft) << 2);
  }
  return <i32>((left - target) >> 2);
}

/** Copies rows to `target`: those going left from its begin on, the others from its end backwards. */
export function separateRows8(rows: usize, count: i32, column: usize, table: usize, target: usize): i32 {
  return separate<u8>(rows, count, column, table, target);
}

export function separateRows16(rows: usize, count: i32, column: usize, table: usize, target: usize): i32 {
  return separate<u16>(rows, count, column, table, target);
}

export function separateRows32(rows: usize, count: i32, column: usize, table: usize, target: usize): i32 {
  return separate<u32>(rows, count, column, table, target);
}

/**
 * Copies `count` separated rows to their places: the first `leftCount` to `left`, the others, which are in
 * reverse order, to `right`.
 */
export function joinRows(source: usize, count: i32, leftCount: i32, left: usize, right: usize): void {
  const leftBytes = (<usize>leftCount) << 2;
  memory.copy(left, source, leftBytes);
  const first = source + leftBytes;
  let p = source + ((<usize>count) << 2);
  while (p >= first + 16) {
    p -= 16;
    const rows = v128.load(p);
    v128.store(right, v128.shuffle<i32>(rows, rows, 3, 2, 1, 0));
    right += 16;
  }
  while (p > first) {
    p -= 4;
    store<u32>(right, load<u32>(p));
    right += 4;
  }
}

/** Writes the numbers begin, begin + 1, .. of `count` rows. */
export function numberRows(rows: usize, count: i32, begin: i32): void {
  const end = rows + ((<usize>count) << 2);
  const endOfFours = rows + ((<usize>(count & ~3)) << 2);
  let row = begin;
  for (; rows < endOfFours; rows += 16, row += 4) {
    v128.store(rows, i32x4.add(i32x4.splat(row), i32x4(0, 1, 2, 3)));
  }
  for (; rows < end; rows += 4, row++) store<i32>(rows, row);
}
