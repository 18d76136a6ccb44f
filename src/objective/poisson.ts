// count:poisson: the negative log-likelihood of a count under mean e^margin, so gradient e^margin - label.
// XGBoost parity (3.4.1): the hessian is e^(margin + maxDeltaStep), and unless the user sets it that
// maxDeltaStep is 0.7 here and for the leaves of the tree.

import { expf } from "../core/math/exp-log-float.ts";
import { parameterFloat } from "../core/parameter-float.ts";
import { estimateLabelMean } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import { type ObjectiveParameters, spellParameter } from "./parameters.ts";

const fround = Math.fround;

const DEFAULT_MAX_DELTA_STEP = fround(0.7);

/** @param parameters with `maxDeltaStep` only where the user gave it */
export function createPoisson(parameters: ObjectiveParameters): Objective {
  const maxDeltaStep = parameterFloat(
    (parameters.maxDeltaStep as number | undefined) ?? DEFAULT_MAX_DELTA_STEP,
  );
  return {
    name: "count:poisson",
    groupCount: 1,
    numClass: 0,
    defaultMetric: "poisson-nloglik",
    treeDefaults: { maxDeltaStep: DEFAULT_MAX_DELTA_STEP },
    modelParameters: { poisson_regression_param: { max_delta_step: spellParameter(maxDeltaStep) } },
    checkLabels: (labels) => checkLabelRule("count:poisson", labels, { minimum: 0, words: "at least 0" }),
    computeGradients: (margins, labels, rowBegin, rowEnd, gradients) =>
      computeGradients(margins, labels, rowBegin, rowEnd, gradients, maxDeltaStep),
    estimateBaseScore: estimateLabelMean,
  };
}

function computeGradients(
  margins: Float32Array,
  { label, weight }: Labels,
  rowBegin: number,
  rowEnd: number,
  gradients: Float32Array,
  maxDeltaStep: number,
): void {
  for (let row = rowBegin; row < rowEnd; row++) {
    const margin = margins[row];
    const w = weight ? weight[row] : 1;
    gradients[2 * row] = fround(expf(margin) - label[row]) * w;
    gradients[2 * row + 1] = expf(fround(margin + maxDeltaStep)) * w;
  }
}
