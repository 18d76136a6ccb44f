// count:poisson: the negative log-likelihood of a count under mean e^margin, so gradient e^margin - label.
// XGBoost parity (3.4.1): the hessian is e^(margin + maxDeltaStep), and unless the user sets it that
// maxDeltaStep is 0.7 here and for the leaves of the tree.

import { expf } from "../../core/math/exp-log-float.ts";
import { defineObjective } from "../objective-module.ts";
import { type Derive, elementwise } from "./elementwise.ts";

const fround = Math.fround;

export const poisson = defineObjective({
  name: "count:poisson",
  task: "regression",
  output: { value: "exp" },
  treeDefaults: { maxDeltaStep: fround(0.7) },
  modelGroup: "poisson_regression_param",
  createLoss: ({ maxDeltaStep }) => ({
    defaultMetric: "poisson-nloglik",
    labels: { minimum: 0, words: "at least 0" },
    baseScore: "mean",
    computeGradients: elementwise(deriveWith(maxDeltaStep)),
  }),
});

function deriveWith(maxDeltaStep: number): Derive {
  return (margins, label, begin, end, pairs) => {
    for (let row = begin; row < end; row++) {
      pairs[2 * row] = expf(margins[row]) - label[row];
      pairs[2 * row + 1] = expf(fround(margins[row] + maxDeltaStep));
    }
  };
}
