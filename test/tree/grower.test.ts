// Whole trees against a twin that grows them from raw values (test/oracle/naive-grower.ts): every field of
// every node is equal, whichever kernels run. Ties are decided alike, so nothing is approximate.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { NaiveGrower, plainNodes } from "../oracle/naive-grower.ts";
import { makeGradients, makeTable, sparseOf, type TableCase, tableCases } from "../oracle/plain-table.ts";
import { growTrees, treeParameters } from "./growing.ts";
import { parameterCases } from "./parameter-cases.ts";

const seed = 2016;
const width = 6;
const kernelChoices = ["typescript", "webassembly"] as const;

const cases: fc.Arbitrary<[TableCase, TreeParameters]> = fc.tuple(
  tableCases(120, width),
  parameterCases(width),
);

describe(`Grower (seed ${seed})`, () => {
  test.each(kernelChoices)("grows the tree of its naive twin with the %s kernels", async (kernels) => {
    let splitCount = 0;
    const property = fc.asyncProperty(cases, async ([tableCase, parameters]) => {
      const { plain, data, cuts } = makeTable(tableCase, 10);
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const expected = new NaiveGrower(plain, gradients, parameters).grow();
      const once = { ...parameters, numParallelTree: 1 };
      const { trees } = await growTrees(data, cuts, gradients, { parameters: once, kernels });
      if (parameters.numParallelTree === 1) expect(plainNodes(trees[0])).toEqual(expected);
      splitCount += (expected.length - 1) / 2;
    });
    await fc.assert(property, { seed, numRuns: 600 });
    expect(splitCount).toBeGreaterThan(1000);
  });

  test("grows the same tree whether features are bundled or not, the table dense or sparse", async () => {
    const property = fc.asyncProperty(cases, async ([tableCase, parameters]) => {
      const { plain, data, cuts } = makeTable(tableCase, 10);
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const sparse = sparseOf(plain.rows, { featureTypes: data.featureTypes });
      const expected = await growTrees(data, cuts, gradients, { parameters });
      for (const table of [data, sparse]) {
        for (const bundling of [true, false]) {
          expect(await growTrees(table, cuts, gradients, { parameters, bundling })).toEqual(expected);
        }
      }
    });
    await fc.assert(property, { seed, numRuns: 100 });
  });

  test("adds to the margin of every row the value of the leaf that the row ends in", async () => {
    const property = fc.asyncProperty(cases, async ([tableCase, parameters]) => {
      const { plain, data, cuts } = makeTable(tableCase, 10);
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const { trees, margins } = await growTrees(data, cuts, gradients, { parameters });
      plain.rows.forEach((row, r) => {
        const expected = trees.reduce((sum, tree) => {
          let node = 0;
          for (const nodes = plainNodes(tree); nodes[node].left >= 0; ) {
            const { feature, condition, categories, defaultLeft, left, right } = nodes[node];
            const value = row[feature];
            const isLeft = Number.isNaN(value)
              ? defaultLeft
              : tree.splitType[node] === 1
                ? !categories.includes(value)
                : value < condition;
            node = isLeft ? left : right;
          }
          return Math.fround(sum + tree.leafValue[node]);
        }, 0);
        expect(margins[r]).toBe(expected);
      });
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test("grows the trees of all groups together as it grows each alone", async () => {
    const property = fc.asyncProperty(cases, async ([tableCase, given]) => {
      // Column sampling is keyed by the group, so it stays off.
      const parameters = { ...given, numParallelTree: 1 };
      const { data, cuts } = makeTable(tableCase, 10);
      const parts = [1, 2, 3].map((group) => makeGradients(tableCase.seed + group, data.rowCount));
      const gradients = Float32Array.from(parts.flatMap((part) => Array.from(part)));
      const together = await growTrees(data, cuts, gradients, { parameters, groupCount: 3 });
      for (const [group, part] of parts.entries()) {
        const alone = await growTrees(data, cuts, part, { parameters });
        expect(together.trees[group]).toEqual(alone.trees[0]);
        const { rowCount } = data;
        expect(together.margins.slice(group * rowCount, (group + 1) * rowCount)).toEqual(alone.margins);
      }
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test("leaves a single leaf, its base weight not scaled by eta, where nothing gains", async () => {
    const { data, cuts } = makeTable({ seed: 1, rowCount: 9, kinds: ["constant", "empty"] });
    const gradients = new Float32Array(18).fill(1);
    const { trees } = await growTrees(data, cuts, gradients, { parameters: treeParameters({ eta: 0.5 }) });
    const [root] = plainNodes(trees[0]);
    expect(trees[0].nodeCount).toBe(1);
    expect([root.baseWeight, root.condition, root.cover]).toEqual([Math.fround(-0.9), Math.fround(-0.45), 9]);
  });
});
