// Prediction node by node, as the definition says.

import { isLeaf, nextNode, type Tree } from "../../src/tree/tree.ts";

/** The number of the leaf that a row reaches. */
export function findLeafNaively(tree: Tree, row: ArrayLike<number>): number {
  let node = 0;
  while (!isLeaf(tree, node)) node = nextNode(tree, node, row[tree.splitFeature[node]] ?? NaN);
  return node;
}

/** The margins of one row, one per group: float32 additions in the order of trees. */
export function predictNaively(
  trees: readonly Tree[],
  treeGroup: ArrayLike<number>,
  row: ArrayLike<number>,
  start: ArrayLike<number>,
): Float32Array {
  const margins = Float32Array.from(start);
  trees.forEach((tree, t) => {
    margins[treeGroup[t]] += tree.leafValue[findLeafNaively(tree, row)];
  });
  return margins;
}
