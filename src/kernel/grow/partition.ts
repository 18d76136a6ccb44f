// Partition kernels: which of a node's rows go left. Both keep rows of a node in ascending order.
//
//   partitionRows   rows:  | a b c d e f g |   ->   | a d e | b c f g |
//                                                           middle

import type { BinArray } from "../../data/binned-matrix.ts";

/**
 * Reorders `rows` so that those going left come first.
 *
 * @param column row r's stored bin at column[r]
 * @param goesLeft 1 per stored bin of the column whose rows go left, 0 for the others
 * @param scratch as long as `rows`; overwritten
 * @returns how many go left
 */
export function partitionRows(
  rows: Uint32Array,
  column: BinArray,
  goesLeft: Uint8Array,
  scratch: Uint32Array,
): number {
  const count = rows.length;
  let middle = 0;
  let right = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i];
    const isLeft = goesLeft[column[row]];
    // Written to both sides, advanced on one: no branch to mispredict.
    rows[middle] = row;
    scratch[right] = row;
    middle += isLeft;
    right += 1 - isLeft;
  }
  rows.set(scratch.subarray(0, right), middle);
  return middle;
}

/**
 * Copies `rows` to `target`, as long: those going left from its begin on, the others from its end backwards.
 *
 * @returns how many go left
 */
export function separateRows(
  rows: Uint32Array,
  column: BinArray,
  goesLeft: Uint8Array,
  target: Uint32Array,
): number {
  const count = rows.length;
  let left = 0;
  let right = count - 1;
  for (let i = 0; i < count; i++) {
    const row = rows[i];
    const isLeft = goesLeft[column[row]];
    target[left] = row;
    target[right] = row;
    left += isLeft;
    right -= 1 - isLeft;
  }
  return left;
}
