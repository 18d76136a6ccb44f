// The best split of a node over the bins of one numeric feature, and the rule by which candidates replace
// each other. Missing values try both sides: a forward scan sends them right, a backward scan left
// (Chen & Guestrin 2016, algorithm 3).

import type { GainEvaluator, SplitBounds } from "./gain.ts";

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
export interface SplitContext extends SplitBounds {
  readonly evaluator: GainEvaluator;
  /** The node's own gain, float32. */
  readonly rootGain: number;
}

/** The bins of a feature in some array: bin i's (sumGrad, sumHess) are at begin + 2i and begin + 2i + 1. */
export interface FeatureBins {
  readonly feature: number;
  readonly sums: Float64Array;
  readonly begin: number;
  readonly count: number;
  /** Bin i's upper bound is at cutBegin + i; a categorical feature's is not asked for. */
  readonly cuts: Float32Array;
  readonly cutBegin: number;
}

/**
 * Raises `best` by the splits of one numeric feature. Features must be visited in ascending order.
 *
 * XGBoost parity: a candidate must be strictly better, so ties keep the lower feature, the earlier bin
 * and the forward scan; infinite gains are refused.
 */
export function findNumericSplit(node: SplitContext, bins: FeatureBins, best: Split): void {
  const { evaluator, sumGrad, sumHess, rootGain } = node;
  const { feature, sums, begin, count, cuts, cutBegin } = bins;
  let leftGrad = 0;
  let leftHess = 0;
  for (let i = 0; i < count; i++) {
    const grad = sums[begin + 2 * i];
    const hess = sums[begin + 2 * i + 1];
    // An empty bin repeats the candidate before it.
    if (grad === 0 && hess === 0) continue;
    leftGrad += grad;
    leftHess += hess;
    const change = fround(evaluator.splitGain(node, feature, leftGrad, leftHess) - rootGain);
    if (change > best.gain && change !== Infinity) {
      best.gain = change;
      setNumeric(best, feature, i, cuts[cutBegin + i], false);
      setSums(best, node, leftGrad, leftHess);
    }
  }
  // Sums are exact, so equality means that no row of the node is missing here.
  if (leftGrad === sumGrad && leftHess === sumHess) return;
  leftGrad = sumGrad;
  leftHess = sumHess;
  for (let i = count - 1; i >= 0; i--) {
    const grad = sums[begin + 2 * i];
    const hess = sums[begin + 2 * i + 1];
    if (grad === 0 && hess === 0) continue;
    leftGrad -= grad;
    leftHess -= hess;
    const change = fround(evaluator.splitGain(node, feature, leftGrad, leftHess) - rootGain);
    if (change > best.gain && change !== Infinity) {
      best.gain = change;
      setNumeric(best, feature, i - 1, i === 0 ? -Infinity : cuts[cutBegin + i - 1], true);
      setSums(best, node, leftGrad, leftHess);
    }
  }
}

/** Makes `best` a numeric split. */
export function setNumeric(
  best: Split,
  feature: number,
  bin: number,
  condition: number,
  defaultLeft: boolean,
): void {
  best.feature = feature;
  best.bin = bin;
  best.condition = condition;
  best.defaultLeft = defaultLeft;
  best.categories = null;
}

/** Stores the sums of both sides; they become the children's node sums. */
export function setSums(best: Split, node: SplitBounds, leftGrad: number, leftHess: number): void {
  best.leftGrad = leftGrad;
  best.leftHess = leftHess;
  best.rightGrad = node.sumGrad - leftGrad;
  best.rightHess = node.sumHess - leftHess;
}
