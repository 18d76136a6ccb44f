// reg:logistic, binary:logistic and binary:logitraw: the log-likelihood of a label in [0, 1] under
// p = sigmoid(margin), so gradient p - label and hessian p (1 - p), times the weight. The three differ
// in their default metric and in what they predict.

import { BLOCK_SIZE } from "../core/math/expf-block.ts";
import { sigmoid, sigmoidBlock } from "../core/math/softmax.ts";
import { estimateLabelMean, estimateNewtonStep } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import { type ObjectiveParameters, readParameter, spellParameter } from "./parameters.ts";

const fround = Math.fround;

/** XGBoost parity: hessians end here, before the weight. */
const MIN_HESSIAN = fround(1e-16);

export type LogisticName = "reg:logistic" | "binary:logistic" | "binary:logitraw";

export function createLogistic(name: LogisticName, parameters: ObjectiveParameters): Objective {
  const scalePosWeight = readParameter(parameters, "scalePosWeight");
  const objective: Objective = {
    name,
    groupCount: 1,
    numClass: 0,
    defaultMetric: name === "reg:logistic" ? "rmse" : "logloss",
    gradientKernel: { kind: "logistic", scalePosWeight },
    modelParameters: { reg_loss_param: { scale_pos_weight: spellParameter(scalePosWeight) } },
    checkLabels: (labels) => checkLabelRule(name, labels, { minimum: 0, maximum: 1, words: "in [0, 1]" }),
    computeGradients: (margins, labels, rowBegin, rowEnd, gradients) =>
      computeGradients(margins, labels, rowBegin, rowEnd, gradients, scalePosWeight),
    // XGBoost parity: binary:logitraw stores the mean as its margin, without the logit.
    async estimateBaseScore(labels, collective) {
      if (Math.abs(scalePosWeight - 1) <= 1e-6) return estimateLabelMean(labels, collective);
      const margin = await estimateNewtonStep(objective, labels, collective);
      return Float32Array.of(name === "binary:logitraw" ? margin : sigmoid(margin));
    },
  };
  return objective;
}

const probabilities = new Float32Array(BLOCK_SIZE);

function computeGradients(
  margins: Float32Array,
  { label, weight }: Labels,
  rowBegin: number,
  rowEnd: number,
  gradients: Float32Array,
  scalePosWeight: number,
): void {
  for (let begin = rowBegin; begin < rowEnd; begin += BLOCK_SIZE) {
    const end = Math.min(begin + BLOCK_SIZE, rowEnd);
    sigmoidBlock(margins, begin, end, probabilities);
    for (let row = begin; row < end; row++) {
      const y = label[row];
      let w = weight === undefined ? 1 : weight[row];
      if (y === 1) w = fround(w * scalePosWeight);
      const p = probabilities[row - begin];
      gradients[2 * row] = fround(p - y) * w;
      gradients[2 * row + 1] = Math.max(fround(p * fround(1 - p)), MIN_HESSIAN) * w;
    }
  }
}
