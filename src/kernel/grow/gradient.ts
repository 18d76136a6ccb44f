// Kernels over the gradient pairs of a round: the largest magnitudes, rounding to the exact grid, sums.
// Pairs are float32 (gradient, hessian), those of a row side by side.

import { roundingMagic } from "../../core/exact-sum.ts";

/** Raises `maxima` = (max |gradient|, max |hessian|) by pairs. */
export function raiseMaxima(pairs: Float32Array, maxima: Float64Array): void {
  let maxGrad = maxima[0];
  let maxHess = maxima[1];
  const { length } = pairs;
  for (let i = 0; i < length; i += 2) {
    const grad = Math.abs(pairs[i]);
    const hess = Math.abs(pairs[i + 1]);
    if (grad > maxGrad) maxGrad = grad;
    if (hess > maxHess) maxHess = hess;
  }
  maxima[0] = maxGrad;
  maxima[1] = maxHess;
}

/**
 * Adds pairs, rounded to the grids of the two numbers in `magic`, to `sums` = (sumGrad, sumHess) and their
 * magnitudes to `magnitudes`.
 */
export function measureGradients(
  pairs: Float32Array,
  [gradMagic, hessMagic]: Float64Array,
  sums: Float64Array,
  magnitudes: Float64Array,
): void {
  const { length } = pairs;
  for (let i = 0; i < length; i += 2) {
    const grad = pairs[i] + gradMagic - gradMagic;
    const hess = pairs[i + 1] + hessMagic - hessMagic;
    sums[0] += grad;
    sums[1] += hess;
    magnitudes[0] += Math.abs(grad);
    magnitudes[1] += Math.abs(hess);
  }
}

/** Makes every positive float32 larger than any step, and leaves 0 as it is. */
const HUGE = 2 ** 800;

/**
 * Rounds pairs in place to the grids that the two numbers in `magic` stand for (see `roundingMagic`). The
 * results are float32 again: where the grid is finer than float32, the value is already on it. A positive
 * hessian stays positive, one step at least: where predictions are saturated it is 1e-16, and with a sum of 0
 * the node would weigh nothing instead of -sumGrad / lambda.
 */
export function roundGradients(pairs: Float32Array, [gradMagic, hessMagic]: Float64Array): void {
  const hessStep = hessMagic / roundingMagic(1);
  const { length } = pairs;
  for (let i = 0; i < length; i += 2) {
    const hess = pairs[i + 1];
    pairs[i] = pairs[i] + gradMagic - gradMagic;
    pairs[i + 1] = Math.max(hess + hessMagic - hessMagic, Math.min(hess * HUGE, hessStep));
  }
}

/** Adds pairs to `sums` = (sumGrad, sumHess). */
export function addGradients(pairs: Float32Array, sums: Float64Array): void {
  let sumGrad = 0;
  let sumHess = 0;
  const { length } = pairs;
  for (let i = 0; i < length; i += 2) {
    sumGrad += pairs[i];
    sumHess += pairs[i + 1];
  }
  sums[0] += sumGrad;
  sums[1] += sumHess;
}

/** Adds `value` to the margins of rows. */
export function addToMargins(margins: Float32Array, rows: Uint32Array, value: number): void {
  const count = rows.length;
  for (let i = 0; i < count; i++) margins[rows[i]] += value;
}
