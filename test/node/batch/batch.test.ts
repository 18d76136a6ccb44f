// Batch inference on child processes. They run the last build: needs `npm run build`.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Booster } from "../../../src/booster/booster.ts";
import { profileOf, withTrainingProfile } from "../../../src/booster/training-profile.ts";
import type { Engine } from "../../../src/distributed/hub/engine.ts";
import { checkPartMetrics, combineMetrics } from "../../../src/metric/part-metrics.ts";
import { connectTo } from "../../../src/node/sockets/sockets.ts";
import { readTls, type TlsFiles, type TlsMaterial } from "../../../src/node/sockets/tls-files.ts";
import { readTable } from "../../../src/node/tables/read-table.ts";
import { tableDrift } from "../../../src/serve/drift/table-drift.ts";
import { evaluateModel } from "../../../src/training/evaluate-model.ts";
import { trainBooster } from "../../../src/training/train.ts";
import { distFolder } from "../../machine.ts";
import { catchError, catchRejection } from "../../oracle/catch-error.ts";
import { hasOpenssl, makeCertificate } from "../trainer/certificates.ts";
import { isAlive, temporaryFolder, waitUntil, writeSmallTable } from "../trainer/drive.ts";

const folder = temporaryFolder();
const reading = { label: "y", labelKind: "class" as const };
const table = { label: "y" };
let coppice: typeof import("../../../src/node/index.ts");
let booster: Booster;
const model = join(folder, "model.json");
const data = join(folder, "in/part-*.csv");
const rowCounts = [700, 300, 0, 1200, 500];

