// reg:logistic, binary:logistic and binary:logitraw: the log-likelihood of a label in [0, 1] under
// p = sigmoid(margin), so gradient p - label and hessian p (1 - p). The three differ in their metrics and in
// what they predict.

import { BLOCK_SIZE } from "../../core/math/expf-block.ts";
import { sigmoidBlock } from "../../core/math/softmax.ts";
import { defineObjective, type Loss } from "../objective-module.ts";
import { type Derive, elementwise } from "./elementwise.ts";
import { meanUnlessScaled, scalePosWeight } from "./scale-pos-weight.ts";

const fround = Math.fround;

/** XGBoost parity: hessians end here, before the weight. */
const MIN_HESSIAN = fround(1e-16);

const family = { parameters: scalePosWeight, modelGroup: "reg_loss_param" } as const;

export const logisticRegression = defineObjective({
  ...family,
  name: "reg:logistic",
  task: "regression",
  output: { value: "sigmoid" },
  createLoss: ({ scalePosWeight }) => logisticLoss("rmse", scalePosWeight),
});

export const binaryLogistic = defineObjective({
  ...family,
  name: "binary:logistic",
  task: "binary",
  output: { value: "sigmoid" },
  shownMetrics: ["error", "logloss"],
  createLoss: ({ scalePosWeight }) => logisticLoss("logloss", scalePosWeight),
});

/** XGBoost parity: it stores the mean of the labels as its margin, without the logit. */
export const binaryLogitRaw = defineObjective({
  ...family,
  name: "binary:logitraw",
  task: "binary",
  shownMetrics: ["error", "logloss"],
  createLoss: ({ scalePosWeight }) => logisticLoss("logloss", scalePosWeight),
});

function logisticLoss(defaultMetric: string, scalePosWeight: number): Loss {
  return {
    defaultMetric,
    labels: { minimum: 0, maximum: 1, words: "in [0, 1]" },
    baseScore: meanUnlessScaled(scalePosWeight),
    gradientKernel: { kind: "logistic", scalePosWeight },
    computeGradients: elementwise(derive, scalePosWeight),
  };
}

const probabilities = new Float32Array(BLOCK_SIZE);

const derive: Derive = (margins, label, begin, end, pairs) => {
  sigmoidBlock(margins, begin, end, probabilities);
  for (let row = begin; row < end; row++) {
    const p = probabilities[row - begin];
    pairs[2 * row] = p - label[row];
    pairs[2 * row + 1] = Math.max(fround(p * fround(1 - p)), MIN_HESSIAN);
  }
};
