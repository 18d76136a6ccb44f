// The best split of a node over one categorical feature: one category against the rest when there are
// few, else a division of the categories sorted by their weight (Fisher 1958; XGBoost's
// EnumeratePart). The stored set is the categories that go right.

import { MAX_FLOAT } from "./gain.ts";
import { type FeatureBins, type Split, type SplitContext, setSums } from "./split.ts";
import { CATEGORICAL_CONDITION } from "./tree.ts";

const fround = Math.fround;

/** How categories are divided. */
export interface CategoricalOptions {
  readonly maxCatToOnehot: number;
  readonly maxCatThreshold: number;
}

/**
 * Raises `best` by the splits of one categorical feature, whose bins are its codes.
 * XGBoost parity: candidates in XGBoost's order, a later one must be strictly better.
 */
export function findCategoricalSplit(
  node: SplitContext,
  bins: FeatureBins,
  options: CategoricalOptions,
  best: Split,
): void {
  if (bins.count < options.maxCatToOnehot) findOneHotSplit(node, bins, best);
  else findPartitionSplit(node, bins, options.maxCatThreshold, best);
}

function findOneHotSplit(
  node: SplitContext,
  { feature, sums, begin, count }: FeatureBins,
  best: Split,
): void {
  let presentGrad = 0;
  let presentHess = 0;
  for (let i = 0; i < count; i++) {
    presentGrad += sums[begin + 2 * i];
    presentHess += sums[begin + 2 * i + 1];
  }
  for (let i = 0; i < count; i++) {
    const grad = sums[begin + 2 * i];
    const hess = sums[begin + 2 * i + 1];
    const candidate = { feature, categories: () => Int32Array.of(i) };
    // Missing values go with the rest, then with the category.
    tryLeft(node, { ...candidate, defaultLeft: true }, node.sumGrad - grad, node.sumHess - hess, best);
    tryLeft(node, { ...candidate, defaultLeft: false }, presentGrad - grad, presentHess - hess, best);
  }
}

function findPartitionSplit(
  node: SplitContext,
  { feature, sums, begin, count }: FeatureBins,
  maxCatThreshold: number,
  best: Split,
): void {
  const weights = Float32Array.from({ length: count }, (_, i) =>
    // XGBoost parity: a category's own weight knows no monotone bounds.
    node.evaluator.weight(sums[begin + 2 * i], sums[begin + 2 * i + 1], -MAX_FLOAT, MAX_FLOAT),
  );
  // XGBoost parity: a stable sort, so that equal weights stay in code order.
  const sorted = Int32Array.from(Array.from(weights.keys()).sort((a, b) => weights[a] - weights[b] || a - b));
  const limit = Math.min(maxCatThreshold, count);
  let grad = node.sumGrad;
  let hess = node.sumHess;
  for (let k = 0; k < limit - 1; k++) {
    grad -= sums[begin + 2 * sorted[k]];
    hess -= sums[begin + 2 * sorted[k] + 1];
    const categories = () => sorted.slice(0, k + 1).sort();
    tryLeft(node, { feature, defaultLeft: true, categories }, grad, hess, best);
  }
  grad = 0;
  hess = 0;
  for (let k = count - 1; k > count - limit; k--) {
    grad += sums[begin + 2 * sorted[k]];
    hess += sums[begin + 2 * sorted[k] + 1];
    const categories = () => sorted.slice(0, k).sort();
    tryLeft(node, { feature, defaultLeft: false, categories }, grad, hess, best);
  }
}

/** A split by categories that is tried. */
interface Candidate {
  readonly feature: number;
  readonly defaultLeft: boolean;
  /** Those that go right. */
  readonly categories: () => Int32Array;
}

/** Tries the split whose left side has the given sums. */
function tryLeft(
  node: SplitContext,
  { feature, defaultLeft, categories }: Candidate,
  leftGrad: number,
  leftHess: number,
  best: Split,
): void {
  const gain = node.evaluator.splitGain(node, feature, leftGrad, leftHess);
  const change = fround(gain - node.rootGain);
  if (!(change > best.gain) || change === Infinity) return;
  best.gain = change;
  best.feature = feature;
  best.bin = -1;
  best.condition = CATEGORICAL_CONDITION;
  best.defaultLeft = defaultLeft;
  best.categories = categories();
  setSums(best, node, leftGrad, leftHess);
}
