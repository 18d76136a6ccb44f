import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { bundleFeatures } from "../../src/data/bundle.ts";
import { buildCuts, type Cuts } from "../../src/data/cuts.ts";
import type { DMatrix } from "../../src/data/dmatrix.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";
import { naiveState } from "../oracle/naive-histogram.ts";
import { denseOf, makeTable, type PlainTable, sparseOf, tableCases, typesOf } from "../oracle/plain-table.ts";

const seed = 2017;

/** Rows that are 1 in one of `width` columns in turn. */
function oneHotRows(rowCount: number, width: number): number[][] {
  return Array.from({ length: rowCount }, (_, row) =>
    Array.from({ length: width }, (_, f) => (row % width === f ? 1 : 0)),
  );
}

async function bundlesOf(data: DMatrix): Promise<number[][]> {
  return (await bundleFeatures(data, buildCuts(data, 256), true, solo)).columns.map((members) =>
    [...members].sort((a, b) => a - b),
  );
}

describe(`bundleFeatures (seed ${seed})`, () => {
  const cases = tableCases(300, 10);

  test("puts a feature into one column at most, and into none only when all rows are alike", async () => {
    const property = fc.asyncProperty(cases, async (tableCase) => {
      const { plain, data, cuts } = makeTable(tableCase);
      const { columns } = await bundleFeatures(data, cuts, true, solo);
      const members = columns.flat();
      expect(new Set(members).size).toBe(members.length);
      for (let f = 0; f < data.featureCount; f++) {
        const states = new Set(plain.rows.map((row) => naiveState(plain, f, row[f])));
        if (!members.includes(f)) expect(states.size).toBe(1);
      }
    });
    await fc.assert(property, { seed, numRuns: 150 });
  });

  test("lets no row have two features of a bundle away from their implicit state", async () => {
    let bundleCount = 0;
    const check = async (plain: PlainTable, data: DMatrix, cuts: Cuts) => {
      const { columns, implicitState } = await bundleFeatures(data, cuts, true, solo);
      for (const members of columns.filter((list) => list.length > 1)) {
        bundleCount++;
        for (const row of plain.rows) {
          const away = members.filter((f) => naiveState(plain, f, row[f]) !== implicitState[f]);
          expect(away.length).toBeLessThanOrEqual(1);
        }
      }
    };
    const property = fc.asyncProperty(cases, async (tableCase) => {
      const { plain, data, cuts } = makeTable(tableCase);
      await check(plain, data, cuts);
      await check(plain, sparseOf(plain.rows, { featureTypes: data.featureTypes }), cuts);
    });
    await fc.assert(property, { seed, numRuns: 150 });
    expect(bundleCount).toBeGreaterThan(100);
  });

  test("is the same on all peers, and lets no row of any of them have two features away", async () => {
    let bundleCount = 0;
    const property = fc.asyncProperty(cases, fc.nat(), async (tableCase, point) => {
      const { plain, cuts } = makeTable(tableCase);
      const { rows } = plain;
      const end = 1 + (point % rows.length);
      if (end === rows.length) return;
      const parts = [rows.slice(0, end), rows.slice(end)];
      const peers = inProcessPeers(2);
      const featureTypes = typesOf(tableCase.kinds);
      const both = await Promise.all(
        peers.map((peer, p) => bundleFeatures(denseOf(parts[p], { featureTypes }), cuts, true, peer)),
      );
      expect(both[1]).toEqual(both[0]);
      for (const members of both[0].columns.filter((list) => list.length > 1)) {
        bundleCount++;
        for (const row of rows) {
          const away = members.filter((f) => naiveState(plain, f, row[f]) !== both[0].implicitState[f]);
          expect(away.length).toBeLessThanOrEqual(1);
        }
      }
    });
    await fc.assert(property, { seed, numRuns: 150 });
    expect(bundleCount).toBeGreaterThan(50);
  });

  test("leaves out the state of a feature with missing values only where it is missing", async () => {
    const property = fc.asyncProperty(cases, async (tableCase) => {
      const { plain, data, cuts } = makeTable(tableCase);
      const { implicitState } = await bundleFeatures(data, cuts, true, solo);
      for (let f = 0; f < data.featureCount; f++) {
        const hasMissing = plain.rows.some((row) => Number.isNaN(row[f]));
        if (hasMissing) expect(implicitState[f]).toBe(plain.cuts[f].length);
      }
    });
    await fc.assert(property, { seed, numRuns: 100 });
  });

  test("is the same for dense and sparse rows of the same present values", async () => {
    const property = fc.asyncProperty(cases, async (tableCase) => {
      const { plain, data, cuts } = makeTable(tableCase);
      const sparse = sparseOf(plain.rows, { featureTypes: data.featureTypes });
      expect(await bundleFeatures(sparse, cuts, true, solo)).toEqual(
        await bundleFeatures(data, cuts, true, solo),
      );
    });
    await fc.assert(property, { seed, numRuns: 100 });
  });

  test("when off gives each feature that has a value a column of its own, missing implicit", async () => {
    const property = fc.asyncProperty(cases, async (tableCase) => {
      const { plain, data, cuts } = makeTable(tableCase);
      const { columns, implicitState, presentCounts } = await bundleFeatures(data, cuts, false, solo);
      const present = plain.cuts.flatMap((_, f) => (presentCounts[f] > 0 ? [[f]] : []));
      expect(columns).toEqual(present);
      expect(Array.from(implicitState)).toEqual(plain.cuts.map((own) => own.length));
    });
    await fc.assert(property, { seed, numRuns: 100 });
  });
});

describe("a bundle", () => {
  test("holds all one-hot columns of a category, wherever they stand", async () => {
    const rows = oneHotRows(400, 10).map((row, i) => [i / 7, ...row.slice(0, 5), i % 30, ...row.slice(5)]);
    expect(await bundlesOf(denseOf(rows))).toEqual([[0], [1, 2, 3, 4, 5, 7, 8, 9, 10, 11], [6]]);
  });

  test("keeps apart two sets of one-hot columns", async () => {
    const rows = oneHotRows(400, 5).map((row, i) => [...row, ...oneHotRows(4, 4)[Math.floor(i / 100)]]);
    expect(await bundlesOf(denseOf(rows))).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  test("is not formed by features that meet in a single row, also beyond the rows that are sampled", async () => {
    const rows = Array.from({ length: 9001 }, (_, row) => [row % 10 === 0 ? 1 : 0, row % 10 === 1 ? 1 : 0]);
    expect(await bundlesOf(denseOf(rows))).toEqual([[0, 1]]);
    rows[8999] = [1, 1];
    expect(await bundlesOf(denseOf(rows))).toEqual([[0], [1]]);
  });

  test("stays within one byte", async () => {
    const rows = Array.from({ length: 1200 }, (_, row) => {
      const values = [0, 0, 0];
      values[row % 3] = 1 + Math.floor(row / 3);
      return values;
    });
    const data = denseOf(rows);
    const cuts = buildCuts(data, 200);
    for (const members of (await bundleFeatures(data, cuts, true, solo)).columns) {
      const slots = members.reduce((sum, f) => sum + cuts.offsets[f + 1] - cuts.offsets[f] - 1, 1);
      expect(slots).toBeLessThanOrEqual(256);
    }
  });

  test("has no room for a constant feature: it is not stored at all", async () => {
    const rows = Array.from({ length: 50 }, (_, row) => [7, row, NaN]);
    expect(await bundlesOf(denseOf(rows))).toEqual([[1]]);
  });
});
