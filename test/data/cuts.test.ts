import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  buildCuts,
  buildSharedCuts,
  type Cuts,
  countPresent,
  explicitCuts,
  findBin,
  stateOf,
} from "../../src/data/cuts.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { catchError } from "../oracle/catch-error.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";
import { naiveCuts } from "../oracle/naive-sketch.ts";
import { denseOf, makeRows, shuffledOrder, sparseOf, tableCases, typesOf } from "../oracle/plain-table.ts";

const seed = 1605;

function cutsOf(cuts: Cuts, feature: number): number[] {
  return Array.from(cuts.values.subarray(cuts.offsets[feature], cuts.offsets[feature + 1]));
}

/** The cuts of one column. */
function columnCuts(values: number[], maxBin: number, weight?: number[]): number[] {
  const data = DMatrix.fromDense(values, { rowCount: values.length, featureCount: 1, weight });
  return cutsOf(buildCuts(data, maxBin), 0);
}

describe(`buildCuts (seed ${seed})`, () => {
  test("equals the naive twin on every numeric column", () => {
    const property = fc.property(tableCases(600, 6), fc.constantFrom(2, 3, 16, 100), (tableCase, maxBin) => {
      const rows = makeRows(tableCase);
      const cuts = buildCuts(denseOf(rows, { featureTypes: typesOf(tableCase.kinds) }), maxBin);
      tableCase.kinds.forEach((kind, f) => {
        if (kind === "category") return;
        const present = rows.map((row) => row[f]).filter((value) => !Number.isNaN(value));
        const ones = present.map(() => 1);
        expect(cutsOf(cuts, f)).toEqual(naiveCuts(present, ones, maxBin));
      });
    });
    fc.assert(property, { seed, numRuns: 150 });
  });

  test("is strictly ascending, has at most maxBin cuts and puts every value below the last", () => {
    const property = fc.property(tableCases(600, 4), fc.constantFrom(2, 5, 64), (tableCase, maxBin) => {
      const rows = makeRows(tableCase);
      const cuts = buildCuts(denseOf(rows), maxBin);
      tableCase.kinds.forEach((_, f) => {
        const own = cutsOf(cuts, f);
        expect(own.length).toBeLessThanOrEqual(maxBin);
        own.forEach((cut, i) => {
          if (i > 0) expect(cut).toBeGreaterThan(own[i - 1]);
        });
        for (const row of rows) if (row[f] === row[f]) expect(row[f]).toBeLessThan(own[own.length - 1]);
      });
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  test("does not depend on whether a table is dense or sparse", () => {
    const property = fc.property(tableCases(300, 6), (tableCase) => {
      const rows = makeRows(tableCase);
      const info = { featureTypes: typesOf(tableCase.kinds) };
      expect(buildCuts(sparseOf(rows, info), 16)).toEqual(buildCuts(denseOf(rows, info), 16));
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  test("does not depend on row order where no column has more distinct values than bins", () => {
    const property = fc.property(tableCases(300, 6), fc.nat(), (tableCase, order) => {
      const rows = makeRows(tableCase);
      const shuffled = shuffledOrder(order, rows.length).map((row) => rows[row]);
      expect(buildCuts(denseOf(shuffled), 400)).toEqual(buildCuts(denseOf(rows), 400));
    });
    fc.assert(property, { seed, numRuns: 60 });
  });

  test("reads tables beyond one block of rows like any other", () => {
    const values = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5003);
    expect(columnCuts(values, 64)).toEqual(
      naiveCuts(
        values,
        values.map(() => 1),
        64,
      ),
    );
  });

  test("of few distinct values is each of them but the first, and one above all", () => {
    expect(columnCuts([3, 1, 2, 2, NaN, 1], 256)).toEqual([2, 3, Math.fround(6.00001)]);
    expect(columnCuts([-4, -4], 256)).toEqual([1.0013580322265625e-5]);
  });

  test("of a constant column is one bin, of a column without values one cut at 1e-5", () => {
    expect(columnCuts([5, 5, 5], 256)).toEqual([Math.fround(10.00001)]);
    expect(columnCuts([NaN, NaN], 256)).toEqual([Math.fround(1e-5)]);
  });

  test("gives a heavier row the same cuts as the row repeated", () => {
    const values = Array.from({ length: 40 }, (_, i) => (i * 17) % 41);
    const weight = values.map((value) => 1 + (value % 3));
    const repeated = values.flatMap((value, i) => new Array<number>(weight[i]).fill(value));
    expect(columnCuts(values, 64, weight)).toEqual(columnCuts(repeated, 64));
  });

  test("leaves rows of weight 0 out", () => {
    expect(columnCuts([1, 2, 3, 100], 256, [1, 1, 1, 0])).toEqual(columnCuts([1, 2, 3], 256));
  });

  test("of a categorical column is the codes up to the largest, however many", () => {
    const data = DMatrix.fromRows([[3], [NaN], [0], [300]], { featureTypes: ["c"] });
    const cuts = buildCuts(data, 2);
    expect(cutsOf(cuts, 0)).toEqual(Array.from({ length: 301 }, (_, code) => code));
    expect(Array.from(cuts.isCategorical)).toEqual([1]);
  });
});

test(`buildSharedCuts gives all peers the cuts of one machine, wherever the rows lie (seed ${seed})`, async () => {
  const ends = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
  // More columns than travel in one message.
  const cases = fc.tuple(tableCases(400, 8), fc.constantFrom(0, 17)).map(([tableCase, further]) => {
    return {
      ...tableCase,
      kinds: [...tableCase.kinds, ...Array.from({ length: further }, () => "dense" as const)],
    };
  });
  const property = fc.asyncProperty(cases, ends, fc.boolean(), async (tableCase, points, isSparse) => {
    const rows = makeRows(tableCase);
    const featureTypes = typesOf(tableCase.kinds);
    const weight = rows.map((_, row) => 1 + (row % 3));
    const expected = buildCuts(denseOf(rows, { featureTypes, weight }), 16);
    const inner = points.map((point) => point % (rows.length + 1)).sort((a, b) => a - b);
    const bounds = [0, ...inner, rows.length];
    const peers = inProcessPeers(bounds.length - 1);
    const all = await Promise.all(
      peers.map((peer, p) => {
        const own = rows.slice(bounds[p], bounds[p + 1]);
        const shape = { rowCount: own.length, featureCount: featureTypes.length };
        const info = { featureTypes, weight: weight.slice(bounds[p], bounds[p + 1]) };
        const data =
          isSparse && own.length > 0
            ? sparseOf(own, info)
            : DMatrix.fromDense(own.flat(), { ...shape, ...info });
        return buildSharedCuts(data, 16, peer);
      }),
    );
    for (const cuts of all) expect(cuts).toEqual(expected);
  });
  await fc.assert(property, { seed, numRuns: 60 });
});

describe("explicitCuts", () => {
  test("are kept as float32, feature by feature", () => {
    const cuts = explicitCuts([[1], [0.1, 0.2]]);
    expect([cutsOf(cuts, 0), cutsOf(cuts, 1)]).toEqual([[1], [0.1, 0.2].map(Math.fround)]);
    expect(Array.from(cuts.offsets)).toEqual([0, 1, 3]);
    expect(Array.from(cuts.isCategorical)).toEqual([0, 0]);
  });

  test.each([
    ["that are none", [], "undefined at position 0"],
    ["that fall", [2, 1], "1 at position 1"],
    ["that repeat", [1, 1], "1 at position 1"],
    ["that are equal as float32", [1, 1 + 1e-12], "1.000000000001 at position 1"],
    ["that are not numbers", [0, NaN], "NaN at position 1"],
    ["that are infinite", [0, 1e39], "1e+39 at position 1"],
  ])("are refused %s", (_what, list, got) => {
    const error = catchError(() => explicitCuts([[0], list]));
    expect(error).toMatchObject({ code: "INVALID_PARAMETER", details: { parameter: "cuts", feature: 1 } });
    expect(error.message).toBe(
      "`cuts` of feature 1 must be at least one finite number, strictly ascending in float32, " +
        `got ${got}`,
    );
  });
});

describe("the state of a value", () => {
  test("is the first cut above it, the last bin when there is none, and the bin count when missing", () => {
    const ascending = fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 12 });
    const property = fc.property(ascending, fc.integer({ min: -25, max: 25 }), (list, value) => {
      const values = list.sort((a, b) => a - b);
      const first = values.findIndex((cut) => cut > value);
      const expected = first < 0 ? values.length - 1 : first;
      const cuts = explicitCuts([[7], values]);
      expect(findBin(cuts.values, 1, 1 + values.length, value)).toBe(expected);
      expect(stateOf(cuts, 1, value)).toBe(expected);
      expect(stateOf(cuts, 1, NaN)).toBe(values.length);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  test("of a category is its code, without its fraction", () => {
    const cuts = explicitCuts([[0, 1, 2]], Uint8Array.of(1));
    expect([0, 1.9, 2, NaN].map((value) => stateOf(cuts, 0, value))).toEqual([0, 1, 2, 3]);
  });
});

test("countPresent counts the values that are not missing, dense or sparse", () => {
  const property = fc.property(tableCases(100, 6), (tableCase) => {
    const rows = makeRows(tableCase);
    const expected = tableCase.kinds.map((_, f) => rows.filter((row) => row[f] === row[f]).length);
    expect(Array.from(countPresent(denseOf(rows)))).toEqual(expected);
    expect(Array.from(countPresent(sparseOf(rows)))).toEqual(expected);
  });
  fc.assert(property, { seed, numRuns: 60 });
});
