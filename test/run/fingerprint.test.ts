// The fingerprint of a table: what changes it, and what must not.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { DMatrix, type DMatrixInfo } from "../../src/data/dmatrix.ts";
import { fingerprintTable, type TableFingerprint } from "../../src/run/fingerprint.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";
import { denseOf, makeRows, sparseOf, tableCases } from "../oracle/plain-table.ts";

const seed = 20_260;
const rows = [
  [1, Number.NaN, 3],
  [0, 2, 3],
  [5, 5, Number.NaN],
  [1, Number.NaN, 3],
];
const info: DMatrixInfo = {
  label: [0, 1, 2, 3],
  weight: [1, 2, 1, 1],
  querySizes: [2, 2],
  featureNames: ["a", "b", "c"],
};

const alone = (data: DMatrix): Promise<TableFingerprint> => Promise.resolve(fingerprintTable(data, solo));

/** The parts in which two tables differ. */
async function differing(one: DMatrix, other: DMatrix): Promise<string[]> {
  const [a, b] = [await alone(one), await alone(other)];
  return Object.keys(a).filter(
    (part) => a[part as keyof TableFingerprint] !== b[part as keyof TableFingerprint],
  );
}

describe("the fingerprint of a table", () => {
  test("is the same for every way of sharding it, empty shards included", async () => {
    const cut = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(tableCases(40, 6), cut, async (tableCase, cuts) => {
        const all = makeRows(tableCase);
        const label = all.map((_, row) => row % 3);
        const bounds = [0, ...cuts.map((at) => Math.min(at, all.length)).sort((x, y) => x - y), all.length];
        const peers = inProcessPeers(bounds.length - 1);
        const width = all[0].length;
        const shards = peers.map(({ rank }) => {
          const part = all.slice(bounds[rank], bounds[rank + 1]);
          const options = {
            rowCount: part.length,
            featureCount: width,
            label: label.slice(bounds[rank], bounds[rank + 1]),
          };
          return DMatrix.fromDense(Float32Array.from(part.flat()), options);
        });
        const prints = await Promise.all(shards.map((shard, rank) => fingerprintTable(shard, peers[rank])));
        const whole = await alone(denseOf(all, { label }));
        for (const print of prints) expect(print).toEqual(whole);
      }),
      { seed, numRuns: 60 },
    );
  });

  test("is the same for the dense and the sparse form", async () => {
    await fc.assert(
      fc.asyncProperty(tableCases(30, 6), async (tableCase) => {
        const all = makeRows(tableCase);
        expect(await differing(denseOf(all), sparseOf(all))).toEqual([]);
      }),
      { seed, numRuns: 40 },
    );
  });

  test("changes with any cell, and with nothing else", async () => {
    for (let row = 0; row < rows.length; row++) {
      for (let f = 0; f < 3; f++) {
        const changed = rows.map((values) => values.slice());
        changed[row][f] = Number.isNaN(changed[row][f]) ? 0 : changed[row][f] + 1;
        expect(await differing(denseOf(rows, info), denseOf(changed, info))).toEqual(["features"]);
      }
    }
  });

  test("changes with the order of rows and of columns", async () => {
    const turned = [rows[1], rows[0], rows[2], rows[3]];
    expect(await differing(denseOf(rows), denseOf(turned))).toEqual(["features"]);
    expect(await differing(denseOf(rows), denseOf(rows.map(([a, b, c]) => [b, a, c])))).toEqual(["features"]);
    // Two rows that are alike may change places.
    expect(await differing(denseOf(rows), denseOf([rows[3], rows[1], rows[2], rows[0]]))).toEqual([]);
  });

  test("names what differs", async () => {
    const base = denseOf(rows, info);
    const changes: [DMatrixInfo, string[]][] = [
      [{ label: [0, 1, 2, 4] }, ["labels"]],
      [{ weight: undefined }, ["weights"]],
      [{ weight: [2, 1, 1, 1] }, ["weights"]],
      [{ querySizes: [1, 3] }, ["queries"]],
      [{ baseMargin: [0, 0, 0, 0] }, ["baseMargins"]],
      [{ featureNames: ["a", "b", "d"] }, ["featureNames"]],
      [{ featureTypes: ["q", "q", "int"] }, ["featureTypes"]],
      [{ featureWeights: [1, 1, 2] }, ["featureWeights"]],
      [{ labelClasses: ["w", "x", "y", "z"] }, ["labelClasses"]],
    ];
    for (const [change, parts] of changes) {
      expect(await differing(base, denseOf(rows, { ...info, ...change }))).toEqual(parts);
    }
    expect(await differing(denseOf(rows), denseOf(rows.slice(0, 3)))).toEqual(["rows", "features"]);
  });

  test("takes zero and minus zero for one value, as trees do", async () => {
    expect(await differing(denseOf([[0]]), denseOf([[-0]]))).toEqual([]);
  });
});
