// multi:softmax and multi:softprob: the log-likelihood of the label's class under p = softmax(margins),
// so gradient p_k - [k = label] and, as in XGBoost, twice the diagonal of the hessian, 2 p_k (1 - p_k).

import type { Collective } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { log } from "../core/math/exp-log.ts";
import { BLOCK_SIZE } from "../core/math/expf-block.ts";
import { softmaxPowers, softmaxScratch } from "../core/math/softmax.ts";
import { foldInRankOrder, sumWeights } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import { type ObjectiveParameters, readParameter, spellParameter } from "./parameters.ts";

const fround = Math.fround;

/** XGBoost parity: hessians end here, after the weight. */
const MIN_HESSIAN = fround(1e-16);
/** XGBoost parity: the maximum of a row starts at the smallest normal float32, not at -Infinity. */
const LEAST_MAXIMUM = 1.1754943508222875e-38;

export type SoftmaxName = "multi:softmax" | "multi:softprob";

/** @throws {CoppiceError} INVALID_PARAMETER when `numClass` is absent or below 2 */
export function createSoftmax(name: SoftmaxName, parameters: ObjectiveParameters): Objective {
  const numClass = parameters.numClass === undefined ? 0 : readParameter(parameters, "numClass");
  if (numClass < 2) {
    const got = numClass === 1 ? "1: labels of a single class leave nothing to learn" : `${numClass}`;
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`numClass\` must be at least 2 for \`${name}\`, got ${got}`,
      {
        parameter: "numClass",
      },
    );
  }
  return {
    name,
    groupCount: numClass,
    numClass,
    defaultMetric: "mlogloss",
    gradientKernel: { kind: "softmax" },
    modelParameters: { softmax_multiclass_param: { num_class: spellParameter(numClass) } },
    checkLabels: (labels) =>
      checkLabelRule(name, labels, {
        minimum: 0,
        maximum: numClass - 1,
        isInteger: true,
        words: `an integer in [0, ${numClass})`,
      }),
    computeGradients(margins, labels, rowBegin, rowEnd, gradients) {
      const powers = softmaxScratch(numClass);
      for (let begin = rowBegin; begin < rowEnd; begin += BLOCK_SIZE) {
        const end = Math.min(begin + BLOCK_SIZE, rowEnd);
        const rows = { groupCount: numClass, stride: labels.rowCount, begin, end };
        const sums = softmaxPowers(margins, rows, LEAST_MAXIMUM, powers);
        for (let group = 0; group < numClass; group++) {
          writeGradients(powers, sums, group, labels, begin, end, gradients);
        }
      }
    },
    estimateBaseScore: (labels, collective) => estimateBaseScore(labels, numClass, collective),
  };
}

/** The pairs of one group for rows [begin, end), a block. */
function writeGradients(
  powers: Float32Array,
  sums: Float64Array,
  group: number,
  { label, weight, rowCount }: Labels,
  begin: number,
  end: number,
  gradients: Float32Array,
): void {
  const from = group * BLOCK_SIZE;
  let to = 2 * (group * rowCount + begin);
  for (let i = 0; i < end - begin; i++) {
    const p = fround(powers[from + i] / sums[i]);
    const w = weight === undefined ? 1 : weight[begin + i];
    gradients[to] = (label[begin + i] === group ? fround(p - 1) : p) * w;
    gradients[to + 1] = Math.max(fround(fround(fround(2 * p) * fround(1 - p)) * w), MIN_HESSIAN);
    to += 2;
  }
}

/**
 * The centred logarithms of the class shares. XGBoost parity: class weights are counted in float32, row
 * by row, and the mean of the logarithms is a float32 sum in class order.
 */
async function estimateBaseScore(
  labels: Labels,
  numClass: number,
  collective: Collective,
): Promise<Float32Array> {
  const { rowCount, label, weight } = labels;
  const counts = new Float64Array(numClass);
  const addRows = (sums: Float64Array) => {
    for (let row = 0; row < rowCount; row++) {
      const k = label[row];
      sums[k] = fround(sums[k] + (weight ? weight[row] : 1));
    }
  };
  await foldInRankOrder(counts, addRows, collective);
  const scale = 1 / (await sumWeights(labels, collective));
  const scores = new Float32Array(numClass);
  let mean = 0;
  for (let k = 0; k < numClass; k++) {
    // XGBoost parity: this one logarithm is taken in double and rounded, unlike those of the links.
    scores[k] = log(fround(fround(counts[k] * scale) + fround(1e-6)));
    mean = fround(mean + fround(scores[k] / numClass));
  }
  for (let k = 0; k < numClass; k++) scores[k] -= mean;
  return scores;
}
