// What workers are given beside files: a model to continue from, an objective of the user's own. On processes of
// the build; the model is always that of one process.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Booster } from "../../../src/booster/booster.ts";
import type { TrainerOptions } from "../../../src/node/trainer/trainer-options.ts";
import type { TrainOptions } from "../../../src/training/train-options.ts";
import { distFolder } from "../../machine.ts";
import { isAlive, temporaryFolder, trainingOn, writeSmallTable } from "./drive.ts";

const { loadModel, processes, readTable, saveModel, train, Trainer, withTrainingProfile } = (await import(
  `${distFolder}/node/index.js`
)) as typeof import("../../../src/node/index.ts");

const folder = temporaryFolder();
const table = join(folder, "table.csv");
const modelPath = join(folder, "initial.ubj");
const reading = { label: "y", labelKind: "class" as const };
const parameters = { objective: "multi:softprob", maxDepth: 4, subsample: 0.8 };
afterAll(() => rmSync(folder, { recursive: true }));

async function trainAlone(options: Partial<TrainOptions>, given = parameters as object): Promise<Booster> {
  const data = await readTable(table, reading);
  const { booster } = await train(given, data, { rounds: 8, threads: 1, ...options });
  return booster;
}

function optionsFor(changes: Partial<TrainerOptions>): TrainerOptions {
  return {
    params: parameters,
    totalRounds: 8,
    datasets: { train: table },
    label: "y",
    table: { labelKind: "class" },
    scaling: { workers: 3 },
    ...changes,
  };
}

const textOf = (booster: Booster) => new TextDecoder().decode(booster.toBytes("json"));
const refusalOf = (changes: Partial<TrainerOptions>) =>
  new Trainer(optionsFor(changes)).fit().then(
    () => undefined,
    (error: unknown) => error,
  );

beforeAll(async () => {
  writeSmallTable(table, 900);
  await saveModel(await trainAlone({ rounds: 5 }), modelPath);
});

describe("an initial model", () => {
  test.each([
    ["as a model", () => loadModel(modelPath)],
    ["by its path", async () => modelPath],
  ])("%s is continued to the bytes and metrics of one process", async (_, given) => {
    const data = await readTable(table, reading);
    const alone = await train(parameters, data, {
      rounds: 8,
      threads: 1,
      initialModel: await loadModel(modelPath),
      evals: { train: data },
    });
    const result = await new Trainer(optionsFor({ initialModel: await given(), evalTrain: true })).fit();
    expect(textOf(result.booster)).toBe(textOf(alone.booster));
    expect(result.history).toEqual(alone.history);
    expect(result.booster.roundCount).toBe(13);
  });

  test("is continued by the command line too", () => {
    const command = trainingOn(table, 3);
    const texts = [[], ["--workers", "2"]].map((flags, i) => {
      const path = join(folder, `command-${i}.json`);
      const rest = ["--initial-model", modelPath, "--model", path, ...flags];
      execFileSync(process.execPath, [`${distFolder}/cli/main.js`, ...command, ...rest], { stdio: "pipe" });
      return readFileSync(path, "utf8");
    });
    expect(texts[1]).toBe(texts[0]);
  });

  test("belongs to the run: a loss is made good to the same bytes, another model is refused", async () => {
    const run = { name: "continued", storage: folder, checkpoint: { everyRounds: 2 } };
    const processIds: number[] = [];
    let isStruck = false;
    const options = optionsFor({
      initialModel: modelPath,
      engine: processes({ onStart: ({ processId }) => processIds.push(processId) }),
      run: { ...run, failure: { maxFailures: 1 } },
      onRound: ({ round }) => {
        if (round === 9 && !isStruck) process.kill(processIds[1], "SIGKILL");
        isStruck ||= round === 9;
      },
    });
    const result = await new Trainer(options).fit();
    expect(result.attempts).toBe(2);
    expect(result.resumedFrom).toBeGreaterThan(0);
    expect(textOf(result.booster)).toBe(
      textOf(await trainAlone({ initialModel: await loadModel(modelPath) })),
    );
    expect(processIds.some(isAlive)).toBe(false);
    const other = await trainAlone({ rounds: 4 });
    expect(await refusalOf({ run, initialModel: other })).toMatchObject({
      code: "CHECKPOINT_MISMATCH",
      message: expect.stringContaining("initialModel"),
    });
  });

  test("of another table is refused as in one process, and a file that is none before anything starts", async () => {
    const other = join(folder, "other.csv");
    writeFileSync(other, "p,q,y\n1,2,low\n2,1,high\n3,1,middle\n");
    const { booster } = await train(parameters, await readTable(other, reading), { rounds: 1 });
    const data = await readTable(table, reading);
    const alone = await train(parameters, data, { rounds: 1, initialModel: booster }).catch((error) => error);
    const { code, message } = alone as { code: string; message: string };
    expect(await refusalOf({ initialModel: booster })).toMatchObject({ code, message });
    let started = 0;
    const engine = processes({ onStart: () => started++ });
    expect(await refusalOf({ engine, initialModel: other })).toMatchObject({ code: "INVALID_MODEL" });
    expect(started).toBe(0);
  });
});

