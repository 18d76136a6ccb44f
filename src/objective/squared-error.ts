// reg:squarederror: (margin - label)^2 / 2, so gradient margin - label and hessian 1, times the weight.

import { estimateLabelMean, estimateNewtonStep } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import { type ObjectiveParameters, readParameter, spellParameter } from "./parameters.ts";

const fround = Math.fround;

export function createSquaredError(parameters: ObjectiveParameters): Objective {
  const scalePosWeight = readParameter(parameters, "scalePosWeight");
  const objective: Objective = {
    name: "reg:squarederror",
    groupCount: 1,
    numClass: 0,
    defaultMetric: "rmse",
    modelParameters: { reg_loss_param: { scale_pos_weight: spellParameter(scalePosWeight) } },
    checkLabels: (labels) => checkLabelRule("reg:squarederror", labels, { words: "a number" }),
    computeGradients: (margins, labels, rowBegin, rowEnd, gradients) =>
      computeGradients(margins, labels, rowBegin, rowEnd, gradients, scalePosWeight),
    async estimateBaseScore(labels, collective) {
      if (Math.abs(scalePosWeight - 1) <= 1e-6) return estimateLabelMean(labels, collective);
      return Float32Array.of(await estimateNewtonStep(objective, labels, collective));
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
  scalePosWeight: number,
): void {
  for (let row = rowBegin; row < rowEnd; row++) {
    const y = label[row];
    let w = weight ? weight[row] : 1;
    if (y === 1) w = fround(w * scalePosWeight);
    gradients[2 * row] = fround(margins[row] - y) * w;
    gradients[2 * row + 1] = w;
  }
}
