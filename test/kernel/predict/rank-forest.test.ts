// Ranked prediction against its twin that walks down the trees.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { uniform } from "../../../src/core/random.ts";
import { DMatrix } from "../../../src/data/dmatrix.ts";
import { addMargins } from "../../../src/kernel/predict/predict.ts";
import { type Forest, flattenTrees } from "../../../src/kernel/predict/predict-forest.ts";
import { type createMarginKernel, createRankedKernel } from "../../../src/kernel/predict/rank-forest.ts";
import { trainBooster } from "../../../src/training/train.ts";
import { leafTree, splitValues, type Tree } from "../../../src/tree/tree.ts";

const seed = 410;

/** A tree whose inner nodes are made by `split` until `depth`, or earlier by chance. */
function randomTree(key: number, depth: number, featureCount: number, levels: number): Tree {
  const rows: { left: number; feature: number; condition: number; defaultLeft: number }[] = [];
  const draw = (purpose: number) => uniform(seed, key, rows.length, purpose, 0);
  const grow = (level: number): number => {
    const node = rows.length;
    const isLeaf = level === depth || (level > 0 && draw(0) < 0.15);
    const grid = Math.floor(draw(2) * levels) - levels / 2;
    const condition = draw(3) < 0.02 ? -Infinity : grid / 3;
    rows.push({
      left: -1,
      feature: Math.floor(draw(1) * featureCount),
      condition: isLeaf ? draw(4) - 0.5 : condition,
      defaultLeft: draw(5) < 0.4 ? 1 : 0,
    });
    if (!isLeaf) rows[node].left = node;
    return node;
  };
  // Children side by side, as trees are stored.
  grow(0);
  const right: number[] = [];
  const left: number[] = [];
  const levelOf = [0];
  for (let node = 0; node < rows.length; node++) {
    if (rows[node].left < 0) {
      left[node] = -1;
      right[node] = -1;
      continue;
    }
    left[node] = grow(levelOf[node] + 1);
    right[node] = grow(levelOf[node] + 1);
    levelOf[left[node]] = levelOf[node] + 1;
    levelOf[right[node]] = levelOf[node] + 1;
  }
  return {
    ...leafTree(0),
    nodeCount: rows.length,
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    splitFeature: Uint32Array.from(rows, (row) => row.feature),
    ...splitValues(Float32Array.from(rows, (row) => row.condition)),
    defaultLeft: Uint8Array.from(rows, (row) => row.defaultLeft),
    splitType: new Uint8Array(rows.length),
    categoryOffsets: new Uint32Array(rows.length + 1),
  };
}

function randomRows(key: number, rowCount: number, width: number, levels: number): Float32Array {
  return Float32Array.from({ length: rowCount * width }, (_, i) => {
    const kind = uniform(seed, key, i, 9, 0);
    if (kind < 0.1) return Number.NaN;
    if (kind < 0.12) return kind < 0.11 ? Infinity : -Infinity;
    return (Math.floor(uniform(seed, key, i, 10, 0) * levels) - levels / 2) / 3;
  });
}

function predictBoth(forest: Forest, values: Float32Array, width: number, begin: number, end: number) {
  const rowCount = values.length / width;
  const groupCount = Math.max(...forest.treeGroup) + 1;
  const block = { values, rowCount, width };
  const run = (add: ReturnType<typeof createMarginKernel>) => {
    const margins = Float32Array.from({ length: groupCount * rowCount }, (_, i) => (i % 7) / 8);
    add(begin, end, block, { margins, begin: 0, rowStride: 1, groupStride: rowCount });
    return margins;
  };
  const ranked = createRankedKernel(forest);
  expect(ranked).not.toBeNull();
  return {
    ranked: run(ranked!),
    walked: run((b, e, rows, layout) => addMargins(forest, b, e, rows, layout)),
  };
}

describe(`ranked prediction (seed ${seed})`, () => {
  test("equals walking down the trees bit for bit", () => {
    const cases = fc.record({
      key: fc.nat(1e6),
      depth: fc.integer({ min: 0, max: 8 }),
      rowCount: fc.integer({ min: 1, max: 600 }),
      width: fc.integer({ min: 1, max: 5 }),
      // Few conditions, and more than one column can tell apart.
      levels: fc.constantFrom(4, 40, 3000),
      treeCount: fc.integer({ min: 1, max: 12 }),
      isWeighted: fc.boolean(),
    });
    const property = fc.property(cases, ({ key, depth, rowCount, width, levels, treeCount, isWeighted }) => {
      const trees = Array.from({ length: treeCount }, (_, t) => randomTree(key + t, depth, width, levels));
      const groups = Int32Array.from(trees, (_, t) => t % 3);
      const weights = isWeighted ? Float32Array.from(trees, (_, t) => 1 / (t + 1.5)) : null;
      const forest = flattenTrees(trees, groups, weights);
      const values = randomRows(key, rowCount, width, levels);
      const begin = Math.min(1, treeCount - 1);
      const { ranked, walked } = predictBoth(forest, values, width, begin, treeCount);
      expect(ranked).toEqual(walked);
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("is refused for categorical splits and for trees deeper than eight levels", async () => {
    const categorical = DMatrix.fromRows(
      Array.from({ length: 40 }, (_, i) => [i % 9]),
      { label: Array.from({ length: 40 }, (_, i) => (i % 9) % 2), featureTypes: ["c"] },
    );
    const { booster } = await trainBooster({ minChildWeight: 0 }, categorical, { rounds: 1 });
    const { trees, treeGroup } = booster.model;
    expect(createRankedKernel(flattenTrees(trees, treeGroup))).toBeNull();
    expect(createRankedKernel(flattenTrees([randomTree(3, 12, 3, 40)], Int32Array.of(0)))).toBeNull();
  });

  test("is used by a booster for many rows with the same result as for few", async () => {
    const values = randomRows(5, 3000, 4, 60).map((v) => (Number.isFinite(v) || Number.isNaN(v) ? v : 0));
    const label = Array.from({ length: 3000 }, (_, i) => (values[4 * i] > 0 ? 1 : 0));
    const table = DMatrix.fromDense(values, { rowCount: 3000, featureCount: 4, label });
    const { booster } = await trainBooster({ objective: "binary:logistic" }, table, { rounds: 5 });
    const all = booster.predict(table, { kind: "margin" });
    for (let begin = 0; begin < 3000; begin += 600) {
      const part = DMatrix.fromDense(values.slice(4 * begin, 4 * begin + 40), {
        rowCount: 10,
        featureCount: 4,
      });
      expect(booster.predict(part, { kind: "margin" })).toEqual(all.slice(begin, begin + 10));
    }
  });
});
