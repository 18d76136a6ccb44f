// binary:hinge: max(0, 1 - y margin) with y = 2 label - 1; predicts 0 or 1.

import { estimateNewtonStep } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";

const fround = Math.fround;

/** XGBoost parity: the hessian of a row that the loss leaves alone, not weighted. */
const MIN_HESSIAN = 1.1754943508222875e-38;

export function createHinge(): Objective {
  const objective: Objective = {
    name: "binary:hinge",
    groupCount: 1,
    numClass: 0,
    defaultMetric: "error",
    modelParameters: {},
    checkLabels: (labels) =>
      checkLabelRule("binary:hinge", labels, { minimum: 0, maximum: 1, isInteger: true, words: "0 or 1" }),
    computeGradients,
    // XGBoost parity: the step goes through the prediction, so the base score is 0 or 1.
    async estimateBaseScore(labels, collective) {
      return Float32Array.of((await estimateNewtonStep(objective, labels, collective)) > 0 ? 1 : 0);
    },
  };
  return objective;
}

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
