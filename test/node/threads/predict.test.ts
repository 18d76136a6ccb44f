// Prediction on real threads of the built package: the values of one thread, and nothing left behind.

import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { uniform } from "../../../src/core/random.ts";
import type * as Coppice from "../../../src/node/index.ts";
import { rootFolder } from "../../require.ts";

const seed = 6060;
const coppice = (await import(pathToFileURL(`${rootFolder}dist/node/index.js`).href)) as typeof Coppice;
const { DMatrix, train, predict } = coppice;

const CITIES = ["Bern", "Graz", "Lyon", "Turin"];
const WIDTH = 4;

/** Numbers with gaps and a column of city names, in the order given. */
function makeTable(rowCount: number, info: Coppice.DMatrixInfo = {}, cities = CITIES): Coppice.DMatrix {
  const values = Float32Array.from({ length: rowCount * WIDTH }, (_, i) => {
    const draw = uniform(seed, 1, 0, 0, i);
    if (i % WIDTH === 0) return Math.floor(draw * cities.length);
    return draw < 0.1 ? Number.NaN : draw * 8;
  });
  return DMatrix.fromDense(values, {
    rowCount,
    featureCount: WIDTH,
    featureTypes: ["c", "q", "q", "q"],
    categories: [cities, null, null, null],
    label: Float32Array.from({ length: rowCount }, (_, row) => (values[row * WIDTH] + row) % 3),
    ...info,
  });
}

function activeThreads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "MessagePort" || name === "Worker")
    .length;
}

const { booster } = await train({ objective: "multi:softprob", maxDepth: 4 }, makeTable(600), {
  rounds: 4,
  threads: 1,
});

describe(`prediction on threads (seed ${seed})`, () => {
  test("gives the values of booster.predict, bit for bit, of every kind", async () => {
    const cases = fc.record({
      rowCount: fc.constantFrom(1, 511, 3000, 9000),
      kind: fc.constantFrom(
        "value" as const,
        "margin" as const,
        "class" as const,
        "leaf" as const,
        "contributions" as const,
      ),
      rounds: fc.constantFrom(undefined, [1, 3] as const, [0, 0] as const),
      threads: fc.constantFrom(1, 2, 3),
      hasBaseMargin: fc.boolean(),
      isReordered: fc.boolean(),
    });
    const property = fc.asyncProperty(cases, async ({ rowCount, hasBaseMargin, isReordered, ...options }) => {
      const { threads, ...rest } = options;
      const rows = rest.kind === "contributions" ? Math.min(rowCount, 1200) : rowCount;
      const baseMargin = Float32Array.from({ length: 3 * rows }, (_, i) => (i % 11) / 8);
      // Other codes for the same categories.
      const cities = isReordered ? CITIES.toReversed() : CITIES;
      const data = makeTable(rows, hasBaseMargin ? { baseMargin } : {}, cities);
      expect(await predict(booster, data, { ...rest, threads })).toEqual(booster.predict(data, rest));
    });
    await fc.assert(property, { seed, numRuns: 30 });
  }, 60_000);

  test("takes a table without rows", async () => {
    const none = DMatrix.fromDense([], { rowCount: 0, featureCount: WIDTH });
    expect(await predict(booster, none, { threads: 2 })).toEqual(booster.predict(none));
  });

  test("refuses what booster.predict refuses, and a number of threads that is none", async () => {
    const data = makeTable(5000);
    await expect(predict(booster, data, { rounds: [3, 9], threads: 2 })).rejects.toThrow("`rounds` must be");
    await expect(predict(booster, data, { kid: "leaf" } as never)).rejects.toThrow("unknown option `kid`");
    await expect(predict(booster, data, { threads: 0 })).rejects.toThrow("`threads` must be an integer");
    const foreign = makeTable(5000, {}, [...CITIES, "Ulm"]);
    await expect(predict(booster, foreign, { threads: 2 })).rejects.toThrow('the category "Ulm" in row');
  });

  test("ends soon when told to, and leaves no thread behind", async () => {
    const before = activeThreads();
    const data = makeTable(60_000);
    await predict(booster, data, { threads: 3 });
    const controller = new AbortController();
    const aborted = predict(booster, data, {
      kind: "interactions",
      threads: 2,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 200);
    const begin = performance.now();
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    expect(performance.now() - begin).toBeLessThan(5000);
    await expect(predict(booster, makeTable(9000, {}, [...CITIES, "Ulm"]), { threads: 3 })).rejects.toThrow();
    await expect(predict(booster, data, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(activeThreads()).toBe(before);
  });
});
