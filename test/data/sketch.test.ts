// The sketch against a twin written from the rules with plain objects, and the bound on ranks that makes
// it a quantile sketch. That cuts equal XGBoost's is shown in test/parity/cuts.test.ts.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { combineSummaries, limitSize, pruneSummary, QuantileSketch, Summary } from "../../src/data/sketch.ts";
import { naiveCombine, naivePrune, naiveSketch } from "../oracle/naive-sketch.ts";
import { hashUniform } from "../parity/cases/case-table.ts";

const seed = 1603;

interface ColumnCase {
  readonly values: readonly number[];
  readonly weights: readonly number[];
}

/** Columns of up to 3,000 values, few or many of them distinct, with weights 1 or 0 to 3. */
const columns: fc.Arbitrary<ColumnCase> = fc
  .record({
    seed: fc.nat(1_000_000),
    count: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 61, max: 3000 })),
    distinct: fc.constantFrom(2, 17, 400, 1_000_000),
    isWeighted: fc.boolean(),
    order: fc.constantFrom("random", "ascending", "descending"),
  })
  .map(({ seed: s, count, distinct, isWeighted, order }) => {
    const values = Array.from({ length: count }, (_, i) =>
      Math.fround(Math.floor((hashUniform(s, 0, i) - 0.4) * distinct) / 8),
    );
    if (order !== "random") values.sort((a, b) => (order === "ascending" ? a - b : b - a));
    const weights = values.map((_, i) => (isWeighted ? Math.floor(hashUniform(s, 1, i) * 4) : 1));
    return { values, weights };
  });

const maxBins = fc.constantFrom(2, 3, 16, 100);

function sketchOf({ values, weights }: ColumnCase, maxBin: number): Summary {
  const sketch = new QuantileSketch(values.length, maxBin);
  values.forEach((value, i) => {
    sketch.push(value, weights[i]);
  });
  return sketch.finish();
}

type PlainSummary = readonly { rmin: number; rmax: number; wmin: number; value: number }[];

function plainOf(summary: Summary): PlainSummary {
  return Array.from({ length: summary.size }, (_, i) => ({
    rmin: summary.rmin[i],
    rmax: summary.rmax[i],
    wmin: summary.wmin[i],
    value: summary.value[i],
  }));
}

function summaryOf(entries: PlainSummary): Summary {
  const summary = new Summary(entries.length);
  for (const { rmin, rmax, wmin, value } of entries) summary.append(rmin, rmax, wmin, value);
  return summary;
}

