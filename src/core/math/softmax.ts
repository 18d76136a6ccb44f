// Sigmoid and softmax in float32 with XGBoost's order of operations. Softmax works on group-major
// arrays: the value of (group, row) is at group * stride + row. It goes by blocks of rows, the values
// of a group in a block side by side, so that all inner loops run over neighbouring values.

import { expf } from "./exp-log-float.ts";
import { BLOCK_SIZE, expfBlock } from "./expf-block.ts";

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

/** Writes the sigmoids of margins [begin, end), at most BLOCK_SIZE of them, to the front of `result`. */
export function sigmoidBlock(margins: Float32Array, begin: number, end: number, result: Float32Array): void {
  const count = end - begin;
  for (let i = 0; i < count; i++) result[i] = Math.min(-margins[begin + i], SIGMOID_LIMIT);
  expfBlock(result, 0, count);
  for (let i = 0; i < count; i++) result[i] = 1 / fround(result[i] + 1);
}

const maxima = new Float32Array(BLOCK_SIZE);
const sums = new Float64Array(BLOCK_SIZE);

let scratch = new Float32Array(0);

/** Room for the powers of a block; shared by all callers, valid until the next call of any. */
export function softmaxScratch(groupCount: number): Float32Array {
  const length = groupCount * BLOCK_SIZE;
  if (scratch.length < length) scratch = new Float32Array(length);
  return scratch;
}

/**
 * e^(margin - maximum of the row) of rows [begin, end), at most BLOCK_SIZE of them; that of (group, row)
 * goes to group * BLOCK_SIZE + row - begin of `softmaxScratch`.
 * XGBoost parity: powers are summed in double, group by group, and the sum is rounded to float32 once.
 *
 * @param leastMaximum where the maximum of a row starts
 * @returns the sums over groups; valid until the next call
 */
export function softmaxPowers(
  margins: Float32Array,
  groupCount: number,
  stride: number,
  begin: number,
  end: number,
  leastMaximum: number = -Infinity,
): Float64Array {
  const powers = softmaxScratch(groupCount);
  const count = end - begin;
  for (let i = 0; i < count; i++) {
    maxima[i] = leastMaximum;
    sums[i] = 0;
  }
  for (let group = 0; group < groupCount; group++) {
    const from = group * stride + begin;
    for (let i = 0; i < count; i++) if (margins[from + i] > maxima[i]) maxima[i] = margins[from + i];
  }
  for (let group = 0; group < groupCount; group++) {
    const from = group * stride + begin;
    const to = group * BLOCK_SIZE;
    for (let i = 0; i < count; i++) powers[to + i] = margins[from + i] - maxima[i];
    expfBlock(powers, to, to + count);
    for (let i = 0; i < count; i++) sums[i] += powers[to + i];
  }
  for (let i = 0; i < count; i++) sums[i] = fround(sums[i]);
  return sums;
}

/** Replaces the values of rows [begin, end) by their softmax over groups. */
export function softmaxRows(
  values: Float32Array,
  groupCount: number,
  stride: number,
  begin: number,
  end: number,
): void {
  const powers = softmaxScratch(groupCount);
  for (let from = begin; from < end; from += BLOCK_SIZE) {
    const until = Math.min(from + BLOCK_SIZE, end);
    softmaxPowers(values, groupCount, stride, from, until);
    for (let group = 0; group < groupCount; group++) {
      const at = group * stride + from;
      for (let i = 0; i < until - from; i++) values[at + i] = powers[group * BLOCK_SIZE + i] / sums[i];
    }
  }
}
