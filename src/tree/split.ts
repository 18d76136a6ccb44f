// The best split of a node over the bins of one numeric feature, and the rule by which candidates replace
// each other. Missing values try both sides: a forward scan sends them right, a backward scan left
// (Chen & Guestrin 2016, algorithm 3).

import type { GainEvaluator } from "./gain.ts";

const fround = Math.fround;

/** The best division of a node found so far; `gain` 0 means none. */
export class Split {
  gain = 0;
  feature = 0;
  /** Numeric: bins up to this one go left; -1 when every present value goes right. */
  bin = -1;
  condition = 0;
  defaultLeft = false;
  leftGrad = 0;
  leftHess = 0;
  rightGrad = 0;
  rightHess = 0;
  /** Categorical: the codes that go right, ascending; null for a numeric split. */
  categories: Int32Array | null = null;
}

/** What the search over one feature of one node reads. */
export interface SplitContext {
  readonly evaluator: GainEvaluator;
  readonly sumGrad: number;
  readonly sumHess: number;
  /** The node's own gain, float32. */
  readonly rootGain: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Raises `best` by the splits of one numeric feature. Features must be visited in ascending order.
 *
 * XGBoost parity: a candidate must be strictly better, so ties keep the lower feature, the earlier bin
 * and the forward scan; infinite gains are refused.
 *
 * @param bins (sumGrad, sumHess) of the feature's bin i at bins[begin + 2i], bins[begin + 2i + 1]
 * @param cuts bin i's upper bound at cuts[cutBegin + i]
 */
export function findNumericSplit(
  node: SplitContext,
  feature: number,
  bins: Float64Array,
  begin: number,
  cuts: Float32Array,
  cutBegin: number,
  binCount: number,
  best: Split,
): void {
  const { evaluator, sumGrad, sumHess, rootGain, lower, upper } = node;
  let leftGrad = 0;
  let leftHess = 0;
  for (let i = 0; i < binCount; i++) {
    const grad = bins[begin + 2 * i];
    const hess = bins[begin + 2 * i + 1];
    // An empty bin repeats the candidate before it.
    if (grad === 0 && hess === 0) continue;
    leftGrad += grad;
    leftHess += hess;
    const rightGrad = sumGrad - leftGrad;
    const rightHess = sumHess - leftHess;
    const gain = evaluator.splitGain(feature, leftGrad, leftHess, rightGrad, rightHess, lower, upper);
    const change = fround(gain - rootGain);
    if (change > best.gain && change !== Infinity) {
      setNumeric(best, change, feature, i, cuts[cutBegin + i], false);
      setSums(best, leftGrad, leftHess, rightGrad, rightHess);
    }
  }
  // Sums are exact, so equality means that no row of the node is missing here.
  if (leftGrad === sumGrad && leftHess === sumHess) return;
  let rightGrad = 0;
  let rightHess = 0;
  for (let i = binCount - 1; i >= 0; i--) {
    const grad = bins[begin + 2 * i];
    const hess = bins[begin + 2 * i + 1];
    if (grad === 0 && hess === 0) continue;
    rightGrad += grad;
    rightHess += hess;
    leftGrad = sumGrad - rightGrad;
    leftHess = sumHess - rightHess;
    const gain = evaluator.splitGain(feature, leftGrad, leftHess, rightGrad, rightHess, lower, upper);
    const change = fround(gain - rootGain);
    if (change > best.gain && change !== Infinity) {
      const condition = i === 0 ? -Infinity : cuts[cutBegin + i - 1];
      setNumeric(best, change, feature, i - 1, condition, true);
      setSums(best, leftGrad, leftHess, rightGrad, rightHess);
    }
  }
}

/** Makes `best` a numeric split. */
export function setNumeric(
  best: Split,
  gain: number,
  feature: number,
  bin: number,
  condition: number,
  defaultLeft: boolean,
): void {
  best.gain = gain;
  best.feature = feature;
  best.bin = bin;
  best.condition = condition;
  best.defaultLeft = defaultLeft;
  best.categories = null;
}

/** Stores the sums of both sides; they become the children's node sums. */
export function setSums(
  best: Split,
  leftGrad: number,
  leftHess: number,
  rightGrad: number,
  rightHess: number,
): void {
  best.leftGrad = leftGrad;
  best.leftHess = leftHess;
  best.rightGrad = rightGrad;
  best.rightHess = rightHess;
}
