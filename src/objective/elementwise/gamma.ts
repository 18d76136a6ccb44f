// reg:gamma: the negative log-likelihood of a positive label under a gamma distribution of mean e^margin
// and shape 1, so gradient 1 - label / e^margin and hessian label / e^margin.

import { expf } from "../../core/math/exp-log-float.ts";
import { defineObjective } from "../objective-module.ts";
import { type Derive, elementwise } from "./elementwise.ts";
import { meanUnlessScaled, scalePosWeight } from "./scale-pos-weight.ts";

const fround = Math.fround;

export const gamma = defineObjective({
  name: "reg:gamma",
  task: "regression",
  output: { value: "exp" },
  parameters: scalePosWeight,
  modelGroup: "reg_loss_param",
  createLoss: ({ scalePosWeight }) => ({
    defaultMetric: "gamma-deviance",
    labels: { minimum: 0, exclusiveMinimum: true, words: "above 0" },
    baseScore: meanUnlessScaled(scalePosWeight),
    computeGradients: elementwise(derive, scalePosWeight),
  }),
});

const derive: Derive = (margins, label, begin, end, pairs) => {
  for (let row = begin; row < end; row++) {
    const ratio = fround(label[row] / expf(margins[row]));
    pairs[2 * row] = 1 - ratio;
    pairs[2 * row + 1] = ratio;
  }
};
