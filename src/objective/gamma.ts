// reg:gamma: the negative log-likelihood of a positive label under a gamma distribution of mean e^margin
// and shape 1, so gradient 1 - label / e^margin and hessian label / e^margin, times the weight.

import { expf } from "../core/math/exp-log-float.ts";
import { estimateLabelMean, estimateNewtonStep } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import { type ObjectiveParameters, readParameter, spellParameter } from "./parameters.ts";

const fround = Math.fround;

export function createGamma(parameters: ObjectiveParameters): Objective {
  const scalePosWeight = readParameter(parameters, "scalePosWeight");
  const objective: Objective = {
    name: "reg:gamma",
    groupCount: 1,
    numClass: 0,
    defaultMetric: "gamma-deviance",
    modelParameters: { reg_loss_param: { scale_pos_weight: spellParameter(scalePosWeight) } },
    checkLabels: (labels) =>
      checkLabelRule("reg:gamma", labels, { minimum: 0, exclusiveMinimum: true, words: "above 0" }),
    computeGradients: (margins, labels, rowBegin, rowEnd, gradients) =>
      computeGradients(margins, labels, rowBegin, rowEnd, gradients, scalePosWeight),
    async estimateBaseScore(labels, collective) {
      if (Math.abs(scalePosWeight - 1) <= 1e-6) return estimateLabelMean(labels, collective);
      return Float32Array.of(expf(await estimateNewtonStep(objective, labels, collective)));
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
    const ratio = fround(y / expf(margins[row]));
    gradients[2 * row] = fround(1 - ratio) * w;
    gradients[2 * row + 1] = ratio * w;
  }
}
