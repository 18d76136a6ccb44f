// Losses of which a row's pair follows from its own margin and label alone. The file of such an objective gives
// the pairs without weights; here rows are walked in blocks and pairs are weighed. A block per call, not a row:
// where several objectives train in one process, engines inline no call per row, which costs two to five times
// the time.

import { BLOCK_SIZE } from "../../core/math/expf-block.ts";
import type { Labels, Objective } from "../objective.ts";

const fround = Math.fround;

/**
 * Writes the float32 pairs (gradient, hessian) of rows [begin, end), at most BLOCK_SIZE of them, to 2 * row of
 * `pairs`, as if all weights were 1.
 */
export type Derive = (
  margins: Float32Array,
  label: Float32Array,
  begin: number,
  end: number,
  pairs: Float32Array,
) => void;

/** @param scalePosWeight factor on the weight of rows whose label is 1 */
export function elementwise(derive: Derive, scalePosWeight = 1): Objective["computeGradients"] {
  return (margins, labels, rowBegin, rowEnd, gradients) => {
    const { label, weight } = labels;
    for (let begin = rowBegin; begin < rowEnd; begin += BLOCK_SIZE) {
      const end = Math.min(begin + BLOCK_SIZE, rowEnd);
      derive(margins, label, begin, end, gradients);
      if (scalePosWeight !== 1) scale(gradients, labels, begin, end, scalePosWeight);
      else if (weight !== undefined) weigh(gradients, weight, begin, end);
    }
  };
}

function weigh(pairs: Float32Array, weight: Float32Array, begin: number, end: number): void {
  for (let row = begin; row < end; row++) {
    const w = weight[row];
    pairs[2 * row] *= w;
    pairs[2 * row + 1] *= w;
  }
}

function scale(
  pairs: Float32Array,
  { label, weight }: Labels,
  begin: number,
  end: number,
  scalePosWeight: number,
): void {
  for (let row = begin; row < end; row++) {
    let w = weight === undefined ? 1 : weight[row];
    if (label[row] === 1) w = fround(w * scalePosWeight);
    pairs[2 * row] *= w;
    pairs[2 * row + 1] *= w;
  }
}
