// Trees drawn at random for tests: any shape, numeric and categorical splits, node numbers in any order
// that has children behind their parents.

import fc from "fast-check";
import { CATEGORICAL_CONDITION, ROOT_PARENT, splitValues, type Tree } from "../../src/tree/tree.ts";

export interface TreeShape {
  featureCount: number;
  /** Features that split by category, by number. */
  categorical?: readonly number[];
  maxSplits?: number;
}

interface Split {
  leaf: number;
  feature: number;
  condition: number;
  defaultLeft: boolean;
  categories: number[];
  share: number;
}

/** Trees grown by splitting a random leaf again and again. */
export function treeArbitrary({
  featureCount,
  categorical = [],
  maxSplits = 12,
}: TreeShape): fc.Arbitrary<Tree> {
  const split = fc.record<Split>({
    leaf: fc.nat(1000),
    feature: fc.nat(featureCount - 1),
    condition: fc.oneof(fc.constantFrom(-1, 0, 0.5, 1), fc.float({ noNaN: true })),
    defaultLeft: fc.boolean(),
    categories: fc.uniqueArray(fc.nat(9), { maxLength: 6 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const values = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), {
    minLength: 1,
    maxLength: 2 * maxSplits + 1,
  });
  return fc
    .tuple(fc.array(split, { maxLength: maxSplits }), values)
    .map(([splits, leafValues]) => growTree(splits, leafValues, categorical));
}

function growTree(
  splits: readonly Split[],
  leafValues: readonly number[],
  categorical: readonly number[],
): Tree {
  const nodeCount = 2 * splits.length + 1;
  const tree = {
    nodeCount,
    left: new Int32Array(nodeCount).fill(-1),
    right: new Int32Array(nodeCount).fill(-1),
    parent: new Int32Array(nodeCount).fill(ROOT_PARENT),
    splitFeature: new Uint32Array(nodeCount),
    ...splitValues(Float32Array.from({ length: nodeCount }, (_, i) => leafValues[i % leafValues.length])),
    defaultLeft: new Uint8Array(nodeCount),
    splitType: new Uint8Array(nodeCount),
    lossChange: new Float32Array(nodeCount),
    sumHessian: new Float32Array(nodeCount).fill(64),
    baseWeight: new Float32Array(nodeCount),
  };
  const perNode: number[][] = Array.from({ length: nodeCount }, () => []);
  const leaves = [0];
  for (const [i, split] of splits.entries()) {
    const [node] = leaves.splice(split.leaf % leaves.length, 1);
    const isCategorical = categorical.includes(split.feature);
    const [left, right] = [2 * i + 1, 2 * i + 2];
    tree.left[node] = left;
    tree.right[node] = right;
    tree.parent[left] = node;
    tree.parent[right] = node;
    tree.splitFeature[node] = split.feature;
    tree.splitCondition[node] = isCategorical ? CATEGORICAL_CONDITION : split.condition;
    tree.defaultLeft[node] = Number(split.defaultLeft);
    tree.splitType[node] = Number(isCategorical);
    if (isCategorical) perNode[node] = split.categories.toSorted((a, b) => a - b);
    tree.lossChange[node] = split.share * 10;
    tree.sumHessian[left] = tree.sumHessian[node] * split.share;
    tree.sumHessian[right] = tree.sumHessian[node] - tree.sumHessian[left];
    leaves.push(left, right);
  }
  const categoryOffsets = new Uint32Array(nodeCount + 1);
  for (let n = 0; n < nodeCount; n++) categoryOffsets[n + 1] = categoryOffsets[n] + perNode[n].length;
  return { ...tree, categories: Int32Array.from(perNode.flat()), categoryOffsets };
}
