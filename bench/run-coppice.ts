// Trains and predicts with the built package: one task in one process (see task.ts).

import { readFileSync, writeFileSync } from "node:fs";
import { readHeader, readRows, type TableRows } from "./table.ts";
import type { Report, Task } from "./task.ts";

const built = new URL("../dist/node/index.js", import.meta.url).href;
const { DMatrix, train } = (await import(built)) as typeof import("../src/node/index.ts");
type Matrix = InstanceType<typeof DMatrix>;

const task = JSON.parse(process.argv[2]) as Task;
const { trainRows, rowCount } = readHeader(task.tablePath);

const rows = readRows(task.tablePath, 0, trainRows);
const loaded = peakRssBytes();
const started = performance.now();
const { booster, seconds } = await train(coppiceParams(), toMatrix(rows), {
  rounds: task.rounds,
  threads: task.threads,
  kernels: task.engine === "coppice-typescript" ? "typescript" : "auto",
});
const wall = (performance.now() - started) / 1000;
const trained = peakRssBytes();

const test = readRows(task.tablePath, trainRows, rowCount);
writeFileSync(task.predictionsPath, bytesOf(booster.predict(toMatrix(test))));

const ingest = seconds.cuts + seconds.bin;
const report: Report = {
  engine: task.engine,
  version: readVersion(),
  threads: task.threads,
  seconds: { ingest, train: wall - ingest, parts: { ...seconds } },
  peakRssBytes: { loaded, trained },
  predict: task.predictRows.map((count) => ({ rows: count, seconds: timePrediction(count) })),
};
console.log(JSON.stringify(report));

function coppiceParams(): Parameters<typeof train>[0] {
  const { numClass, ...params } = task.params;
  return numClass > 0 ? { ...params, numClass } : params;
}

function toMatrix({ rowCount, featureCount, label, values }: TableRows): Matrix {
  if (values instanceof Float32Array) return DMatrix.fromDense(values, { rowCount, featureCount, label });
  return DMatrix.fromCSR(values.offsets, values.indices, values.values, { featureCount, label });
}

/** One row goes through the path made for it where rows are dense. */
function timePrediction(count: number): number {
  const part = readRows(task.tablePath, trainRows, trainRows + count);
  const { values, featureCount } = part;
  if (count === 1 && values instanceof Float32Array) {
    const row = values.subarray(0, featureCount);
    const out = new Float32Array(Math.max(1, task.params.numClass));
    return medianSeconds(() => booster.predictRow(row, out));
  }
  return medianSeconds(() => booster.predict(toMatrix(part)));
}

/** The median over half a second of calls, in batches long enough for the clock, after warming up. */
function medianSeconds(call: () => unknown): number {
  let batch = 1;
  for (let spent = 0; spent < 0.2; ) {
    const seconds = time(call, batch);
    spent += seconds;
    if (seconds < 0.005) batch *= 2;
  }
  const times: number[] = [];
  for (let spent = 0; spent < 0.5 || times.length < 3; ) {
    const seconds = time(call, batch);
    spent += seconds;
    times.push(seconds / batch);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

function time(call: () => unknown, count: number): number {
  const begin = performance.now();
  for (let i = 0; i < count; i++) call();
  return (performance.now() - begin) / 1000;
}

function readVersion(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
