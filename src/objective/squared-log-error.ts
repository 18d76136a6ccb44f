// reg:squaredlogerror: (log(1 + margin) - log(1 + label))^2 / 2.

import { log1pf } from "../core/math/log1p-float.ts";
import { estimateNewtonStep } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";

const fround = Math.fround;

const MIN_HESSIAN = fround(1e-6);
/** XGBoost parity: margins are raised to here, so that log(1 + margin) exists. */
const MIN_MARGIN = fround(-1 + 1e-6);

export function createSquaredLogError(): Objective {
  const objective: Objective = {
    name: "reg:squaredlogerror",
    groupCount: 1,
    numClass: 0,
    defaultMetric: "rmsle",
    modelParameters: {},
    checkLabels: (labels) =>
      checkLabelRule("reg:squaredlogerror", labels, {
        minimum: -1,
        exclusiveMinimum: true,
        words: "above -1",
      }),
    computeGradients,
    async estimateBaseScore(labels, collective) {
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
): void {
  for (let row = rowBegin; row < rowEnd; row++) {
    const w = weight ? weight[row] : 1;
    const p = Math.max(margins[row], MIN_MARGIN);
    const p1 = fround(p + 1);
    const logP = log1pf(p);
    const logY = log1pf(label[row]);
    const grad = fround(fround(logP - logY) / p1);
    // XGBoost parity: it squares with pow, which promotes the quotient to double.
    const hess = fround(fround(fround(-logP + logY) + 1) / (p1 * p1));
    gradients[2 * row] = grad * w;
    gradients[2 * row + 1] = Math.max(hess, MIN_HESSIAN) * w;
  }
}
