// reg:tweedie: the deviance of a label >= 0 under a Tweedie distribution of mean e^margin and variance
// power rho in [1, 2): gradient -y e^((1-rho) margin) + e^((2-rho) margin), and its derivative.

import { formatGeneral } from "../core/format-float.ts";
import { expf } from "../core/math/exp-log-float.ts";
import { estimateLabelMean } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import { type ObjectiveParameters, readParameter, spellParameter } from "./parameters.ts";

const fround = Math.fround;

export function createTweedie(parameters: ObjectiveParameters): Objective {
  const rho = readParameter(parameters, "tweedieVariancePower");
  return {
    name: "reg:tweedie",
    groupCount: 1,
    numClass: 0,
    defaultMetric: `tweedie-nloglik@${formatGeneral(rho, 6)}`,
    modelParameters: { tweedie_regression_param: { tweedie_variance_power: spellParameter(rho) } },
    checkLabels: (labels) => checkLabelRule("reg:tweedie", labels, { minimum: 0, words: "at least 0" }),
    computeGradients: (margins, labels, rowBegin, rowEnd, gradients) =>
      computeGradients(margins, labels, rowBegin, rowEnd, gradients, rho),
    estimateBaseScore: estimateLabelMean,
  };
}

function computeGradients(
  margins: Float32Array,
  { label, weight }: Labels,
  rowBegin: number,
  rowEnd: number,
  gradients: Float32Array,
  rho: number,
): void {
  const a = fround(1 - rho);
  const b = fround(2 - rho);
  for (let row = rowBegin; row < rowEnd; row++) {
    const y = label[row];
    const w = weight ? weight[row] : 1;
    const powerA = expf(fround(a * margins[row]));
    const powerB = expf(fround(b * margins[row]));
    const grad = fround(fround(-y * powerA) + powerB);
    const hess = fround(fround(fround(-y * a) * powerA) + fround(b * powerB));
    gradients[2 * row] = grad * w;
    gradients[2 * row + 1] = hess * w;
  }
}
