// What must not show in a tree: how much memory there is, how many members a team has and which of them
// does what, how many peers hold the rows, which kernels run.

import { describe, expect, test } from "vitest";
import { buildCuts, explicitCuts } from "../../../src/data/cuts.ts";
import type { TreeParameters } from "../../../src/tree/tree-parameters.ts";
import { inProcessPeers } from "../../oracle/in-process-peers.ts";
import { denseOf, makeGradients, makeRows, type TableCase, typesOf } from "../../oracle/plain-table.ts";
import { type Grown, growTrees, treeParameters } from "../growing.ts";

const kernelChoices = ["typescript", "webassembly"] as const;

function makeCase(tableCase: TableCase, groupCount: number) {
  const rows = makeRows(tableCase);
  const info = { featureTypes: typesOf(tableCase.kinds) };
  const data = denseOf(rows, info);
  const gradients = Float32Array.from(
    Array.from({ length: groupCount }, (_, g) => Array.from(makeGradients(g, rows.length))).flat(),
  );
  return { rows, info, data, cuts: buildCuts(data, 16), gradients, groupCount };
}

const small = makeCase(
  { seed: 3, rowCount: 700, kinds: ["dense", "gappy", "category", "indicator", "indicator", "few"] },
  3,
);
/** Large enough that a node's rows are several tasks of a team. */
const large = makeCase({ seed: 4, rowCount: 50_000, kinds: ["dense", "gappy", "few"] }, 2);

const growSmall = (parameters: TreeParameters, options = {}) =>
  growTrees(small.data, small.cuts, small.gradients, { groupCount: 3, parameters, ...options });

describe("the memory that there is", () => {
  const policies = [
    treeParameters({ maxDepth: 7, minChildWeight: 0 }),
    treeParameters({ maxDepth: 0, maxLeaves: 60, growPolicy: "lossguide" }),
    treeParameters({
      maxDepth: 6,
      colsampleBynode: 0.5,
      interactionConstraints: [
        [0, 1, 2],
        [2, 3, 4, 5],
      ],
    }),
  ];

  test.each([2, 3, 5, 7, 12])("does not show in a tree: %i histograms", async (histogramCount) => {
    for (const parameters of policies) {
      const expected = await growSmall(parameters);
      expect(await growSmall(parameters, { shape: { histogramCount } })).toEqual(expected);
    }
  });

  test("does not show in a tree: nodes and tasks in small batches", async () => {
    for (const parameters of policies) {
      const expected = await growSmall(parameters);
      for (const [nodeCapacity, taskCapacity] of [
        [2, 2],
        [3, 5],
        [10, 11],
      ]) {
        // A batch of n nodes writes at most n feature lists.
        const featureListLength = nodeCapacity * small.data.featureCount;
        const shape = { nodeCapacity, taskCapacity, featureListLength };
        expect(await growSmall(parameters, { shape })).toEqual(expected);
      }
    }
  });
});

describe.each(kernelChoices)("with the %s kernels", (kernels) => {
  const parameters = treeParameters({ maxDepth: 5, subsample: 0.9, colsampleBylevel: 0.7 });
  const growLarge = (memberCount: number) =>
    growTrees(large.data, large.cuts, large.gradients, { groupCount: 2, parameters, kernels, memberCount });

  test("trees and margins are those of the TypeScript kernels", async () => {
    const expected = await growTrees(large.data, large.cuts, large.gradients, { groupCount: 2, parameters });
    expect(await growLarge(1)).toEqual(expected);
  });

  test.each([2, 3, 5])(
    "a team of %i grows the trees of one member, in whatever order tasks are done",
    async (memberCount) => {
      expect(await growLarge(memberCount)).toEqual(await growLarge(1));
    },
  );
});

describe.each(kernelChoices)(
  "the width of stored bins does not show in a tree, with the %s kernels",
  (kernels) => {
    const rows = makeRows({ seed: 5, rowCount: 300, kinds: ["few", "gappy", "few"] }).map((row) =>
      row.map((value) => Math.floor(40 * value)),
    );
    const data = denseOf(rows);
    const gradients = makeGradients(5, 300);
    /** Cuts 1, 2, .. of which only the first 100 have values below them. */
    const growWith = (binCount: number) => {
      const list = Float32Array.from({ length: binCount }, (_, i) => i + 1);
      return growTrees(data, explicitCuts([list, list, list]), gradients, { kernels });
    };

    test.each([
      ["two bytes", 300],
      ["four bytes", 66_000],
    ])("%s", async (_width, binCount) => {
      const narrow = await growWith(100);
      expect(narrow.trees[0].nodeCount).toBeGreaterThan(20);
      expect(await growWith(binCount)).toEqual(narrow);
    });
  },
);

describe("peers", () => {
  /** Rows [ends[p - 1], ends[p]) on peer p. */
  async function growOnPeers(ends: readonly number[], parameters: TreeParameters): Promise<Grown[]> {
    const peers = inProcessPeers(ends.length);
    const { rows, info, cuts, gradients, groupCount } = small;
    return Promise.all(
      peers.map((collective, p) => {
        const begin = p === 0 ? 0 : ends[p - 1];
        const own = denseOf(rows.slice(begin, ends[p]), info);
        const pairs = Array.from({ length: groupCount }, (_, g) =>
          Array.from(gradients.subarray(2 * (g * rows.length + begin), 2 * (g * rows.length + ends[p]))),
        );
        return growTrees(own, cuts, Float32Array.from(pairs.flat()), { groupCount, parameters, collective });
      }),
    );
  }

  test.each([[[350, 700]], [[1, 699, 700]], [[100, 200, 300, 650, 700]]])(
    "holding the rows up to %j grow the trees of one machine, and each the margins of its rows",
    async (ends) => {
      for (const parameters of [
        treeParameters({ maxDepth: 5, minChildWeight: 0 }),
        treeParameters({ subsample: 0.5, colsampleBynode: 0.5, growPolicy: "lossguide", maxLeaves: 20 }),
      ]) {
        const expected = await growSmall(parameters);
        const grown = await growOnPeers(ends, parameters);
        for (const { trees } of grown) expect(trees).toEqual(expected.trees);
        for (let group = 0; group < 3; group++) {
          const parts = grown.map(({ margins }) => {
            const own = margins.length / 3;
            return Array.from(margins.subarray(group * own, (group + 1) * own));
          });
          const whole = Array.from(expected.margins.subarray(group * 700, (group + 1) * 700));
          expect(parts.flat()).toEqual(whole);
        }
      }
    },
  );
});
