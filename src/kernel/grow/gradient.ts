// Kernels over the gradient pairs of a round: the largest magnitudes, rounding to the exact grid, sums.
// Pairs are float32 (gradient, hessian), those of a row side by side.

import { roundingMagic } from "../../core/exact-sum.ts";

/** Raises `maxima` = (max |gradient|, max |hessian|) by the pairs [begin, end). */
export function raiseMaxima(gradients: Float32Array, begin: number, end: number, maxima: Float64Array): void {
  let maxGrad = maxima[0];
  let maxHess = maxima[1];
  for (let i = 2 * begin; i < 2 * end; i += 2) {
    const grad = Math.abs(gradients[i]);
    const hess = Math.abs(gradients[i + 1]);
    if (grad > maxGrad) maxGrad = grad;
    if (hess > maxHess) maxHess = hess;
  }
  maxima[0] = maxGrad;
  maxima[1] = maxHess;
}

/**
 * Adds the pairs [begin, end), rounded to the grids of two magic numbers, to `sums` = (sumGrad, sumHess) and
 * their magnitudes to `magnitudes`.
 */
export function measureGradients(
  gradients: Float32Array,
  begin: number,
  end: number,
  gradMagic: number,
  hessMagic: number,
  sums: Float64Array,
  magnitudes: Float64Array,
): void {
  for (let i = 2 * begin; i < 2 * end; i += 2) {
    const grad = gradients[i] + gradMagic - gradMagic;
    const hess = gradients[i + 1] + hessMagic - hessMagic;
    sums[0] += grad;
    sums[1] += hess;
    magnitudes[0] += Math.abs(grad);
    magnitudes[1] += Math.abs(hess);
  }
}

/** Makes every positive float32 larger than any step, and leaves 0 as it is. */
const HUGE = 2 ** 800;

/**
 * Rounds the pairs [begin, end) in place to the grids that the two magic numbers stand for (see
 * `roundingMagic`). The results are float32 again: where the grid is finer than float32, the value is
 * already on it. A positive hessian stays positive, one step at least: where predictions are saturated it
 * is 1e-16, and with a sum of 0 the node would weigh nothing instead of -sumGrad / lambda.
 */
export function roundGradients(
  gradients: Float32Array,
  begin: number,
  end: number,
  gradMagic: number,
  hessMagic: number,
): void {
  const hessStep = hessMagic / roundingMagic(1);
  for (let i = 2 * begin; i < 2 * end; i += 2) {
    const hess = gradients[i + 1];
    gradients[i] = gradients[i] + gradMagic - gradMagic;
    gradients[i + 1] = Math.max(hess + hessMagic - hessMagic, Math.min(hess * HUGE, hessStep));
  }
}

/** Adds the pairs [begin, end) to `sums` = (sumGrad, sumHess). */
export function addGradients(gradients: Float32Array, begin: number, end: number, sums: Float64Array): void {
  let sumGrad = 0;
  let sumHess = 0;
  for (let i = 2 * begin; i < 2 * end; i += 2) {
    sumGrad += gradients[i];
    sumHess += gradients[i + 1];
  }
  sums[0] += sumGrad;
  sums[1] += sumHess;
}

/** Adds `value` to the margins of rows `rows[begin..end)`. */
export function addToMargins(
  margins: Float32Array,
  rows: Uint32Array,
  begin: number,
  end: number,
  value: number,
): void {
  for (let i = begin; i < end; i++) margins[rows[i]] += value;
}
