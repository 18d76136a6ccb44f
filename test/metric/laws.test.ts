import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { createMetric } from "../../src/metric/registry.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";

const seed = 20240613;

interface Table {
  readonly groupCount: number;
  /** [groupCount] predictions, label, weight. */
  readonly rows: readonly { scores: number[]; label: number; weight: number }[];
}

function inputOf({ rows, groupCount }: Table) {
  return {
    rowCount: rows.length,
    groupCount,
    predictions: Float32Array.from({ length: rows.length * groupCount }, (_, i) => {
      return rows[i % rows.length].scores[Math.floor(i / rows.length)];
    }),
    label: Float32Array.from(rows, (r) => r.label),
    weight: Float32Array.from(rows, (r) => r.weight),
  };
}

function tables(groupCount: number): fc.Arbitrary<Table> {
  const row = fc.record({
    scores: fc.array(
      fc.integer({ min: 1, max: 40 }).map((n) => n / 41),
      { minLength: groupCount, maxLength: groupCount },
    ),
    label: fc.integer({ min: 0, max: Math.max(1, groupCount - 1) }),
    weight: fc.integer({ min: 0, max: 30 }).map((n) => n / 7),
  });
  return fc.array(row, { minLength: 1, maxLength: 40 }).map((rows) => ({ groupCount, rows }));
}

const single = [
  "rmse",
  "rmsle",
  "mae",
  "mape",
  "mphe",
  "logloss",
  "error",
  "error@0.7",
  "poisson-nloglik",
  "gamma-nloglik",
  "gamma-deviance",
  "tweedie-nloglik@1.4",
  "auc",
  "aucpr",
];
const several = ["merror", "mlogloss", "auc", "aucpr"];
const metrics: [string, number][] = [
  ...single.map((name): [string, number] => [name, 1]),
  ...several.map((name): [string, number] => [name, 3]),
];

describe(`metrics (seed ${seed})`, () => {
  test.each(metrics)("%s of %i outputs is the same in any order of rows", async (name, groupCount) => {
    const shuffled = tables(groupCount).chain((table) =>
      fc.tuple(
        fc.constant(table),
        fc.shuffledSubarray([...table.rows], { minLength: table.rows.length, maxLength: table.rows.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([table, rows]) => {
        const metric = createMetric(name);
        const value = await metric.evaluate(inputOf(table), solo);
        expect(await metric.evaluate(inputOf({ groupCount, rows }), solo)).toBe(value);
      }),
      { seed, numRuns: 30 },
    );
  });

  test.each(metrics)("%s of %i outputs is the same on any number of peers", async (name, groupCount) => {
    const sharded = tables(groupCount).chain((table) =>
      fc.tuple(fc.constant(table), fc.array(fc.nat({ max: table.rows.length }), { maxLength: 3 })),
    );
    await fc.assert(
      fc.asyncProperty(sharded, async ([table, cuts]) => {
        const metric = createMetric(name);
        const value = await metric.evaluate(inputOf(table), solo);
        const bounds = [0, ...cuts.sort((a, b) => a - b), table.rows.length];
        const peers = inProcessPeers(bounds.length - 1);
        const values = await Promise.all(
          peers.map((peer, rank) => {
            const rows = table.rows.slice(bounds[rank], bounds[rank + 1]);
            return metric.evaluate(inputOf({ groupCount, rows }), peer);
          }),
        );
        for (const ours of values) expect(ours).toBe(value);
      }),
      { seed, numRuns: 30 },
    );
  });

  test.each(metrics)("in %s of %i outputs a weight of 2 is the row twice", async (name, groupCount) => {
    await fc.assert(
      fc.asyncProperty(tables(groupCount), async (table) => {
        const metric = createMetric(name);
        const heavy = table.rows.map((row) => ({ ...row, weight: 2 }));
        const twice = table.rows.flatMap((row) => [1, 1].map((weight) => ({ ...row, weight })));
        const a = await metric.evaluate(inputOf({ groupCount, rows: heavy }), solo);
        const b = await metric.evaluate(inputOf({ groupCount, rows: twice }), solo);
        if (Number.isNaN(a)) expect(b).toBeNaN();
        else expect(b).toBeCloseTo(a, 6);
      }),
      { seed, numRuns: 20 },
    );
  });
});

test("auc is the share of pairs of a positive and a negative row in the right order", async () => {
  await fc.assert(
    fc.asyncProperty(tables(1), async (table) => {
      let right = 0;
      let all = 0;
      for (const p of table.rows.filter((r) => r.label === 1)) {
        for (const n of table.rows.filter((r) => r.label === 0)) {
          const order = p.scores[0] > n.scores[0] ? 1 : p.scores[0] === n.scores[0] ? 0.5 : 0;
          right += order * p.weight * n.weight;
          all += p.weight * n.weight;
        }
      }
      const value = await createMetric("auc").evaluate(inputOf(table), solo);
      if (all === 0) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(right / all, 6);
    }),
    { seed, numRuns: 50 },
  );
});

test("a metric of perfect predictions is its best value", async () => {
  const label = Float32Array.of(0, 1, 1, 0);
  const input = { rowCount: 4, groupCount: 1, label, predictions: label.slice() };
  for (const name of ["rmse", "mae", "rmsle", "mphe", "error", "logloss"]) {
    expect(await createMetric(name).evaluate(input, solo)).toBe(0);
  }
  for (const name of ["auc", "aucpr", "ndcg", "map"]) {
    expect(await createMetric(name).evaluate(input, solo)).toBe(1);
  }
});

test("a metric of infinite or missing predictions ends, and is not finite", async () => {
  for (const prediction of [Infinity, Number.NaN]) {
    const input = {
      rowCount: 2,
      groupCount: 1,
      label: Float32Array.of(1, 2),
      predictions: Float32Array.of(1, prediction),
    };
    expect(Number.isFinite(await createMetric("rmse").evaluate(input, solo))).toBe(false);
  }
});
