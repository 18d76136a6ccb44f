// binary:hinge: max(0, 1 - y margin) with y = 2 label - 1; predicts 0 or 1.

import type { Labels } from "../objective.ts";
import { defineObjective } from "../objective-module.ts";

const fround = Math.fround;

/** XGBoost parity: the hessian of a row that the loss leaves alone, not weighted; so rows are walked here. */
const MIN_HESSIAN = 1.1754943508222875e-38;

export const hinge = defineObjective({
  name: "binary:hinge",
  task: "binary",
  output: { value: "threshold" },
  createLoss: () => ({
    defaultMetric: "error",
    labels: { minimum: 0, maximum: 1, isInteger: true, words: "0 or 1" },
    baseScore: "newton",
    computeGradients,
  }),
});

function computeGradients(
  margins: Float32Array,
  { label, weight }: Labels,
  rowBegin: number,
  rowEnd: number,
  gradients: Float32Array,
): void {
  for (let row = rowBegin; row < rowEnd; row++) {
    const w = weight ? weight[row] : 1;
    const y = fround(fround(2 * label[row]) - 1);
    const isInside = fround(margins[row] * y) < 1;
    gradients[2 * row] = isInside ? -y * w : 0;
    gradients[2 * row + 1] = isInside ? w : MIN_HESSIAN;
  }
}
