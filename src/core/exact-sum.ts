// Sums whose result does not depend on their order. Values are rounded to multiples of a step 2^k
// chosen so that a sum of `count` of them stays below 2^52 steps: then every partial sum is an
// integer number of steps that a float64 holds exactly, and addition is associative.
// The rounding error is at most half a step per value: below 2^-53 * count of the largest value.

import type { Collective, MaybePromise } from "./collective.ts";

const LOG2_EXACT = 52;

/**
 * The step 2^k, k = ceil(log2(count * maxAbs)) - 52, on which sums of `count` values of magnitude
 * at most `maxAbs` are exact. Zero when there is nothing to add, or no end to it.
 */
export function exactStep(count: number, maxAbs: number): number {
  const bound = count * maxAbs;
  if (!(bound > 0 && bound < Infinity)) return 0;
  // The exponent is read by comparison, not through Math.log2, whose last bit engines may choose.
  let exponent = Math.floor(Math.log2(bound));
  while (2 ** exponent < bound) exponent++;
  while (2 ** (exponent - 1) >= bound) exponent--;
  return 2 ** Math.max(exponent - LOG2_EXACT, -1022);
}

/**
 * The step for float32 values of which the sum and the sum of their magnitudes are known: no part of
 * them adds up to more than all positive ones or all negative ones do. Float32 values of many steps are
 * on the grid already, so the whole integer range of a float64, 2^53 steps, is there for their sums.
 *
 * @param slack at least what rounding can add to the sum
 */
export function partialSumStep(sum: number, magnitude: number, slack: number): number {
  return exactStep(1, (magnitude + Math.abs(sum)) / 2 + slack) / 2;
}

/**
 * The constant M for which `(x + M) - M` rounds x to a multiple of `step`, ties to even: 1.5 * 2^52
 * steps, so that the sum lies in the binade whose unit in the last place is `step`. Valid for
 * |x| < 2^51 * step. Zero for step 0, which leaves x as it is.
 */
export function roundingMagic(step: number): number {
  return 1.5 * 2 ** LOG2_EXACT * step;
}

/** Rounds `values` in place to multiples of the step given by `exactStep`. */
export function roundToGrid(values: Float64Array, step: number): void {
  const magic = roundingMagic(step);
  for (let i = 0; i < values.length; i++) values[i] = values[i] + magic - magic;
}

/**
 * The sum of every column of a table over all peers, independent of row order and of how rows lie
 * on peers. `columns` are overwritten by their rounded values.
 *
 * @param rowCount the number of rows on all peers together
 */
export async function sumColumnsExactly(
  columns: readonly Float64Array[],
  rowCount: number,
  collective: Collective,
): Promise<Float64Array> {
  const maxima = new Float64Array(columns.length);
  for (let c = 0; c < columns.length; c++) {
    // By index and comparison: several times as fast as iterating with Math.max. NaN reaches the sum anyway.
    const column = columns[c];
    let max = 0;
    for (let i = 0; i < column.length; i++) {
      const magnitude = Math.abs(column[i]);
      if (magnitude > max) max = magnitude;
    }
    maxima[c] = max;
  }
  await collective.allReduceMax(maxima);
  const sums = new Float64Array(columns.length);
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c];
    roundToGrid(column, exactStep(rowCount, maxima[c]));
    let sum = 0;
    for (let i = 0; i < column.length; i++) sum += column[i];
    sums[c] = sum;
  }
  await collective.allReduceSum(sums);
  return sums;
}

/** The number of rows on all peers together. */
export function countAllRows(rowCount: number, collective: Collective): MaybePromise<number> {
  if (collective.worldSize === 1) return rowCount;
  const total = Float64Array.of(rowCount);
  return Promise.resolve(collective.allReduceSum(total)).then(() => total[0]);
}
