import { expect, test } from "vitest";
import type { GrowShape } from "../../../src/kernel/grow/grow-memory.ts";
import { HistogramPool, inheritHistogram } from "../../../src/tree/backend/histogram-pool.ts";
import { GainEvaluator } from "../../../src/tree/gain.ts";
import { GrowNode, NO_HISTOGRAM } from "../../../src/tree/grow-node.ts";
import { treeParameters } from "../growing.ts";

const evaluator = new GainEvaluator(treeParameters());

function makeNodes(count: number): GrowNode[] {
  return Array.from(
    { length: count },
    (_, id) => new GrowNode({ evaluator, group: 0, id, depth: 0, sumGrad: 0, sumHess: 0, rootGain: 0 }),
  );
}

function makePool(histogramCount: number, groupCount = 1): HistogramPool {
  return new HistogramPool({ memberCount: 3, histogramCount, groupCount } as GrowShape);
}

test("nodes get different histograms, none of them a member's own", () => {
  const pool = makePool(4);
  const nodes = makeNodes(4);
  for (const node of nodes) pool.assign(node);
  expect(nodes.map(({ histogram }) => histogram).sort()).toEqual([3, 4, 5, 6]);
  expect(pool.freeCount).toBe(0);
  pool.assign(nodes[0]);
  pool.release(nodes[0]);
  pool.release(nodes[0]);
  expect(pool.freeCount).toBe(1);
});

test("nodes give up histograms until enough are free for the next batch", () => {
  const pool = makePool(10, 2);
  const nodes = makeNodes(9);
  for (const node of nodes) pool.assign(node);
  pool.keepReserve(nodes);
  expect(pool.freeCount).toBe(4);
  expect(nodes.filter(({ histogram }) => histogram === NO_HISTOGRAM)).toEqual(nodes.slice(0, 3));
});

test("a child takes over the histogram of its parent, if that has one", () => {
  const pool = makePool(4);
  const [parent, child] = makeNodes(2);
  expect(inheritHistogram(parent, child)).toBe(false);
  pool.assign(parent);
  const { histogram } = parent;
  expect(inheritHistogram(parent, child)).toBe(true);
  expect([parent.histogram, child.histogram]).toEqual([NO_HISTOGRAM, histogram]);
});
