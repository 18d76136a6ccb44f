// Every option of training that can travel reaches the workers of a Trainer. On processes of the build.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { decodeJson, encodeJson } from "../../../src/distributed/link/wire-json.ts";
import { describeJob } from "../../../src/node/trainer/describe-job.ts";
import type { TrainerOptions } from "../../../src/node/trainer/trainer-options.ts";
import { distFolder } from "../../machine.ts";
import { temporaryFolder } from "./drive.ts";

const { explicitCuts, readTable, train, Trainer, writeTable } = (await import(
  `${distFolder}/node/index.js`
)) as typeof import("../../../src/node/index.ts");

const folder = temporaryFolder();
// Text: readers of Parquet need WebAssembly, which a test takes away.
const path = join(folder, "a.csv");
const rowCount = 600;
const columns = {
  a: (row: number) => (row * 37) % 101,
  b: (row: number) => (row * 53) % 17,
  y: (row: number) => ((row * 37) % 101) + 3 * ((row * 53) % 17),
};

beforeAll(async () => {
  const valuesOf = (column: (row: number) => number) =>
    Float64Array.from({ length: rowCount }, (_, row) => column(row));
  await writeTable(
    path,
    Object.entries(columns).map(([name, column]) => ({ name, values: valuesOf(column) })),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const cuts = explicitCuts([
  [10, 30, 55, 80, 200],
  [4, 9, 50],
]);

function optionsFor(changes: Partial<TrainerOptions>): TrainerOptions {
  return {
    params: { maxDepth: 3 },
    totalRounds: 4,
    datasets: { train: path },
    label: "y",
    scaling: { workers: 2 },
    ...changes,
  };
}

test("explicit cuts give two workers the model that they give one process", async () => {
  const data = await readTable(path, { label: "y" });
  const { booster } = await train({ maxDepth: 3 }, data, { rounds: 4, cuts });
  const plain = await train({ maxDepth: 3 }, data, { rounds: 4 });
  const result = await new Trainer(optionsFor({ cuts })).fit();
  expect(result.booster.toBytes("ubj")).toEqual(booster.toBytes("ubj"));
  expect(result.booster.toBytes("ubj")).not.toEqual(plain.booster.toBytes("ubj"));
});

test("cuts of another table are refused by the workers", async () => {
  const wrong = explicitCuts([[1]]);
  await expect(new Trainer(optionsFor({ cuts: wrong })).fit()).rejects.toThrow(
    "`cuts` must have a list for each of the 2 features, got 1",
  );
});

test("the choice of kernels reaches workers: they refuse kernels that they do not have", async () => {
  // Without a compiler for machine code Node has no WebAssembly.
  vi.stubEnv("NODE_OPTIONS", "--jitless");
  await expect(new Trainer(optionsFor({ kernels: "webassembly" })).fit()).rejects.toThrow(
    "the WebAssembly kernels cannot be used",
  );
  const { booster } = await new Trainer(optionsFor({ kernels: "typescript", bundling: false })).fit();
  expect(booster.roundCount).toBe(4);
});

test("a job carries every option that can travel, through JSON", async () => {
  const given = {
    earlyStopping: { rounds: 3, minDelta: 0.5 },
    evalTrain: true,
    cuts,
    bundling: false,
    kernels: "typescript",
  } as const;
  const { training } = await describeJob(optionsFor(given));
  expect(training).toEqual(given);
  expect(decodeJson(encodeJson(training))).toEqual(given);
});

test.each([
  [{ kernels: "fortran" }, '`kernels` must be one of "auto", "webassembly", "typescript", got "fortran"'],
  [{ bundling: 1 }, "`bundling` must be true or false, got 1"],
  [{ threads: 2 }, "unknown option `threads` of Trainer"],
  [{ scaling: { workers: [3, 2] } }, "`scaling.workers` must be an integer in [1, 1024], or two of them"],
  [{ scaling: { workers: 1, cpusPerWorker: 0 } }, "`scaling.cpusPerWorker` must be an integer in [1, 1024]"],
  [{ run: { name: "../x", storage: "s" } }, "`run.name` must be 1 to 128 letters"],
  [{ run: { name: "x", storage: "" } }, "`run.storage` must be the path of a folder"],
  [
    { run: { name: "x", storage: "s", checkpoint: { keep: 0 } } },
    "`run.checkpoint.keep` must be an integer in [1, infinity), got 0",
  ],
  [{ table: { blockRowCount: 0 } }, "`table.blockRowCount` must be an integer in [1, infinity), got 0"],
  [{ datasets: {} }, "`datasets` must be an object of paths by name, of which `train` is one"],
  [{ totalRounds: undefined }, "`totalRounds` must be an integer in [0, infinity), got undefined"],
])("%j is refused before any worker starts", (changes, message) => {
  expect(() => new Trainer(optionsFor(changes as never))).toThrow(message);
});
