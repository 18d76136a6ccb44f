import { describe, expect, test } from "vitest";
import {
  CATEGORICAL_CONDITION,
  hasCategory,
  isLeaf,
  joinValues,
  leafTree,
  nextNode,
  ROOT_PARENT,
} from "../../src/tree/tree.ts";
import { TreeBuilder } from "../../src/tree/tree-builder.ts";

/** A numeric root on feature 3, whose right child divides categories {1, 33} from the rest. */
function buildTree() {
  const builder = new TreeBuilder();
  const root = builder.addLeaf(ROOT_PARENT, 0.5, 1.5, 20);
  const left = builder.addLeaf(root, 0.1, 0.1, 8);
  const right = builder.addLeaf(root, 0.2, 0.2, 12);
  builder.splitLeaf(root, {
    left,
    right,
    splitFeature: 3,
    splitCondition: 0.7,
    defaultLeft: true,
    lossChange: 9,
    categories: null,
  });
  const nodes = [builder.addLeaf(right, 0.3, 0.3, 5), builder.addLeaf(right, 0.4, 0.4, 7)];
  builder.splitLeaf(right, {
    left: nodes[0],
    right: nodes[1],
    splitFeature: 1,
    splitCondition: CATEGORICAL_CONDITION,
    lossChange: 4,
    categories: Int32Array.of(1, 33),
  });
  return { builder, tree: builder.build() };
}

describe("TreeBuilder", () => {
  test("numbers nodes in the order they are added and writes them as arrays", () => {
    const { builder, tree } = buildTree();
    expect(builder.nodeCount).toBe(5);
    expect(tree.nodeCount).toBe(5);
    expect(Array.from(tree.left)).toEqual([1, -1, 3, -1, -1]);
    expect(Array.from(tree.right)).toEqual([2, -1, 4, -1, -1]);
    expect(Array.from(tree.parent)).toEqual([ROOT_PARENT, 0, 0, 2, 2]);
    expect(Array.from(tree.splitFeature)).toEqual([3, 0, 1, 0, 0]);
    expect(tree.splitCondition).toEqual(Float32Array.of(0.7, 0.1, CATEGORICAL_CONDITION, 0.3, 0.4));
    expect(Array.from(tree.defaultLeft)).toEqual([1, 0, 0, 0, 0]);
    expect(Array.from(tree.splitType)).toEqual([0, 0, 1, 0, 0]);
    expect(Array.from(tree.lossChange)).toEqual([9, 0, 4, 0, 0]);
    expect(Array.from(tree.sumHessian)).toEqual([20, 8, 12, 5, 7]);
    expect(tree.baseWeight).toEqual(Float32Array.of(1.5, 0.1, 0.2, 0.3, 0.4));
    expect(Array.from(tree.categories)).toEqual([1, 33]);
    expect(Array.from(tree.categoryOffsets)).toEqual([0, 0, 0, 2, 2, 2]);
  });

  test("knows its leaves and their values", () => {
    const { builder } = buildTree();
    expect([0, 1, 2, 3].map((id) => builder.isLeaf(id))).toEqual([false, true, false, true]);
    expect(builder.leafValue(4)).toBe(0.4);
  });

  test("of one leaf builds what leafTree gives", () => {
    const builder = new TreeBuilder();
    builder.addLeaf(ROOT_PARENT, 0.25, 0, 0);
    expect(builder.build()).toEqual(leafTree(0.25));
  });
});

describe("a tree", () => {
  const { tree } = buildTree();

  test("sends a number left exactly when it is below the condition", () => {
    const condition = Math.fround(0.7);
    expect([-Infinity, 0.69, condition, Infinity].map((v) => nextNode(tree, 0, v))).toEqual([1, 1, 2, 2]);
  });

  test("sends a missing value to the default side", () => {
    expect(nextNode(tree, 0, NaN)).toBe(1);
    expect(nextNode(tree, 2, NaN)).toBe(4);
  });

  test("sends the stored categories right, their fraction cut off, and all others left", () => {
    expect([1, 1.9, 33].map((v) => nextNode(tree, 2, v))).toEqual([4, 4, 4]);
    expect([0, 2, 32, 34, 1000].map((v) => nextNode(tree, 2, v))).toEqual([3, 3, 3, 3, 3]);
  });

  test("sends a code that is negative or 2^24 and above left", () => {
    expect([-1, -0.5, 2 ** 24, 2 ** 24 + 33, Infinity].map((v) => nextNode(tree, 2, v))).toEqual([
      3, 3, 3, 3, 3,
    ]);
  });

  test("tells leaves from inner nodes and members from others", () => {
    expect([0, 1, 2, 3, 4].map((node) => isLeaf(tree, node))).toEqual([false, true, false, true, true]);
    expect([1, 2, 33].map((code) => hasCategory(tree, 2, code))).toEqual([true, false, true]);
    expect(hasCategory(tree, 0, 1)).toBe(false);
  });
});

test("conditions and leaf values of their own are joined as a model file has them", () => {
  const builder = new TreeBuilder();
  builder.addLeaf(ROOT_PARENT, 0, 0, 1);
  const left = builder.addLeaf(0, 0.25, 0, 1);
  const right = builder.addLeaf(0, -1, 0, 1);
  builder.splitLeaf(0, { left, right, splitCondition: 7 });
  const tree = builder.build();
  expect(Array.from(joinValues(tree))).toEqual([7, 0.25, -1]);
  const apart = {
    ...tree,
    splitCondition: Float32Array.of(7, 9, 9),
    leafValue: Float32Array.of(9, 0.25, -1),
  };
  expect(Array.from(joinValues(apart))).toEqual([7, 0.25, -1]);
});
