// multi:softmax and multi:softprob: the log-likelihood of the label's class under p = softmax(margins),
// so gradient p_k - [k = label] and, as in XGBoost, twice the diagonal of the hessian, 2 p_k (1 - p_k).

import type { Collective } from "../core/collective.ts";
import type { Declarations } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import { log } from "../core/math/exp-log.ts";
import { BLOCK_SIZE } from "../core/math/expf-block.ts";
import { softmaxPowers, softmaxScratch } from "../core/math/softmax.ts";
import { foldInRankOrder, sumWeights } from "./base-score.ts";
import type { Labels } from "./objective.ts";
import { defineObjective, type Loss } from "./objective-module.ts";

const fround = Math.fround;

/** XGBoost parity: hessians end here, after the weight. */
const MIN_HESSIAN = fround(1e-16);
/** XGBoost parity: the maximum of a row starts at the smallest normal float32, not at -Infinity. */
const LEAST_MAXIMUM = 1.1754943508222875e-38;

const numClass = {
  /** Number of classes of multi:*; by default counted in the labels. */
  numClass: { type: "integer", minimum: 0, doc: "Number of classes of multi:softmax and multi:softprob." },
} as const satisfies Declarations;

const family = {
  task: "multiclass",
  parameters: numClass,
  modelGroup: "softmax_multiclass_param",
  shownMetrics: ["merror", "mlogloss"],
} as const;

/** Predicts the likeliest class, but metrics see probabilities. */
export const softmax = defineObjective({
  ...family,
  name: "multi:softmax",
  output: { value: "argmax", evaluation: "softmax" },
  createLoss: ({ numClass }) => softmaxLoss("multi:softmax", numClass),
});

export const softprob = defineObjective({
  ...family,
  name: "multi:softprob",
  output: { value: "softmax" },
  createLoss: ({ numClass }) => softmaxLoss("multi:softprob", numClass),
});

/** @throws {CoppiceError} INVALID_PARAMETER when `numClass` is absent or below 2 */
function softmaxLoss(name: string, numClass = 0): Loss {
  if (numClass < 2) {
    const got = numClass === 1 ? "1: labels of a single class leave nothing to learn" : `${numClass}`;
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`numClass\` must be at least 2 for \`${name}\`, got ${got}`,
      { parameter: "numClass" },
    );
  }
  return {
    groupCount: numClass,
    defaultMetric: "mlogloss",
    gradientKernel: { kind: "softmax" },
    labels: {
      minimum: 0,
      maximum: numClass - 1,
      isInteger: true,
      words: `an integer in [0, ${numClass})`,
    },
    computeGradients(margins, labels, rowBegin, rowEnd, gradients) {
      const powers = softmaxScratch(numClass);
      for (let begin = rowBegin; begin < rowEnd; begin += BLOCK_SIZE) {
        const end = Math.min(begin + BLOCK_SIZE, rowEnd);
        const sums = softmaxPowers(margins, numClass, labels.rowCount, begin, end, LEAST_MAXIMUM);
        for (let group = 0; group < numClass; group++) {
          writeGradients(group, { powers, sums, begin, end }, labels, gradients);
        }
      }
    },
    baseScore: (labels, collective) => estimateClassShares(labels, numClass, collective),
  };
}

/** Rows [begin, end) with the powers of their margins and the sums of these over groups. */
interface Block {
  readonly powers: Float32Array;
  readonly sums: Float64Array;
  readonly begin: number;
  readonly end: number;
}

/** The pairs of one group for a block of rows. */
function writeGradients(
  group: number,
  { powers, sums, begin, end }: Block,
  { label, weight, rowCount }: Labels,
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
async function estimateClassShares(
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
