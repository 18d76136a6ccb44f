// Training on real threads of the built package: the bytes of one thread, and nothing left behind.

import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { uniform } from "../../src/core/random.ts";
import type * as Coppice from "../../src/node/index.ts";
import { dataPath, rootFolder, testNeeding } from "../require.ts";

const seed = 3003;
const coppice = (await import(pathToFileURL(`${rootFolder}dist/node/index.js`).href)) as typeof Coppice;
const { DMatrix, train } = coppice;

function digest(booster: Coppice.Booster): string {
  return createHash("sha256").update(booster.toBytes("json")).digest("hex");
}

function activeThreads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "MessagePort" || name === "Worker")
    .length;
}

describe(`training on threads (seed ${seed})`, () => {
  test("gives the same bytes for any number of threads, either kind of kernels, bundled or not", async () => {
    const cases = fc.record({
      key: fc.nat(1e6),
      rowCount: fc.constantFrom(1, 3, 500, 40_000),
      objective: fc.constantFrom("multi:softprob", "binary:logistic", "reg:squarederror", "count:poisson"),
      maxBin: fc.constantFrom(16, 256, 1000),
      subsample: fc.constantFrom(1, 0.6),
      colsampleBynode: fc.constantFrom(1, 0.5),
      growPolicy: fc.constantFrom("depthwise" as const, "lossguide" as const),
      maxLeaves: fc.constantFrom(0, 13),
      isWeighted: fc.boolean(),
      hasCategories: fc.boolean(),
      threads: fc.constantFrom(2, 3, 8),
      kernels: fc.constantFrom("webassembly" as const, "typescript" as const),
      bundling: fc.boolean(),
    });
    const property = fc.asyncProperty(cases, async (chosen) => {
      const { key, rowCount, objective, isWeighted, hasCategories, threads, kernels, bundling, ...rest } =
        chosen;
      const draw = (purpose: number, i: number) => uniform(seed, key, purpose, 0, i);
      const featureCount = 9;
      // Continuous, missing, categorical and one-hot columns.
      const values = Float32Array.from({ length: rowCount * featureCount }, (_, i) => {
        const row = Math.floor(i / featureCount);
        const f = i % featureCount;
        if (f < 3) return draw(1, i) < 0.1 ? Number.NaN : draw(2, i) * 8;
        if (f === 3) return Math.floor(draw(3, i) * 11);
        return Math.floor(draw(4, row) * 5) === f - 4 ? 1 : 0;
      });
      const classCount = objective === "multi:softprob" ? 3 : 2;
      const data = DMatrix.fromDense(values, {
        rowCount,
        featureCount,
        featureTypes: Array.from({ length: featureCount }, (_, f) => (f === 3 && hasCategories ? "c" : "q")),
        label: Float32Array.from({ length: rowCount }, (_, row) => {
          const signal = values[row * featureCount] > 3 || values[row * featureCount + 5] === 1 ? 1 : 0;
          return (signal + Math.floor(draw(5, row) * 1.3)) % classCount;
        }),
        weight: isWeighted
          ? Float32Array.from({ length: rowCount }, (_, row) => 0.5 + draw(6, row))
          : undefined,
      });
      const parameters = { objective, ...rest, ...(classCount === 3 ? { numClass: 3 } : {}) };
      // The same rows as another table, which is evaluated on its own.
      const evals = { data, valid: new DMatrix(data.features, data) };
      const alone = await train(parameters, data, { rounds: 3, threads: 1, evals });
      const together = await train(parameters, data, { rounds: 3, threads, kernels, bundling, evals });
      expect(digest(together.booster)).toBe(digest(alone.booster));
      expect(together.history).toEqual(alone.history);
      expect(together.history.valid).toEqual(together.history.data);
    });
    await fc.assert(property, { seed, numRuns: 40 });
  }, 120_000);

  testNeeding(
    ["data:covtype_20000.data.gz"],
    "gives the same bytes on Covertype",
    async () => {
      const data = await coppice.readTable(dataPath("covtype_20000.data.gz"), {
        hasHeader: false,
        label: -1,
        labelKind: "class",
      });
      const digests = new Set<string>();
      for (const [threads, kernels, bundling] of [
        [1, "typescript", false],
        [1, "webassembly", true],
        [2, "webassembly", true],
        [3, "webassembly", false],
        [8, "typescript", true],
      ] as const) {
        const options = { rounds: 5, threads, kernels, bundling };
        digests.add(digest((await train({ objective: "multi:softprob" }, data, options)).booster));
      }
      expect(digests.size).toBe(1);
    },
    120_000,
  );

  const table = DMatrix.fromDense(
    Float32Array.from({ length: 80_000 }, (_, i) => uniform(seed, 7, 0, 0, i)),
    { rowCount: 20_000, featureCount: 4, label: Float32Array.from({ length: 20_000 }, (_, i) => i % 2) },
  );

  test("leaves no thread behind: after success, an abort, and an error in a hook", async () => {
    const before = activeThreads();
    await train({}, table, { rounds: 2, threads: 3 });
    const controller = new AbortController();
    const aborted = train({}, table, {
      rounds: 1000,
      threads: 3,
      signal: controller.signal,
      onRound: ({ round }) => {
        if (round === 2) controller.abort();
      },
    });
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    const failing = train({}, table, {
      rounds: 3,
      threads: 3,
      onRound: () => {
        throw new Error("in the hook");
      },
    });
    await expect(failing).rejects.toThrow("in the hook");
    expect(activeThreads()).toBe(before);
  });

  test("refuses a number of threads that is none", async () => {
    for (const threads of [0, -1, 1.5, 5000]) {
      await expect(train({}, table, { rounds: 1, threads })).rejects.toThrow(
        `\`threads\` must be an integer in [1, 1024], got ${threads}`,
      );
    }
  });
});
