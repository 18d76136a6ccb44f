// Whatever takes a path: a URL of an unknown scheme is refused at once by option and scheme, and leaves nothing
// on the disk; a URL of a file means its path.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DMatrix } from "../../../src/data/dmatrix.ts";
import {
  batchPredict,
  directoryStorage,
  loadModel,
  Result,
  readQuantileTable,
  readQuantileTableSplit,
  readTable,
  readTableSplit,
  saveModel,
  shardTable,
  Trainer,
  train,
  writeTable,
} from "../../../src/node/index.ts";
import { folderStore, startServer } from "../../../src/node/serve/server.ts";

const matrix = DMatrix.fromRows([[1], [2], [3], [4]], { label: [0, 1, 0, 1] });
const { booster } = await train({}, matrix, { rounds: 1 });
const columns = [{ name: "x", values: Float32Array.of(1, 2) }];
const before = process.cwd();
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(`${tmpdir()}/coppice-places-`);
  process.chdir(folder);
  writeFileSync("t.csv", "x,y\n1,0\n2,1\n");
  await saveModel(booster, "m.json");
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const trainer = { params: {}, totalRounds: 1, datasets: { train: "t.csv" }, label: "y" };
const tls = { certificate: "c.pem", key: "k.pem", authority: "a.pem" };
const split = { validFraction: 0.5 };
const rounds = 1;

/** Every option of the library that is a path, and a call that is right but for it. */
const entries: readonly [option: string, where: string, call: (url: string) => unknown][] = [
  ["paths", "readTable", (url) => readTable(url)],
  ["paths", "readTable of several", (url) => readTable(["t.csv", `${url}*.csv`])],
  ["paths", "readTableSplit", (url) => readTableSplit(url, split)],
  ["paths", "readQuantileTable", (url) => readQuantileTable(url)],
  ["paths", "readQuantileTableSplit", (url) => readQuantileTableSplit(url, split)],
  ["path", "writeTable", (url) => writeTable(`${url}.csv`, columns)],
  ["path", "loadModel", (url) => loadModel(url)],
  ["path", "saveModel", (url) => saveModel(booster, url)],
  ["path", "Result.fromPath", (url) => Result.fromPath(url)],
  ["root", "directoryStorage", (url) => directoryStorage(url)],
  ["data", "shardTable", (url) => shardTable(url, "shards")],
  ["folder", "shardTable", (url) => shardTable("t.csv", url)],
  ["run.storage", "train", (url) => train({}, matrix, { rounds, run: { name: "r", storage: url } })],
  ["datasets.train", "Trainer", (url) => new Trainer({ ...trainer, datasets: { train: url } })],
  ["datasets.valid", "Trainer", (url) => new Trainer({ ...trainer, datasets: { train: "t", valid: [url] } })],
  ["run.storage", "Trainer", (url) => new Trainer({ ...trainer, run: { name: "r", storage: url } })],
  ["initialModel", "Trainer", (url) => new Trainer({ ...trainer, initialModel: url })],
  ["objectiveModule", "Trainer", (url) => new Trainer({ ...trainer, objectiveModule: url })],
  ["tls.key", "Trainer", (url) => new Trainer({ ...trainer, tls: { ...tls, key: url } })],
  ["model", "batchPredict", (url) => batchPredict({ model: url, data: "t.csv", output: "p" })],
  ["data", "batchPredict", (url) => batchPredict({ model: "m.json", data: ["t.csv", url], output: "p" })],
  ["output", "batchPredict", (url) => batchPredict({ model: "m.json", data: "t.csv", output: url })],
  ["models", "folderStore", (url) => folderStore(["m.json", url])],
  ["models", "startServer", (url) => startServer({ models: [url], port: 0 })],
];

const urls = ["s3://bucket/key", "gs://bucket/key", "http://host/key", "HDFS://host/key"];

test.each(entries)("`%s` of %s", async (option, _where, call) => {
  for (const url of urls) {
    const error = await (async () => call(url))().then(
      () => undefined,
      (cause) => cause,
    );
    const scheme = url.slice(0, url.indexOf(":")).toLowerCase();
    expect(error).toMatchObject({ code: "INVALID_PARAMETER", details: { parameter: option, scheme } });
    expect(error.message).toMatch(
      new RegExp(`^\`${option}\` must be a path or a URL of a known scheme \\(file(, data)?\\), got "${url}`),
    );
    expect(readdirSync(folder).sort()).toEqual(["m.json", "t.csv"]);
  }
});

test("a URL of a file is its path, for data, models and runs", async () => {
  const url = (name: string) => pathToFileURL(`${folder}/${name}`).href;
  expect((await readTable(url("t.csv"), { label: "y" })).rowCount).toBe(2);
  expect((await readQuantileTable(url("*.csv"), { label: "y" })).rowCount).toBe(2);
  await saveModel(booster, url("a b.json"));
  expect((await loadModel(url("a b.json"))).roundCount).toBe(1);
  await writeTable(url("w.csv"), columns);
  expect((await shardTable(url("w.csv"), url("shards"))).paths).toEqual([
    `${folder}/shards/part-00000.parquet`,
  ]);
  await train({}, matrix, { rounds: 2, run: { name: "r", storage: url("runs") } });
  expect((await Result.fromPath(url("runs/r"))).status).toBe("finished");
  expect((await Result.fromPath("runs/r/")).name).toBe("r");
  expect((await (await folderStore([url("m.json")])).list()).map(({ name }) => name)).toEqual(["m"]);
});

test("a URL of a file on another machine is refused", async () => {
  await expect(readTable("file://elsewhere/t.csv")).rejects.toThrow(/`path` is no file of this machine/);
});