beforeAll(async () => {
  coppice = (await import(`${distFolder}/node/index.js`)) as typeof coppice;
  mkdirSync(join(folder, "in"));
  writeSmallTable(join(folder, "train.csv"), 2000, 1);
  for (const [i, count] of rowCounts.entries())
    writeSmallTable(join(folder, `in/part-${i}.csv`), count, 10 + i);
  const rows = await readTable(join(folder, "train.csv"), reading);
  const trained = await trainBooster({ objective: "multi:softprob", numClass: 3 }, rows, { rounds: 5 });
  booster = withTrainingProfile(trained.booster, rows);
  writeFileSync(model, booster.toBytes());
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The part as a model knows it. */
async function rowsOf(...inputs: string[]) {
  const { featureNames: features, labelClasses } = booster;
  return readTable(inputs, { ...reading, labelClasses, features, categories: booster.model.categories });
}

let outputs = 0;

function newOutput(): string {
  return join(folder, `out-${outputs++}`);
}

function filesOf(output: string): string[] {
  return readdirSync(output).filter((name) => name !== "_coppice");
}

test.each([1, 3])("%i workers write the predictions of one process, a file for a file", async (workers) => {
  const output = newOutput();
  const result = await coppice.batchPredict({ model, data, output, workers, table });
  expect(result.parts.map(({ rowCount }) => rowCount)).toEqual(rowCounts);
  expect(result).toMatchObject({ rowCount: 2700, failures: 0, metrics: null, drift: null });
  expect(filesOf(output)).toEqual([0, 1, 2, 3, 4].map((i) => `part-${i}.parquet`));
  for (const { input, output: path, rowCount } of result.parts) {
    if (rowCount === 0) continue;
    const written = await readTable(path);
    const values = written.features.readRows(0, rowCount, new Float32Array(rowCount * 3));
    expect(values).toEqual(booster.predict(await rowsOf(input)));
  }
});

test("a second launch does only what is missing or changed", async () => {
  const output = newOutput();
  const inputs = [0, 1, 3].map((i) => join(folder, `in/part-${i}.csv`));
  const own = join(folder, "in/own.csv");
  writeSmallTable(own, 50, 3);
  const options = { model, data: [...inputs, own], output, table, format: "csv" as const };
  const first = await coppice.batchPredict(options);
  const times = first.parts.map((part) => statSync(part.output).mtimeMs);
  rmSync(first.parts[1].output);
  writeSmallTable(own, 60, 4);
  const second = await coppice.batchPredict(options);
  rmSync(own);
  const redone = second.parts.filter(({ wasFinished }) => !wasFinished).map(({ input }) => input);
  expect(redone).toEqual([own, first.parts[1].input]);
  expect(second.rowCount).toBe(60 + 700 + 300 + 1200);
  second.parts.forEach((part, i) => {
    if (part.wasFinished) expect(statSync(part.output).mtimeMs).toBe(times[i]);
  });
});

test("metrics and drift are those of the whole table", async () => {
  const result = await coppice.batchPredict({
    model,
    data,
    output: newOutput(),
    workers: 2,
    table,
    evaluate: true,
    drift: true,
  });
  const inputs = result.parts.filter(({ rowCount }) => rowCount > 0).map(({ input }) => input);
  const rows = await rowsOf(...inputs);
  const { metrics } = await evaluateModel(booster, rows);
  expect(Object.keys(result.metrics ?? {})).toEqual(Object.keys(metrics));
  for (const [name, value] of Object.entries(metrics)) expect(result.metrics?.[name]).toBeCloseTo(value, 6);
  const drift = tableDrift(booster, profileOf(booster.model.attributes)!, rows);
  expect(result.drift).toEqual(drift);
});

test("a root mean square of parts is that of all rows", () => {
  const part = (weight: number, rmse: number) => ({
    rowCount: weight,
    outputBytes: 0,
    seconds: 0,
    weight,
    metrics: { rmse, mae: rmse },
    driftCounts: null,
  });
  const { rmse, mae } = combineMetrics([part(3, 2), part(1, 4)]);
  expect(rmse).toBeCloseTo(Math.sqrt((3 * 4 + 16) / 4), 12);
  expect(mae).toBeCloseTo(2.5, 12);
  expect(catchError(() => checkPartMetrics(["logloss", "auc"]))).toMatchObject({ code: "UNSUPPORTED" });
});

test("a part that cannot be read fails by its name after the others are done", async () => {
  const output = newOutput();
  const bad = join(folder, "in/bad.csv");
  writeFileSync(bad, 'a,b,c,y\n1,"2,fir,low\n');
  const options = { model, data: [bad, join(folder, "in/part-1.csv")], output, table };
  const error = await catchRejectionOf(coppice.batchPredict(options));
  expect(error.code).toBe("INVALID_DATA");
  expect(error.message).toContain(`${bad} failed`);
  // As in one process.
  expect(error.details).toEqual((await catchRejection(readTable(bad, reading))).details);
  expect(error.details).toMatchObject({ source: bad });
  expect(filesOf(output)).toEqual(["part-1.parquet"]);
  writeSmallTable(bad, 20);
  const { parts } = await coppice.batchPredict(options);
  expect(parts.map(({ wasFinished }) => wasFinished)).toEqual([false, true]);
  rmSync(bad);
});

test("a folder with another model's predictions is refused, or overwritten when asked", async () => {
  const output = newOutput();
  await coppice.batchPredict({ model, data, output, table });
  const other = join(folder, "other.json");
  writeFileSync(other, booster.slice(0, 2).toBytes());
  const error = await catchRejectionOf(coppice.batchPredict({ model: other, data, output, table }));
  expect(error).toMatchObject({ code: "CHECKPOINT_MISMATCH" });
  expect(error.message).toMatch(/differs in modelHash, rounds/);
  const { parts } = await coppice.batchPredict({ model: other, data, output, table, overwrite: true });
  expect(parts.some(({ wasFinished }) => wasFinished)).toBe(false);
});

test("workers that are killed lose no part", async () => {
  const output = newOutput();
  const started: number[] = [];
  const engine = coppice.processes({
    onStart: ({ processId }) => {
      started.push(processId);
      // The first three live long enough to have a part, and not long enough to finish all.
      if (started.length <= 3)
        setTimeout(() => isAlive(processId) && process.kill(processId, "SIGKILL"), 150);
    },
  });
  const result = await coppice.batchPredict({
    model,
    data,
    output,
    workers: 2,
    table,
    engine,
    maxFailures: 5,
  });
  expect(result.failures).toBe(3);
  expect(result.rowCount).toBe(2700);
  expect(filesOf(output)).toHaveLength(5);
  expect(started.filter(isAlive)).toEqual([]);
});

test("a worker that stands still is replaced", async () => {
  const started: number[] = [];
  const engine = coppice.processes({
    onStart: ({ processId }) => {
      started.push(processId);
      if (started.length === 1) setTimeout(() => process.kill(processId, "SIGSTOP"), 100);
    },
  });
  const result = await coppice.batchPredict({
    model,
    data,
    output: newOutput(),
    table,
    engine: { ...engine, rendezvousMs: 4000 },
  });
  expect(result.rowCount).toBe(2700);
  expect(await waitUntil(() => started.every((id) => !isAlive(id)), 2000)).toBe(true);
}, 30_000);

test("too many lost workers end the batch with the last one's words", async () => {
  const engine = coppice.processes({
    onStart: ({ processId }) => void process.kill(processId, "SIGKILL"),
  });
  const options = { model, data, output: newOutput(), table, engine, maxFailures: 1 };
  const error = await catchRejectionOf(coppice.batchPredict(options));
  expect(error.code).toBe("PEER_LOST");
  expect(error.message).toMatch(
    /2 workers were lost, `maxFailures` is 1; the last one: a worker was lost: killed/,
  );
});

test("an abort leaves no worker and no half-written file", async () => {
  const output = newOutput();
  const control = new AbortController();
  const started: number[] = [];
  const engine = coppice.processes({ onStart: ({ processId }) => started.push(processId) });
  const running = coppice.batchPredict({ model, data, output, table, engine, signal: control.signal });
  await waitUntil(() => started.length > 0, 5000);
  control.abort();
  expect(await catchRejectionOf(running)).toMatchObject({ code: "ABORTED" });
  expect(started.filter(isAlive)).toEqual([]);
  expect(readdirSync(output).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

describe.skipIf(!hasOpenssl)("with certificates", () => {
  let ours: TlsFiles;
  beforeAll(() => {
    ours = makeCertificate(folder, "ours");
  });
  const inputs = [0, 1].map((i) => join(folder, `in/part-${i}.csv`));

  test("whose files are options the parts are done, and who has none is not let in", async () => {
    const theirs = makeCertificate(folder, "theirs");
    const answers: Promise<string>[] = [];
    const { launch, ...engine } = coppice.processes();
    const watched: Engine = {
      ...engine,
      launch: (spec) => {
        const address = spec.environment.COPPICE_TRACKER;
        answers.push(knock(address, undefined), knock(address, readTls(theirs)));
        return launch(spec);
      },
    };
    const options = { model, data: inputs, output: newOutput(), table, tls: ours, engine: watched };
    const result = await coppice.batchPredict(options);
    expect(result).toMatchObject({ rowCount: 1000, failures: 0 });
    expect(await Promise.all(answers)).toEqual(["hung up", "hung up"]);
  });

  test("that the environment names the parts are done", async () => {
    const variables = {
      COPPICE_TLS_CERTIFICATE: ours.certificate,
      COPPICE_TLS_KEY: ours.key,
      COPPICE_TLS_AUTHORITY: ours.authority,
    };
    const arguments_ = ["batch-predict", "--model", model, "--data", inputs[0], "--data", inputs[1]];
    const command = spawnSync(
      process.execPath,
      [`${distFolder}/cli/main.js`, ...arguments_, "--output", newOutput(), "--label", "y", "--json"],
      { env: { ...process.env, ...variables }, encoding: "utf8", timeout: 30_000 },
    );
    expect([command.status, command.stderr]).toEqual([0, expect.stringContaining("2/2")]);
    expect(JSON.parse(command.stdout)).toMatchObject({ rowCount: 1000, failures: 0 });
  });
});

/** Says a word at an address and waits until the other side hangs up. */
async function knock(address: string, tls: TlsMaterial | undefined): Promise<"hung up" | "kept"> {
  const socket = await connectTo(address, 300, tls).catch(() => undefined);
  // With another authority the handshake fails.
  if (socket === undefined) return "hung up";
  socket.on("error", () => {});
  socket.write("no hello of ours");
  socket.resume();
  return new Promise((resolve) => {
    socket.once("close", () => resolve("hung up"));
    setTimeout(() => resolve("kept"), 3000).unref();
  });
}

test.each([
  [{ workers: 0 }, /`workers` must be an integer in \[1, 1024\], got 0/],
  [{ evaluate: true, table: {} }, /`evaluate` needs `table.label`/],
  [{ evaluate: ["auc"] }, /`auc` cannot be put together from parts/],
  [{ data: join(folder, "none-*.csv") }, /no file matches/],
] as const)("refuses %o", async (changes, message) => {
  const options = { model, data, output: newOutput(), table, ...changes };
  await expect(coppice.batchPredict(options)).rejects.toThrow(message);
});

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details: Record<string, unknown>;
}

/** The built library has error classes of its own. */
async function catchRejectionOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    expect((error as Error).name).toBe("CoppiceError");
    return error as Failure;
  }
  return expect.fail("nothing was thrown");
}
