// reg:pseudohubererror: d^2 (sqrt(1 + (z / d)^2) - 1) of the residual z = margin - label with slope d:
// squared error near 0, absolute error far from it.

import { estimateNewtonStep } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import { type ObjectiveParameters, readParameter, spellParameter } from "./parameters.ts";

const fround = Math.fround;

export function createPseudoHuber(parameters: ObjectiveParameters): Objective {
  const slope = readParameter(parameters, "huberSlope");
  const objective: Objective = {
    name: "reg:pseudohubererror",
    groupCount: 1,
    numClass: 0,
    defaultMetric: "mphe",
    modelParameters: { pseudo_huber_param: { huber_slope: spellParameter(slope) } },
    checkLabels: (labels) => checkLabelRule("reg:pseudohubererror", labels, { words: "a number" }),
    computeGradients: (margins, labels, rowBegin, rowEnd, gradients) =>
      computeGradients(margins, labels, rowBegin, rowEnd, gradients, slope),
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
  slope: number,
): void {
  const slope2 = fround(slope * slope);
  for (let row = rowBegin; row < rowEnd; row++) {
    const w = weight ? weight[row] : 1;
    const z = fround(margins[row] - label[row]);
    const z2 = fround(z * z);
    const root = fround(Math.sqrt(fround(1 + fround(z2 / slope2))));
    gradients[2 * row] = fround(z / root) * w;
    gradients[2 * row + 1] = fround(slope2 / fround(fround(slope2 + z2) * root)) * w;
  }
}
