// reg:squaredlogerror: (log(1 + margin) - log(1 + label))^2 / 2.

import { log1pf } from "../../core/math/log1p-float.ts";
import { defineObjective } from "../objective-module.ts";
import { type Derive, elementwise } from "./elementwise.ts";

const fround = Math.fround;

const MIN_HESSIAN = fround(1e-6);
/** XGBoost parity: margins are raised to here, so that log(1 + margin) exists. */
const MIN_MARGIN = fround(-1 + 1e-6);

export const squaredLogError = defineObjective({
  name: "reg:squaredlogerror",
  task: "regression",
  createLoss: () => ({
    defaultMetric: "rmsle",
    labels: { minimum: -1, exclusiveMinimum: true, words: "above -1" },
    baseScore: "newton",
    computeGradients: elementwise(derive),
  }),
});

const derive: Derive = (margins, label, begin, end, pairs) => {
  for (let row = begin; row < end; row++) {
    const p = Math.max(margins[row], MIN_MARGIN);
    const p1 = fround(p + 1);
    const logP = log1pf(p);
    const logY = log1pf(label[row]);
    pairs[2 * row] = fround(logP - logY) / p1;
    // XGBoost parity: it squares with pow, which promotes the quotient to double.
    const hess = fround(fround(fround(-logP + logY) + 1) / (p1 * p1));
    pairs[2 * row + 1] = Math.max(hess, MIN_HESSIAN);
  }
};