describe(`QuantileSketch (seed ${seed})`, () => {
  test("equals its naive twin entry by entry", () => {
    const property = fc.property(columns, maxBins, (column, maxBin) => {
      expect(plainOf(sketchOf(column, maxBin))).toEqual(naiveSketch(column.values, column.weights, maxBin));
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("encloses the true ranks of every value that it keeps", () => {
    const property = fc.property(columns, maxBins, (column, maxBin) => {
      const rank = (isCounted: (value: number) => boolean) =>
        column.values.reduce((sum, v, i) => sum + (isCounted(v) ? column.weights[i] : 0), 0);
      for (const { rmin, rmax, wmin, value } of plainOf(sketchOf(column, maxBin))) {
        expect(rmin).toBeLessThanOrEqual(rank((v) => v < value));
        expect(rmax).toBeGreaterThanOrEqual(rank((v) => v <= value));
        expect(wmin).toBeLessThanOrEqual(rank((v) => v === value));
      }
    });
    fc.assert(property, { seed, numRuns: 40 });
  });

  test("keeps the smallest and the largest value that have weight, in ascending order", () => {
    const property = fc.property(columns, maxBins, (column, maxBin) => {
      const counted = column.values.filter((_, i) => column.weights[i] > 0);
      const kept = plainOf(sketchOf(column, maxBin)).map((entry) => entry.value);
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      if (counted.length === 0) expect(kept).toEqual([]);
      else {
        const ends = [kept[0], kept[kept.length - 1]];
        expect(ends).toEqual([
          counted.reduce((a, b) => Math.min(a, b)),
          counted.reduce((a, b) => Math.max(a, b)),
        ]);
      }
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  test("keeps every value of a column with no more distinct values than bins", () => {
    const property = fc.property(columns, (column) => {
      const distinct = [...new Set(column.values.filter((_, i) => column.weights[i] > 0))];
      fc.pre(distinct.length <= 100);
      const kept = plainOf(sketchOf(column, 100)).map((entry) => entry.value);
      expect(kept).toEqual(distinct.sort((a, b) => a - b));
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  test("goes on from its saved state as if it had never been interrupted", () => {
    const property = fc.property(columns, maxBins, fc.nat(), (column, maxBin, at) => {
      const { values, weights } = column;
      const cut = at % (values.length + 1);
      const first = new QuantileSketch(values.length, maxBin);
      for (let i = 0; i < cut; i++) first.push(values[i], weights[i]);
      const second = new QuantileSketch(values.length, maxBin);
      second.restore(first.save());
      for (let i = cut; i < values.length; i++) second.push(values[i], weights[i]);
      expect(plainOf(second.finish())).toEqual(plainOf(sketchOf(column, maxBin)));
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  test("is empty without values and where all weights are 0", () => {
    expect(sketchOf({ values: [], weights: [] }, 16).size).toBe(0);
    expect(sketchOf({ values: [1, 2], weights: [0, 0] }, 16).size).toBe(0);
  });
});

describe(`summaries (seed ${seed})`, () => {
  const summaries = columns.map(({ values, weights }) => naiveSketch(values, weights, 16));

  test("are combined as the naive twin combines them", () => {
    const property = fc.property(summaries, summaries, (a, b) => {
      const merged = combineSummaries(summaryOf(a), summaryOf(b), new Summary(a.length + b.length));
      expect(plainOf(merged)).toEqual(naiveCombine(a, b));
    });
    fc.assert(property, { seed, numRuns: 150 });
  });

  test("have ranks that never fall, even where float32 rounds them", () => {
    const rounded = summaries.map((entries) =>
      entries.map(({ value, ...ranks }) => {
        const [rmin, rmax, wmin] = [ranks.rmin, ranks.rmax, ranks.wmin].map((rank) =>
          Math.fround(0.3 * rank),
        );
        return { rmin, rmax, wmin, value };
      }),
    );
    const property = fc.property(rounded, rounded, (a, b) => {
      const merged = combineSummaries(summaryOf(a), summaryOf(b), new Summary(a.length + b.length));
      expect(plainOf(merged)).toEqual(naiveCombine(a, b));
      for (let i = 0; i < merged.size; i++) {
        expect(merged.rmax[i]).toBeGreaterThanOrEqual(merged.rminNext(i));
        if (i === 0) continue;
        expect(merged.rmin[i]).toBeGreaterThanOrEqual(merged.rmin[i - 1]);
        expect(merged.rmax[i]).toBeGreaterThanOrEqual(merged.rmax[i - 1]);
      }
    });
    fc.assert(property, { seed, numRuns: 150 });
  });

  test("are pruned as the naive twin prunes them, to no more than the wanted size", () => {
    const property = fc.property(summaries, fc.integer({ min: 1, max: 40 }), (entries, maxSize) => {
      const pruned = pruneSummary(summaryOf(entries), maxSize, new Summary(maxSize));
      expect(plainOf(pruned)).toEqual(naivePrune(entries, maxSize));
      expect(pruned.size).toBeLessThanOrEqual(maxSize);
    });
    fc.assert(property, { seed, numRuns: 150 });
  });
});

test("limitSize is that of the first level on which all values fit", () => {
  for (const count of [1, 7, 512, 100_000, 581_012]) {
    for (const epsilon of [1 / 4, 1 / 32, 1 / 512]) {
      const sizeOf = (level: number) => Math.min(count, Math.ceil(level / epsilon) + 1);
      let level = 1;
      while (2 ** level * sizeOf(level) < count) level++;
      expect(limitSize(count, epsilon)).toBe(sizeOf(level));
    }
  }
  expect(limitSize(581_012, 1 / 512)).toBe(4097);
  expect(limitSize(0, 1 / 512)).toBe(1);
});
