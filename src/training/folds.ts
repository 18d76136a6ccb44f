// Folds of a table: every row belongs to exactly one, and their sizes differ by at most one. The rows (of each
// class, when stratified) are put in the order of a hash of (seed, row) and dealt out like cards, so the folds
// depend on nothing but the seed and the labels.

import { CoppiceError, showValue } from "../core/errors.ts";
import { streamKey, uniformAt } from "../core/random.ts";
import type { DMatrix } from "../data/dmatrix.ts";

/** The draws of folds; the engine's own streams are numbered from 0. */
const FOLD_STREAM = 0x464f4c44;

/**
 * Deals the rows of a table out to `foldCount` folds.
 *
 * @param isStratified whether the rows of each label value are spread over all folds
 * @returns the rows of each fold, ascending
 * @throws {CoppiceError} INVALID_PARAMETER unless there are 2 folds or more and a row for each
 */
export function dealFolds(
  data: DMatrix,
  foldCount: number,
  seed: number,
  isStratified: boolean,
): Uint32Array[] {
  const { rowCount, label } = data;
  if (!(Number.isInteger(foldCount) && foldCount >= 2 && foldCount <= rowCount)) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`folds\` must be an integer in [2, ${rowCount}], the rows of the table, got ${showValue(foldCount)}`,
      { parameter: "folds" },
    );
  }
  const key = streamKey(seed, FOLD_STREAM, 0, 0);
  const draws = Float64Array.from({ length: rowCount }, (_, row) => uniformAt(key, row));
  const classes = isStratified ? label : undefined;
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row).sort(
    (a, b) => (classes ? classes[a] - classes[b] : 0) || draws[a] - draws[b] || a - b,
  );
  return Array.from({ length: foldCount }, (_, fold) =>
    order.filter((_, i) => i % foldCount === fold).sort(),
  );
}

/** The rows outside of a fold, ascending. */
export function rowsOutside(fold: Uint32Array, rowCount: number): Uint32Array {
  const isInside = new Uint8Array(rowCount);
  for (const row of fold) isInside[row] = 1;
  return Uint32Array.from({ length: rowCount }, (_, row) => row).filter((row) => isInside[row] === 0);
}
