// Sigmoid and softmax in float32 with XGBoost's order of operations. Softmax works on group-major
// arrays: the value of (group, row) is at group * stride + row.

import { expf } from "./exp-log-float.ts";

const fround = Math.fround;

/** exp of it is the largest that still leaves 1 / (1 + exp) a normal float32. */
const SIGMOID_LIMIT = fround(88.7);

/**
 * 1 / (1 + e^-x) as float32, never 0. XGBoost parity: it also adds 1e-16f to the denominator, which is
 * at least 1 and so absorbs it.
 *
 * @param x a float32 value
 */
export function sigmoid(x: number): number {
  return fround(1 / fround(expf(Math.min(-x, SIGMOID_LIMIT)) + 1));
}

/**
 * Replaces the values of rows [begin, end) by their softmax over groups.
 * XGBoost parity: exponentials are summed in double and the sum is rounded to float32 once.
 */
export function softmaxRows(
  values: Float32Array,
  groupCount: number,
  stride: number,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    const last = row + (groupCount - 1) * stride;
    let max = values[row];
    for (let i = row + stride; i <= last; i += stride) if (values[i] > max) max = values[i];
    let sum = 0;
    for (let i = row; i <= last; i += stride) {
      const power = expf(fround(values[i] - max));
      values[i] = power;
      sum += power;
    }
    sum = fround(sum);
    for (let i = row; i <= last; i += stride) values[i] /= sum;
  }
}
