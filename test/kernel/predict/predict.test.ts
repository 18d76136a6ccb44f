// The prediction kernels against walking node by node.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DenseFeatures, SparseFeatures } from "../../../src/data/features.ts";
import {
  addForestMargins,
  addMargins,
  addRowMargins,
  writeLeafIds,
} from "../../../src/kernel/predict/predict.ts";
import { flattenTrees } from "../../../src/kernel/predict/predict-forest.ts";
import { blockRowsOf, readBlocks } from "../../../src/kernel/predict/predict-rows.ts";
import { leafTree, splitValues, type Tree } from "../../../src/tree/tree.ts";
import { findLeafNaively, predictNaively } from "../../oracle/naive-predict.ts";
import { treeArbitrary } from "../../oracle/random-tree.ts";

const SEED = 20250106;
const featureCount = 4;
const groupCount = 3;

const trees = fc.array(treeArbitrary({ featureCount, categorical: [3], maxSplits: 25 }), {
  minLength: 1,
  maxLength: 8,
});
const number = fc.oneof(fc.constantFrom(NaN, -1, -0, 0, 0.5, 1, Infinity, -Infinity), fc.float());
const category = fc.oneof(fc.nat(12), fc.constantFrom(NaN, -1, 2.75, 9.5, 2 ** 24, Infinity, -Infinity));
const rows = fc.array(fc.tuple(number, number, number, category), { minLength: 1, maxLength: 150 });

/** Whole numbers of a table as [rows × width] row-major, NaN behind the features. */
function blockOf(table: readonly (readonly number[])[], width: number) {
  const values = new Float32Array(table.length * width).fill(NaN);
  for (const [r, row] of table.entries()) values.set(row, r * width);
  return { values, rowCount: table.length, width };
}

function rowOf(values: Float32Array, row: number, width: number): Float32Array {
  return values.subarray(row * width, (row + 1) * width);
}

