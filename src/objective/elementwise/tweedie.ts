// reg:tweedie: the deviance of a label >= 0 under a Tweedie distribution of mean e^margin and variance
// power rho in [1, 2): gradient -y e^((1-rho) margin) + e^((2-rho) margin), and its derivative.

import { formatGeneral } from "../../core/format-float.ts";
import { expf } from "../../core/math/exp-log-float.ts";
import { defineObjective } from "../objective-module.ts";
import { type Derive, elementwise } from "./elementwise.ts";

const fround = Math.fround;

export const tweedie = defineObjective({
  name: "reg:tweedie",
  task: "regression",
  output: { value: "exp" },
  parameters: {
    tweedieVariancePower: {
      type: "number",
      default: 1.5,
      minimum: 1,
      maximum: 2,
      exclusiveMaximum: true,
      doc: "Variance power of reg:tweedie: towards 1 a Poisson, towards 2 a gamma distribution.",
    },
  },
  modelGroup: "tweedie_regression_param",
  createLoss: ({ tweedieVariancePower }) => ({
    defaultMetric: `tweedie-nloglik@${formatGeneral(tweedieVariancePower, 6)}`,
    labels: { minimum: 0, words: "at least 0" },
    baseScore: "mean",
    computeGradients: elementwise(deriveWith(tweedieVariancePower)),
  }),
});

function deriveWith(rho: number): Derive {
  const a = fround(1 - rho);
  const b = fround(2 - rho);
  return (margins, label, begin, end, pairs) => {
    for (let row = begin; row < end; row++) {
      const y = label[row];
      const powerA = expf(fround(a * margins[row]));
      const powerB = expf(fround(b * margins[row]));
      pairs[2 * row] = fround(-y * powerA) + powerB;
      pairs[2 * row + 1] = fround(fround(-y * a) * powerA) + fround(b * powerB);
    }
  };
}
