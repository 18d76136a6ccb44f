// Trains and predicts with the built package: one task in one process (see task.ts).

import { readFileSync, writeFileSync } from "node:fs";
import { timePhases } from "../phase-timer.ts";
import { readHeader, readRows, type TableRows } from "../table.ts";
import type { Report, Task } from "../task.ts";
import { medianSeconds } from "../timing.ts";
import { peakRssBytes } from "./peak-memory.ts";

const built = new URL("../../dist/node/index.js", import.meta.url).href;
const {
  DMatrix,
  loadModel,
  predict: predictOnThreads,
  train,
} = (await import(built)) as typeof import("../../src/node/index.ts");
type Matrix = InstanceType<typeof DMatrix>;
type Booster = Awaited<ReturnType<typeof train>>["booster"];

/** Single rows that take turns, so that branches and caches do not learn one by heart. */
const SINGLE_ROWS = 4096;

const task = JSON.parse(process.argv[2]) as Task;
const { trainRows, rowCount } = readHeader(task.tablePath);
const { booster, seconds, loaded, trained } = await (task.loadPath ? load(task.loadPath) : trainOnRows());

if (task.modelPath) writeFileSync(task.modelPath, booster.toBytes("json"));
if (task.predictionsPath) {
  const predictions = booster.predict(toMatrix(readRows(task.tablePath, trainRows, rowCount)));
  writeFileSync(task.predictionsPath, new Uint8Array(predictions.buffer));
}
const predict: { rows: number; seconds: number }[] = [];
for (const rows of task.predictRows) predict.push({ rows, seconds: await timePrediction(rows) });
const report: Report = {
  engine: task.engine,
  version: readVersion(),
  threads: task.threads,
  seconds,
  peakRssBytes: { loaded, trained },
  predict,
};
console.log(JSON.stringify(report));

interface Outcome {
  readonly booster: Booster;
  readonly seconds: Report["seconds"];
  readonly loaded: number;
  readonly trained: number;
}

async function trainOnRows(): Promise<Outcome> {
  const rows = readRows(task.tablePath, 0, task.trainRows ?? trainRows);
  const phases = task.hasPhases ? await timePhases() : undefined;
  const loaded = peakRssBytes();
  const begin = performance.now();
  const { booster, seconds } = await train(coppiceParams(), toMatrix(rows), {
    rounds: task.rounds,
    threads: task.threads,
    kernels: task.engine === "coppice-typescript" ? "typescript" : "auto",
  });
  const wall = (performance.now() - begin) / 1000;
  const ingest = seconds.cuts + seconds.bin;
  const parts = { ...seconds };
  const own = { ingest, train: wall - ingest, parts, ...(phases ? { phases } : {}) };
  return { booster, seconds: own, loaded, trained: peakRssBytes() };
}

async function load(path: string): Promise<Outcome> {
  const loaded = peakRssBytes();
  const booster = await loadModel(path);
  return { booster, seconds: { ingest: 0, train: 0 }, loaded, trained: loaded };
}

function coppiceParams(): Parameters<typeof train>[0] {
  const { numClass, ...params } = task.params;
  return numClass > 0 ? { ...params, numClass } : params;
}

function toMatrix({ rowCount, featureCount, label, values }: TableRows): Matrix {
  if (values instanceof Float32Array) return DMatrix.fromDense(values, { rowCount, featureCount, label });
  return DMatrix.fromCSR(values.offsets, values.indices, values.values, { featureCount, label });
}

/** One row goes through the path made for it where rows are dense; several threads help where that pays off. */
function timePrediction(count: number): Promise<number> {
  const isSingle = count === 1;
  const end = Math.min(rowCount, trainRows + (isSingle ? SINGLE_ROWS : count));
  const part = readRows(task.tablePath, trainRows, end);
  const { values, featureCount } = part;
  if (isSingle && values instanceof Float32Array) {
    const rows = Array.from({ length: part.rowCount }, (_, i) =>
      values.subarray(i * featureCount, (i + 1) * featureCount),
    );
    const out = new Float32Array(Math.max(1, task.params.numClass));
    let next = 0;
    return medianSeconds(() => booster.predictRow(rows[next++ % rows.length], out));
  }
  const own = isSingle ? readRows(task.tablePath, trainRows, trainRows + 1) : part;
  if (task.threads === 1) return medianSeconds(() => booster.predict(toMatrix(own)));
  return medianSeconds(() => predictOnThreads(booster, toMatrix(own)));
}

function readVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
