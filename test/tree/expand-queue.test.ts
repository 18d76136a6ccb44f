import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExpandQueue } from "../../src/tree/expand-queue.ts";
import { GainEvaluator } from "../../src/tree/gain.ts";
import { GrowNode } from "../../src/tree/grow-node.ts";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { treeParameters } from "./growing.ts";

const seed = 256;
const evaluator = new GainEvaluator(treeParameters());

function nodeOf(id: number, depth: number, gain: number): GrowNode {
  const node = new GrowNode({ evaluator, group: 0, id, depth, sumGrad: 0, sumHess: 1, rootGain: 0 });
  node.split.gain = Math.fround(gain);
  return node;
}

const queueOf = (given: Partial<TreeParameters> = {}) => new ExpandQueue(treeParameters(given));
const idsOf = (nodes: readonly GrowNode[]) => nodes.map((node) => node.id);

/** Pops until the queue says that the tree is finished. */
function popAll(queue: ExpandQueue): number[][] {
  const batches: number[][] = [];
  for (let batch = queue.popBatch(); batch.length > 0; batch = queue.popBatch()) batches.push(idsOf(batch));
  return batches;
}

describe(`depthwise (seed ${seed})`, () => {
  test("takes the nodes of a level together, lowest id first, whatever the order they came in", () => {
    const ids = fc.shuffledSubarray(
      [...Array(20).keys()].map((i) => i + 1),
      { minLength: 1 },
    );
    const property = fc.property(ids, (order) => {
      const queue = queueOf({ maxDepth: 0 });
      // Nodes 1 to 6 are a level, those after them the next.
      for (const id of order) queue.push(nodeOf(id, id <= 6 ? 1 : 2, 1 + (id % 3)));
      const sorted = [...order].sort((a, b) => a - b);
      const levels = [sorted.filter((id) => id <= 6), sorted.filter((id) => id > 6)];
      expect(popAll(queue)).toEqual(levels.filter((level) => level.length > 0));
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("takes at most 256 nodes at once", () => {
    const queue = queueOf({ maxDepth: 0 });
    for (let id = 1; id <= 300; id++) queue.push(nodeOf(id, 9, 1));
    expect(popAll(queue).map((batch) => batch.length)).toEqual([256, 44]);
  });

  test("passes over nodes that gain too little and goes on with the others", () => {
    const queue = queueOf({ gamma: 1 });
    for (const [id, gain] of [
      [1, 0.5],
      [2, 1],
      [3, 0.99],
    ])
      queue.push(nodeOf(id, 1, gain));
    expect(popAll(queue)).toEqual([[2]]);
  });

  test("ends the tree at an empty batch, even when deeper nodes wait", () => {
    const queue = queueOf({ gamma: 1 });
    queue.push(nodeOf(1, 1, 0.5));
    queue.push(nodeOf(3, 2, 5));
    expect(queue.popBatch()).toEqual([]);
  });

  test("gives the leaves that are left to the lowest ids", () => {
    const queue = queueOf({ maxLeaves: 3 });
    for (const id of [4, 3, 2, 1]) queue.push(nodeOf(id, 1, id));
    expect(popAll(queue)).toEqual([[1, 2]]);
    expect(queue.mayExpand(1)).toBe(false);
  });
});

describe(`lossguide (seed ${seed})`, () => {
  test("takes one node at a time, the largest gain first, ties by the lower id", () => {
    const gains = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 40 });
    const property = fc.property(gains, (list) => {
      const queue = queueOf({ growPolicy: "lossguide", maxDepth: 0 });
      list.forEach((gain, i) => {
        queue.push(nodeOf(i + 1, 1, gain));
      });
      const order = [...list.keys()].sort((a, b) => list[b] - list[a] || a - b).map((i) => [i + 1]);
      expect(popAll(queue)).toEqual(order);
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("ends the tree at the first node that may not be split", () => {
    const queue = queueOf({ growPolicy: "lossguide", maxDepth: 2 });
    queue.push(nodeOf(1, 2, 9));
    queue.push(nodeOf(2, 1, 1));
    expect(queue.popBatch()).toEqual([]);
  });

  test("stops at maxLeaves", () => {
    const queue = queueOf({ growPolicy: "lossguide", maxLeaves: 3 });
    for (const id of [1, 2, 3]) queue.push(nodeOf(id, 1, id));
    expect(popAll(queue)).toEqual([[3], [2]]);
  });
});

describe("a node", () => {
  test("is queued only with a gain above 1e-6, but a root always", () => {
    const queue = queueOf();
    expect(queue.push(nodeOf(5, 1, 1e-6))).toBe(false);
    expect(queue.push(nodeOf(5, 1, 0))).toBe(false);
    expect(queue.push(nodeOf(5, 1, 1.1e-6))).toBe(true);
    expect(queueOf().push(nodeOf(0, 0, 0))).toBe(true);
  });

  test("is split with a gain of exactly gamma, compared as float32", () => {
    const popped = (gain: number) => {
      const queue = queueOf({ gamma: 0.1 });
      queue.push(nodeOf(0, 0, gain));
      return idsOf(queue.popBatch());
    };
    expect(popped(Math.fround(0.1))).toEqual([0]);
    expect(popped(0.0999)).toEqual([]);
  });

  test("is not split at maxDepth, 0 meaning no limit", () => {
    expect([1, 2, 3].map((depth) => queueOf({ maxDepth: 2 }).mayExpand(depth))).toEqual([true, false, false]);
    expect(queueOf({ maxDepth: 0 }).mayExpand(1000)).toBe(true);
  });
});
