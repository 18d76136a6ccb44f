// Partition kernel: reorders the row indices of a node so that those going left come first. Stable, so
// rows of a node stay in ascending order.
//
//   before   rows:  | .. | a b c d e f g | .. |        begin .. end
//   after    rows:  | .. | a d e | b c f g | .. |      begin .. middle .. end

import type { BinArray } from "../data/binned-matrix.ts";

/**
 * @param columnBins column-major bins; row r's bin is at columnBegin + r
 * @param goesLeft 1 per stored bin of the column whose rows go left
 * @param scratch holds end - begin values; overwritten
 * @returns middle
 */
export function partitionRows(
  rows: Uint32Array,
  begin: number,
  end: number,
  columnBins: BinArray,
  columnBegin: number,
  goesLeft: Uint8Array,
  scratch: Uint32Array,
): number {
  let middle = begin;
  let right = 0;
  for (let i = begin; i < end; i++) {
    const row = rows[i];
    const isLeft = goesLeft[columnBins[columnBegin + row]];
    // Written to both sides, advanced on one: no branch to mispredict.
    rows[middle] = row;
    scratch[right] = row;
    middle += isLeft;
    right += 1 - isLeft;
  }
  rows.set(scratch.subarray(0, right), middle);
  return middle;
}
