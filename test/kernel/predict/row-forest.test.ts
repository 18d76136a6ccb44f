// Predicting one row down perfect trees, and by walking, against the naive walk.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flattenTrees } from "../../../src/kernel/predict/predict-forest.ts";
import { createRowKernel } from "../../../src/kernel/predict/row-forest.ts";
import { walkRow } from "../../../src/kernel/predict/walk-row.ts";
import { leafTree } from "../../../src/tree/tree.ts";
import { findLeafNaively } from "../../oracle/naive-predict.ts";
import { treeArbitrary } from "../../oracle/random-tree.ts";

const seed = 8812;
const FEATURES = 4;

const value = fc.oneof(
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0, -0, 0.5, 1),
  fc.float({ noNaN: true }),
);

describe(`a kernel for one row (seed ${seed})`, () => {
  // Categories, odd conditions and deep trees among them, for which the trees are walked.
  for (const categorical of [[], [1]]) {
    const kind = categorical.length > 0 ? "with" : "without";
    test(`adds every tree's leaf value in order, ${kind} categorical splits`, () => {
      const tree = treeArbitrary({ featureCount: FEATURES, categorical });
      const property = fc.property(
        fc.array(tree, { minLength: 1, maxLength: 21 }),
        fc.array(fc.array(value, { maxLength: FEATURES }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (trees, rows, isWeighted) => {
          const groups = Int32Array.from(trees, (_, t) => t % 3);
          const weights = isWeighted ? Float32Array.from(trees, (_, t) => 1 / (t + 1.5)) : null;
          const forest = flattenTrees(trees, groups, weights);
          const [fast, walked] = [createRowKernel(forest), walkRow(forest)];
          for (const row of rows) {
            const padded = Float32Array.from({ length: FEATURES }, (_, f) => row[f] ?? Number.NaN);
            const expected = Float32Array.of(0.25, -1, 0);
            trees.forEach((t, i) => {
              const leaf = t.leafValue[findLeafNaively(t, padded)];
              expected[i % 3] += weights === null ? leaf : Math.fround(leaf * weights[i]);
            });
            const found = [fast, walked].map((kernel) => {
              const margins = Float32Array.of(0.25, -1, 0);
              kernel(row, margins);
              return margins;
            });
            expect(found).toEqual([expected, expected]);
          }
        },
      );
      fc.assert(property, { seed, numRuns: 300 });
    });
  }

  test("takes trees of a single leaf", () => {
    const forest = flattenTrees([leafTree(1), leafTree(2)], Int32Array.of(0, 0));
    const margins = Float32Array.of(0.5);
    createRowKernel(forest)([], margins);
    expect(margins[0]).toBe(3.5);
  });
});
