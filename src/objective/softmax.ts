// multi:softmax and multi:softprob: the log-likelihood of the label's class under p = softmax(margins),
// so gradient p_k - [k = label] and, as in XGBoost, twice the diagonal of the hessian, 2 p_k (1 - p_k).
// Rows are worked on in blocks, each group's values of a block side by side, so that all inner loops run
// over neighbouring values.

import type { Collective } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { log } from "../core/exp-log.ts";
import { expf } from "../core/exp-log-float.ts";
import { foldInRankOrder, sumWeights } from "./base-score.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import { type ObjectiveParameters, readParameter, spellParameter } from "./parameters.ts";

const fround = Math.fround;

/** XGBoost parity: hessians end here, after the weight. */
const MIN_HESSIAN = fround(1e-16);
/** XGBoost parity: the maximum of a row starts at the smallest normal float32, not at -Infinity. */
const MIN_MARGIN_MAX = 1.1754943508222875e-38;

const BLOCK_ROWS = 256;

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
  let powers = new Float32Array(0);
  return {
    name,
    groupCount: numClass,
    numClass,
    defaultMetric: "mlogloss",
    modelParameters: { softmax_multiclass_param: { num_class: spellParameter(numClass) } },
    checkLabels: (labels) =>
      checkLabelRule(name, labels, {
        minimum: 0,
        maximum: numClass - 1,
        isInteger: true,
        words: `an integer in [0, ${numClass})`,
      }),
    computeGradients(margins, labels, rowBegin, rowEnd, gradients) {
      if (powers.length === 0) powers = new Float32Array(numClass * BLOCK_ROWS);
      for (let begin = rowBegin; begin < rowEnd; begin += BLOCK_ROWS) {
        const end = Math.min(begin + BLOCK_ROWS, rowEnd);
        const sums = sumPowers(margins, numClass, labels.rowCount, begin, end, powers);
        for (let group = 0; group < numClass; group++) {
          const groupPowers = powers.subarray(group * BLOCK_ROWS);
          writeGradients(groupPowers, sums, group, labels, begin, end, gradients);
        }
      }
    },
    estimateBaseScore: (labels, collective) => estimateBaseScore(labels, numClass, collective),
  };
}

const blockMax = new Float32Array(BLOCK_ROWS);
const blockSums = new Float64Array(BLOCK_ROWS);

/**
 * exp(margin - maximum of the row) of rows [begin, end), that of (group, row) at
 * group * BLOCK_ROWS + row - begin of `powers`.
 *
 * @returns their sums over groups, rounded to float32
 */
function sumPowers(
  margins: Float32Array,
  groupCount: number,
  rowCount: number,
  begin: number,
  end: number,
  powers: Float32Array,
): Float64Array {
  const count = end - begin;
  blockMax.fill(MIN_MARGIN_MAX);
  blockSums.fill(0);
  for (let group = 0; group < groupCount; group++) {
    const base = group * rowCount + begin;
    for (let i = 0; i < count; i++) if (margins[base + i] > blockMax[i]) blockMax[i] = margins[base + i];
  }
  for (let group = 0; group < groupCount; group++) {
    const base = group * rowCount + begin;
    for (let i = 0; i < count; i++) {
      const power = expf(fround(margins[base + i] - blockMax[i]));
      powers[group * BLOCK_ROWS + i] = power;
      blockSums[i] += power;
    }
  }
  for (let i = 0; i < count; i++) blockSums[i] = fround(blockSums[i]);
  return blockSums;
}

/** The pairs of one group for rows [begin, end). */
function writeGradients(
  powers: Float32Array,
  sums: Float64Array,
  group: number,
  { label, weight, rowCount }: Labels,
  begin: number,
  end: number,
  gradients: Float32Array,
): void {
  const base = 2 * group * rowCount;
  for (let row = begin; row < end; row++) {
    const p = fround(powers[row - begin] / sums[row - begin]);
    const w = weight ? weight[row] : 1;
    const i = base + 2 * row;
    gradients[i] = (label[row] === group ? fround(p - 1) : p) * w;
    gradients[i + 1] = Math.max(fround(fround(fround(2 * p) * fround(1 - p)) * w), MIN_HESSIAN);
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
