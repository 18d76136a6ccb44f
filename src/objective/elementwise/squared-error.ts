// reg:squarederror: (margin - label)^2 / 2, so gradient margin - label and hessian 1.

import { defineObjective } from "../objective-module.ts";
import { type Derive, elementwise } from "./elementwise.ts";
import { meanUnlessScaled, scalePosWeight } from "./scale-pos-weight.ts";

export const squaredError = defineObjective({
  name: "reg:squarederror",
  aliases: ["reg:linear"],
  task: "regression",
  parameters: scalePosWeight,
  modelGroup: "reg_loss_param",
  createLoss: ({ scalePosWeight }) => ({
    defaultMetric: "rmse",
    labels: { words: "a number" },
    baseScore: meanUnlessScaled(scalePosWeight),
    computeGradients: elementwise(derive, scalePosWeight),
  }),
});

const derive: Derive = (margins, label, begin, end, pairs) => {
  for (let row = begin; row < end; row++) {
    pairs[2 * row] = margins[row] - label[row];
    pairs[2 * row + 1] = 1;
  }
};
