// The best split of a node over one categorical feature: one category against the rest when there are
// few, else a division of the categories sorted by their weight (Fisher 1958; XGBoost's
// EnumeratePart). The stored set is the categories that go right.

import { MAX_FLOAT } from "./gain.ts";
import { type Split, type SplitContext, setSums } from "./split.ts";
import { CATEGORICAL_CONDITION } from "./tree.ts";

const fround = Math.fround;

/** How categories are divided. */
export interface CategoricalOptions {
  readonly maxCatToOnehot: number;
  readonly maxCatThreshold: number;
}

/**
 * Raises `best` by the splits of one categorical feature; `bins` as for `findNumericSplit`, a bin a code.
 * XGBoost parity: candidates in XGBoost's order, a later one must be strictly better.
 */
export function findCategoricalSplit(
  node: SplitContext,
  feature: number,
  bins: Float64Array,
  begin: number,
  binCount: number,
  options: CategoricalOptions,
  best: Split,
): void {
  if (binCount < options.maxCatToOnehot) findOneHotSplit(node, feature, bins, begin, binCount, best);
  else findPartitionSplit(node, feature, bins, begin, binCount, options.maxCatThreshold, best);
}

function findOneHotSplit(
  node: SplitContext,
  feature: number,
  bins: Float64Array,
  begin: number,
  binCount: number,
  best: Split,
): void {
  let presentGrad = 0;
  let presentHess = 0;
  for (let i = 0; i < binCount; i++) {
    presentGrad += bins[begin + 2 * i];
    presentHess += bins[begin + 2 * i + 1];
  }
  const missingGrad = node.sumGrad - presentGrad;
  const missingHess = node.sumHess - presentHess;
  for (let i = 0; i < binCount; i++) {
    const grad = bins[begin + 2 * i];
    const hess = bins[begin + 2 * i + 1];
    const categories = () => Int32Array.of(i);
    tryRight(node, feature, grad, hess, true, categories, best);
    tryRight(node, feature, grad + missingGrad, hess + missingHess, false, categories, best);
  }
}

function findPartitionSplit(
  node: SplitContext,
  feature: number,
  bins: Float64Array,
  begin: number,
  binCount: number,
  maxCatThreshold: number,
  best: Split,
): void {
  const weights = Float32Array.from({ length: binCount }, (_, i) =>
    // XGBoost parity: a category's own weight knows no monotone bounds.
    node.evaluator.weight(bins[begin + 2 * i], bins[begin + 2 * i + 1], -MAX_FLOAT, MAX_FLOAT),
  );
  // XGBoost parity: a stable sort, so that equal weights stay in code order.
  const sorted = Int32Array.from(Array.from(weights.keys()).sort((a, b) => weights[a] - weights[b] || a - b));
  const limit = Math.min(maxCatThreshold, binCount);
  let grad = 0;
  let hess = 0;
  for (let k = 0; k < limit - 1; k++) {
    grad += bins[begin + 2 * sorted[k]];
    hess += bins[begin + 2 * sorted[k] + 1];
    tryRight(node, feature, grad, hess, true, () => sorted.slice(0, k + 1).sort(), best);
  }
  grad = 0;
  hess = 0;
  for (let k = binCount - 1; k > binCount - limit; k--) {
    grad += bins[begin + 2 * sorted[k]];
    hess += bins[begin + 2 * sorted[k] + 1];
    const rightGrad = node.sumGrad - grad;
    const rightHess = node.sumHess - hess;
    tryRight(node, feature, rightGrad, rightHess, false, () => sorted.slice(0, k).sort(), best, grad, hess);
  }
}

/** Tries the split whose right side has the given sums; the left side has the rest unless given. */
function tryRight(
  node: SplitContext,
  feature: number,
  rightGrad: number,
  rightHess: number,
  defaultLeft: boolean,
  categories: () => Int32Array,
  best: Split,
  leftGrad: number = node.sumGrad - rightGrad,
  leftHess: number = node.sumHess - rightHess,
): void {
  const { evaluator, rootGain, lower, upper } = node;
  const gain = evaluator.splitGain(feature, leftGrad, leftHess, rightGrad, rightHess, lower, upper);
  const change = fround(gain - rootGain);
  if (!(change > best.gain) || change === Infinity) return;
  best.gain = change;
  best.feature = feature;
  best.bin = -1;
  best.condition = CATEGORICAL_CONDITION;
  best.defaultLeft = defaultLeft;
  best.categories = categories();
  setSums(best, leftGrad, leftHess, rightGrad, rightHess);
}
