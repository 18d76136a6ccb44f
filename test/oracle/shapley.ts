// Shapley values by their definition: all subsets of features, each worth what the tree gives when the
// other features are averaged over by cover. Exponential in the number of features.

import { isLeaf, nextNode, type Tree } from "../../src/tree/tree.ts";

/** What a tree gives when only the features in `known` (a bit set) are known. */
export function conditionalMean(tree: Tree, row: ArrayLike<number>, known: number, node = 0): number {
  if (isLeaf(tree, node)) return tree.leafValue[node];
  const feature = tree.splitFeature[node];
  if (known & (1 << feature)) return conditionalMean(tree, row, known, nextNode(tree, node, row[feature]));
  const cover = tree.sumHessian[node];
  return [tree.left[node], tree.right[node]].reduce((sum, child) => {
    const share = cover > 0 ? tree.sumHessian[child] / cover : 0.5;
    return sum + share * conditionalMean(tree, row, known, child);
  }, 0);
}

/** The Shapley value of every feature. */
export function shapleyValues(tree: Tree, row: ArrayLike<number>, featureCount: number): number[] {
  return Array.from({ length: featureCount }, (_, i) =>
    sumOverSubsets(featureCount, [i], (known, weight) => {
      const gain = conditionalMean(tree, row, known | (1 << i)) - conditionalMean(tree, row, known);
      return weight * gain;
    }),
  );
}

/** The Shapley interaction index of two features. */
export function shapleyInteraction(
  tree: Tree,
  row: ArrayLike<number>,
  featureCount: number,
  i: number,
  j: number,
): number {
  return sumOverSubsets(featureCount, [i, j], (known, weight) => {
    const both = conditionalMean(tree, row, known | (1 << i) | (1 << j));
    const onlyI = conditionalMean(tree, row, known | (1 << i));
    const onlyJ = conditionalMean(tree, row, known | (1 << j));
    return weight * (both - onlyI - onlyJ + conditionalMean(tree, row, known));
  });
}

/** Sums over the subsets of the features other than `without`, weighted |S|! (n - |S|)! / (n + 1)!. */
function sumOverSubsets(
  featureCount: number,
  without: readonly number[],
  term: (known: number, weight: number) => number,
): number {
  const others = featureCount - without.length;
  let sum = 0;
  for (let known = 0; known < 1 << featureCount; known++) {
    if (without.some((feature) => known & (1 << feature))) continue;
    const size = countBits(known);
    sum += term(known, (factorial(size) * factorial(others - size)) / factorial(others + 1));
  }
  return sum;
}

function countBits(value: number): number {
  let count = 0;
  for (; value > 0; value >>= 1) count += value & 1;
  return count;
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
