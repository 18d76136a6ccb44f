// The law of the Trainer: the model is that of one machine, to the byte, for any number of workers and threads,
// for tables with weights, gaps, categories, text labels, in any format. On processes of the build.

import { rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateForestCover } from "../../../src/datasets/forest-cover.ts";
import type { ReadTableOptions } from "../../../src/input/read-table.ts";
import type { TrainParameters } from "../../../src/training/parameters.ts";
import { distFolder } from "../../machine.ts";
import { temporaryFolder } from "./drive.ts";

const { readTable, train, Trainer, writeTable } = (await import(
  `${distFolder}/node/index.js`
)) as typeof import("../../../src/node/index.ts");

const seed = 20261124;
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

interface Case {
  readonly params: TrainParameters;
  readonly paths: string | string[];
  readonly label: string;
  readonly table?: Omit<ReadTableOptions, "label" | "signal">;
  readonly rounds?: number;
}

async function modelOfOne({ params, paths, label, table, rounds = 6 }: Case): Promise<string> {
  const data = await readTable(paths, { ...table, label });
  const { booster } = await train(params, data, { rounds, threads: 1 });
  return new TextDecoder().decode(booster.toBytes("json"));
}

async function expectSame(given: Case, workers: number, threads: number): Promise<void> {
  const { params, paths, label, table, rounds = 6 } = given;
  const result = await new Trainer({
    params,
    totalRounds: rounds,
    datasets: { train: paths },
    label,
    ...(table ? { table } : {}),
    scaling: { workers, cpusPerWorker: threads },
  }).fit();
  expect(result.workers.length).toBe(workers);
  expect(new TextDecoder().decode(result.booster.toBytes("json"))).toBe(await modelOfOne(given));
}

describe("Covertype-like rows", () => {
  const path = join(folder, "cover.parquet");
  const given: Case = {
    params: { objective: "multi:softprob", maxDepth: 6 },
    paths: path,
    label: "Cover_Type",
    table: { labelKind: "class" },
  };

  beforeAll(async () => {
    const { names, columns } = generateForestCover({ rows: 4000, seed: 1 });
    await writeTable(
      path,
      names.map((name, i) => ({ name, values: Int32Array.from(columns[i]) })),
    );
  });

  test.each([
    ...[1, 2, 3, 4, 16].flatMap((workers) => [1, 2].map((threads): [number, number] => [workers, threads])),
  ])("give the same bytes on %i workers of %i threads", async (workers, threads) => {
    await expectSame(given, workers, threads);
  });
});

describe("random tables", () => {
  const variants: [string, TrainParameters, Omit<ReadTableOptions, "label" | "signal">][] = [
    [
      "weights and sampling",
      { objective: "reg:squarederror", subsample: 0.7, colsampleBynode: 0.6 },
      { weight: "w" },
    ],
    [
      "text classes, of which some occur in one file only",
      { objective: "multi:softprob" },
      { labelKind: "class" },
    ],
    [
      "few bins, lossguide",
      { objective: "reg:squarederror", maxBin: 8, growPolicy: "lossguide", maxLeaves: 9 },
      {},
    ],
    ["a gamma that prunes", { objective: "reg:squarederror", gamma: 2, minChildWeight: 3 }, {}],
  ];

  test.each(variants)(
    "with %s give the same bytes on 3 workers, as CSV and as Arrow",
    async (title, params, table) => {
      let state = title.length;
      const draw = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      for (const format of ["csv", "arrow"]) {
        const stem = `${title.replaceAll(/\W+/g, "-")}.${format}`;
        for (const file of [0, 1]) {
          const rows = 150 + Math.floor(draw() * 200);
          const column = <T>(make: () => T) => Array.from({ length: rows }, make);
          const labels = table.labelKind
            ? column(() => `class ${Math.floor(draw() * 3) + 2 * file}`)
            : Float64Array.from(column(() => Math.round(draw() * 100) / 10));
          await writeTable(join(folder, `${file}-${stem}`), [
            { name: "a", values: Float32Array.from(column(() => (draw() < 0.2 ? Number.NaN : draw()))) },
            {
              name: "kind",
              values: column(() => (draw() < 0.1 ? null : `k${Math.floor(draw() * 5) + 3 * file}`)),
            },
            { name: "b", values: Float32Array.from(column(() => Math.floor(draw() * 4))) },
            { name: "w", values: Float32Array.from(column(() => Math.ceil(draw() * 4) / 2)) },
            { name: "y", values: labels },
          ]);
        }
        await expectSame({ params, table, paths: join(folder, `*-${stem}`), label: "y", rounds: 4 }, 3, 1);
      }
    },
  );
});

test(`random tables give the same bytes on any number of workers and threads (seed ${seed})`, async () => {
  let tables = 0;
  const shapes = fc.record({
    rows: fc.integer({ min: 12, max: 400 }),
    workers: fc.constantFrom(2, 3, 4, 16),
    threads: fc.constantFrom(1, 2),
    missing: fc.double({ min: 0, max: 1, noNaN: true }),
    kinds: fc.integer({ min: 1, max: 9 }),
    isWeighted: fc.boolean(),
    subsample: fc.constantFrom(0.5, 1),
    state: fc.nat(),
  });
  const property = fc.asyncProperty(shapes, async (shape) => {
    let { state } = shape;
    const draw = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const column = <T>(make: () => T) => Array.from({ length: shape.rows }, make);
    const path = join(folder, `random-${tables++}.arrow`);
    await writeTable(path, [
      { name: "a", values: Float32Array.from(column(() => (draw() < shape.missing ? Number.NaN : draw()))) },
      {
        name: "kind",
        values: column(() => (draw() < 0.1 ? null : `k${Math.floor(draw() * shape.kinds)}`)),
      },
      { name: "w", values: Float32Array.from(column(() => Math.ceil(draw() * 4) / 2)) },
      { name: "y", values: column(() => `class ${Math.floor(draw() * 3)}`) },
    ]);
    const params = {
      objective: "multi:softprob",
      maxDepth: 4,
      subsample: shape.subsample,
      colsampleBynode: 0.7,
    };
    const table = { labelKind: "class" as const, ...(shape.isWeighted ? { weight: "w" } : {}) };
    const given = { params, table, paths: path, label: "y", rounds: 3 };
    await expectSame(given, shape.workers, shape.threads);
  });
  await fc.assert(property, { seed, numRuns: 5, endOnFailure: true });
});

test("early stopping and metrics are those of one machine", async () => {
  const path = join(folder, "cover.parquet");
  const options = { labelKind: "class" as const, label: "Cover_Type" };
  const data = await readTable(path, options);
  const parameters = { objective: "multi:softprob", evalMetric: ["merror", "mlogloss"], eta: 1 };
  const alone = await train(parameters, data, {
    rounds: 12,
    evals: { train: data },
    earlyStopping: { rounds: 2, metric: "merror" },
    threads: 1,
  });
  const result = await new Trainer({
    params: parameters,
    totalRounds: 12,
    datasets: { train: path },
    evalTrain: true,
    label: "Cover_Type",
    table: { labelKind: "class" },
    scaling: { workers: 2 },
    earlyStopping: { rounds: 2, metric: "merror" },
  }).fit();
  expect(result.history).toEqual(alone.history);
  expect(result.bestIteration).toBe(alone.bestIteration);
  expect(result.bestScore).toBe(alone.bestScore);
});
