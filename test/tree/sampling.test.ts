// Row sampling and forests: which rows a tree sees depends on nothing but seed, round, tree and row.

import { describe, expect, test } from "vitest";
import { uniform } from "../../src/core/random.ts";
import { buildCuts } from "../../src/data/cuts.ts";
import { ROW_STREAM } from "../../src/tree/feature-sets.ts";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { plainNodes } from "../oracle/naive-grower.ts";
import { denseOf, makeGradients, makeRows } from "../oracle/plain-table.ts";
import { type GrowOptions, growTrees, treeParameters } from "./growing.ts";

const rowCount = 4000;
const data = denseOf(makeRows({ seed: 21, rowCount, kinds: ["dense", "few", "gappy"] }));
const cuts = buildCuts(data, 32);
const gradients = makeGradients(21, rowCount);

const grow = (given: Partial<TreeParameters>, options: GrowOptions = {}, pairs = gradients) =>
  growTrees(data, cuts, pairs, { ...options, parameters: treeParameters({ maxDepth: 3, ...given }) });

/** The pairs with those of the rows that tree `tree` of a round does not see set to zero. */
function sampledGradients(seed: number, share: number, round: number, tree: number): Float32Array {
  return gradients.map((value, i) => (uniform(seed, ROW_STREAM, round, tree, i >> 1) < share ? value : 0));
}

describe("subsample", () => {
  test("grows the tree of the rows whose draw is below the share", async () => {
    for (const [round, share] of [
      [0, 0.3],
      [5, 0.8],
    ]) {
      const { trees } = await grow({ subsample: share, seed: 9 }, { round });
      const expected = await grow({}, {}, sampledGradients(9, share, round, 0));
      expect(trees).toEqual(expected.trees);
    }
  });

  test("sees its share of the rows within five standard deviations, and adds leaves to all rows", async () => {
    const ones = new Float32Array(2 * rowCount).fill(1);
    for (const share of [0.1, 0.5, 0.95]) {
      const { trees, margins } = await grow({ subsample: share }, {}, ones);
      const deviation = Math.sqrt(rowCount * share * (1 - share));
      expect(Math.abs(trees[0].sumHessian[0] - share * rowCount)).toBeLessThan(5 * deviation);
      expect(margins.every((margin) => margin !== 0)).toBe(true);
    }
  });

  test("draws anew by round, seed, group and parallel tree", async () => {
    const pairs = Float32Array.from([...gradients, ...gradients]);
    const sampled = { subsample: 0.5, numParallelTree: 2 };
    const grown = [
      ...(await grow(sampled, { groupCount: 2 }, pairs)).trees,
      ...(await grow(sampled, { round: 1 })).trees,
      ...(await grow({ ...sampled, seed: 1 })).trees,
    ];
    const covers = grown.map((tree) => tree.sumHessian[0]);
    expect(covers.length).toBe(8);
    expect(new Set(covers).size).toBe(8);
  });

  test("of 1 sees every row", async () => {
    const { trees } = await grow({ subsample: 1 });
    expect(trees).toEqual((await grow({})).trees);
  });
});

describe("numParallelTree", () => {
  test("grows equal trees when nothing is drawn, each with its share of eta", async () => {
    const [one] = (await grow({ eta: 0.9 })).trees.map(plainNodes);
    const trees = (await grow({ eta: 0.9, numParallelTree: 3 })).trees.map(plainNodes);
    expect(trees.length).toBe(3);
    expect(trees[1]).toEqual(trees[0]);
    expect(trees[2]).toEqual(trees[0]);
    const shape = (nodes: typeof one) => nodes.map(({ left, feature, gain }) => ({ left, feature, gain }));
    expect(shape(trees[0])).toEqual(shape(one));
    trees[0].forEach((node, i) => {
      if (node.left < 0) expect(node.condition).toBeCloseTo(one[i].condition / 3, 6);
    });
  });

  test("stores trees group by group, in a group in order", async () => {
    const pairs = Float32Array.from([...gradients, ...makeGradients(22, rowCount)]);
    const { trees } = await grow({ numParallelTree: 2 }, { groupCount: 2 }, pairs);
    expect(trees.length).toBe(4);
    expect(trees[1]).toEqual(trees[0]);
    expect(trees[3]).toEqual(trees[2]);
    expect(trees[2]).not.toEqual(trees[0]);
  });

  test("adds up all its trees in the margins", async () => {
    const { trees, margins } = await grow({ numParallelTree: 2, maxDepth: 1, maxLeaves: 1 });
    expect(trees.map((tree) => tree.nodeCount)).toEqual([1, 1]);
    const leaf = trees[0].leafValue[0];
    expect(margins[0]).toBe(Math.fround(leaf + leaf));
  });
});