describe("any trees and rows", () => {
  test("give the margins of walking node by node, in any layout", () => {
    fc.assert(
      fc.property(trees, rows, fc.nat(2), fc.boolean(), (forestTrees, table, extra, isRowMajor) => {
        const treeGroup = Int32Array.from(forestTrees, (_, t) => t % groupCount);
        const block = blockOf(table, featureCount + extra);
        const begin = 5;
        const margins = new Float32Array(begin + table.length * groupCount).fill(0.1);
        const [rowStride, groupStride] = isRowMajor ? [groupCount, 1] : [1, table.length];
        const forest = flattenTrees(forestTrees, treeGroup);
        addMargins(forest, 0, forest.treeCount, block, { margins, begin, rowStride, groupStride });
        for (let r = 0; r < table.length; r++) {
          const row = rowOf(block.values, r, block.width);
          const expected = predictNaively(forestTrees, treeGroup, row, [0.1, 0.1, 0.1].map(Math.fround));
          const got = expected.map((_, group) => margins[begin + r * rowStride + group * groupStride]);
          expect(got).toEqual(expected);
          const single = new Float32Array(groupCount).fill(0.1);
          addRowMargins(forest, 0, forest.treeCount, row, single);
          expect(single).toEqual(expected);
        }
        expect(margins.subarray(0, begin).every((value) => value === Math.fround(0.1))).toBe(true);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test("give the leaves of walking node by node", () => {
    fc.assert(
      fc.property(trees, rows, (forestTrees, table) => {
        const forest = flattenTrees(forestTrees, new Int32Array(forestTrees.length));
        const block = blockOf(table, featureCount);
        const leafIds = new Float32Array(table.length * forestTrees.length);
        writeLeafIds(forest, 0, forest.treeCount, block, leafIds);
        for (let r = 0; r < table.length; r++) {
          const row = rowOf(block.values, r, featureCount);
          const expected = forestTrees.map((tree) => findLeafNaively(tree, row));
          expect([...rowOf(leafIds, r, forestTrees.length)]).toEqual(expected);
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  test("add the same to a table's margins as row by row, dense in blocks or sparse", () => {
    fc.assert(
      fc.property(trees, rows, (forestTrees, table) => {
        const treeGroup = Int32Array.from(forestTrees, (_, t) => t % groupCount);
        const { values } = blockOf(table, featureCount);
        const rowCount = table.length;
        const parts = [values.slice(0, 64 * featureCount), values.slice(64 * featureCount)];
        const dense = new DenseFeatures(parts, rowCount, featureCount, 64);
        const present = [...values.keys()].filter((i) => !Number.isNaN(values[i]));
        const offsets = Uint32Array.from({ length: rowCount + 1 }, (_, r) => {
          return present.filter((i) => i < r * featureCount).length;
        });
        const indices = Uint32Array.from(present, (i) => i % featureCount);
        const entries = Float32Array.from(present, (i) => values[i]);
        const sparse = new SparseFeatures(offsets, indices, entries, featureCount);
        const results = [dense, sparse].map((features) => {
          const margins = new Float32Array(groupCount * rowCount);
          addForestMargins(flattenTrees(forestTrees, treeGroup), features, margins);
          return margins;
        });
        for (let r = 0; r < rowCount; r++) {
          const expected = predictNaively(forestTrees, treeGroup, rowOf(values, r, featureCount), [0, 0, 0]);
          for (const margins of results) {
            expect(expected.map((_, group) => margins[group * rowCount + r])).toEqual(expected);
          }
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});

test("a chain of a thousand nodes leads every row to its leaf", () => {
  const depth = 1000;
  const nodeCount = 2 * depth + 1;
  const chain: Tree = {
    ...leafTree(0),
    nodeCount,
    left: Int32Array.from({ length: nodeCount }, (_, n) => (n % 2 === 0 && n < 2 * depth ? n + 1 : -1)),
    right: Int32Array.from({ length: nodeCount }, (_, n) => (n % 2 === 0 && n < 2 * depth ? n + 2 : -1)),
    splitFeature: new Uint32Array(nodeCount),
    ...splitValues(Float32Array.from({ length: nodeCount }, (_, n) => (n % 2 === 0 ? n / 2 : n))),
    defaultLeft: new Uint8Array(nodeCount),
    splitType: new Uint8Array(nodeCount),
    categoryOffsets: new Uint32Array(nodeCount + 1),
  };
  const forest = flattenTrees([chain], Int32Array.of(0));
  const table = Array.from({ length: 1003 }, (_, i) => [i - 1]);
  const leafIds = new Float32Array(table.length);
  writeLeafIds(forest, 0, 1, blockOf(table, 1), leafIds);
  expect([...leafIds]).toEqual(table.map(([value]) => findLeafNaively(chain, [value])));
});

test("dart's weights multiply leaf values in float32", () => {
  const forest = flattenTrees([leafTree(0.1), leafTree(0.7)], Int32Array.of(0, 0), Float32Array.of(0.3, 1));
  const margins = Float32Array.of(0.5);
  addRowMargins(forest, 0, 2, new Float32Array(0), margins);
  const weighted = Math.fround(Math.fround(0.1) * Math.fround(0.3));
  expect(margins[0]).toBe(Math.fround(Math.fround(0.5 + weighted) + Math.fround(0.7)));
});

test("nodes that pruning cut off take no room", () => {
  const cut: Tree = { ...leafTree(1), nodeCount: 3, splitFeature: Uint32Array.of(0, 2147483647, 2147483647) };
  expect(flattenTrees([cut], Int32Array.of(0)).width).toBe(0);
});

describe("readBlocks", () => {
  test("hands over all rows in order, widened by missing values", () => {
    const rowCount = 2 * blockRowsOf(3) + 7;
    const values = Float32Array.from({ length: rowCount * 2 }, (_, i) => i);
    const seen: number[] = [];
    readBlocks(new DenseFeatures([values], rowCount, 2), 3, (block, begin) => {
      expect(block.width).toBe(3);
      expect(begin).toBe(seen.length);
      for (let row = 0; row < block.rowCount; row++) {
        expect(block.values[row * 3 + 2]).toBeNaN();
        seen.push(block.values[row * 3]);
      }
    });
    expect(seen).toEqual(Array.from({ length: rowCount }, (_, row) => row * 2));
  });

  test("keeps blocks of wide tables small", () => {
    expect(blockRowsOf(1)).toBe(4096);
    expect(blockRowsOf(1 << 20)).toBe(1);
    expect(blockRowsOf(1 << 24)).toBe(1);
  });
});