describe("the training profile", () => {
  test.each([
    ["whole", 900],
    // Larger than what a profile looks at.
    ["sampled", 110_000],
  ])("of a table that is %s is that of one process", async (title, rows) => {
    const path = join(folder, `${title}.csv`);
    writeSmallTable(path, rows);
    const data = await readTable(path, reading);
    const alone = await train(parameters, data, { rounds: 2, threads: 1 });
    const datasets = { train: path };
    const result = await new Trainer(optionsFor({ datasets, totalRounds: 2, profile: true })).fit();
    expect(textOf(result.booster)).toBe(textOf(withTrainingProfile(alone.booster, data)));
  });
});

describe("a custom objective", () => {
  const modulePath = join(folder, "loss.mjs");
  const given = { objective: "reg:squarederror", maxDepth: 3 };
  const numbers = join(folder, "numbers.csv");
  const shared = { datasets: { train: numbers }, params: given, table: {} };

  beforeAll(() => {
    const lines = readFileSync(table, "utf8").trim().split("\n").slice(1);
    const rows = lines.map((line, i) => `${line.split(",").slice(0, 2).join(",")},${(i * 7) % 11}`);
    writeFileSync(numbers, `a,b,y\n${rows.join("\n")}\n`);
    writeFileSync(
      modulePath,
      "export default (margins, { label }) => ({\n" +
        "  grad: margins.map((margin, i) => Math.tanh(margin - label[i])),\n" +
        "  hess: margins.map(() => 1),\n});\n",
    );
  });

  test.each([
    ["path", modulePath],
    ["URL", `file://${modulePath}`],
  ])("whose module is named by its %s trains the model of one process", async (_, objectiveModule) => {
    const { default: objective } = (await import(modulePath)) as { default: TrainOptions["objective"] };
    const data = await readTable(numbers, { label: "y" });
    const { booster } = await train(given, data, { rounds: 8, threads: 1, objective });
    const result = await new Trainer(optionsFor({ ...shared, objectiveModule })).fit();
    expect(textOf(result.booster)).toBe(textOf(booster));
    expect(result.booster.roundCount).toBe(8);
  });

  test.each([
    ["is not there", join(folder, "none.mjs"), /^`objectiveModule` cannot be imported: .*none\.mjs/],
    ["exports no function", join(folder, "empty.mjs"), /must export a function as its default/],
  ])("whose module %s is refused, without another attempt", async (_, objectiveModule, message) => {
    writeFileSync(join(folder, "empty.mjs"), "export default 7;\n");
    let started = 0;
    const engine = processes({ onStart: () => started++ });
    const failure = { maxFailures: 3 };
    const error = await refusalOf({ ...shared, engine, failure, objectiveModule });
    expect(error).toMatchObject({ code: "INVALID_PARAMETER", message: expect.stringMatching(message) });
    expect(started).toBe(3);
  });

  test("given as a function is refused with what to give instead", () => {
    const objectiveModule = (() => ({})) as unknown as string;
    expect(() => new Trainer(optionsFor({ objectiveModule }))).toThrow(
      /`objectiveModule` must be the path or URL of a module/,
    );
  });
});
