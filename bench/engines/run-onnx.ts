// Predicts with onnxruntime-web, WebAssembly backend: one task in one process (see task.ts). The model is
// XGBoost's JSON of the task, written as one ONNX tree ensemble.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as ort from "onnxruntime-web";
import { toOnnx } from "../onnx/tree-ensemble.ts";
import { readHeader, readRows } from "../table.ts";
import type { Report, Task } from "../task.ts";
import { medianSeconds } from "../timing.ts";
import { peakRssBytes } from "./peak-memory.ts";

const built = new URL("../../dist/node/index.js", import.meta.url).href;
const { loadModel } = (await import(built)) as typeof import("../../src/node/index.ts");

const task = JSON.parse(process.argv[2]) as Task;
if (!task.loadPath) throw new Error("onnxruntime-web only predicts: the task must name a model");
const { trainRows, rowCount, featureCount } = readHeader(task.tablePath);
ort.env.wasm.numThreads = task.threads;
const loaded = peakRssBytes();
const { model } = await loadModel(task.loadPath);
const session = await ort.InferenceSession.create(toOnnx(model), { executionProviders: ["wasm"] });

if (task.predictionsPath) {
  const { probabilities } = await session.run(inputOf(rowCount - trainRows), ["probabilities"]);
  const values = (await probabilities.getData()) as Float32Array;
  writeFileSync(task.predictionsPath, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
const predict: { rows: number; seconds: number }[] = [];
for (const rows of task.predictRows) {
  const input = inputOf(rows);
  predict.push({ rows, seconds: await medianSeconds(() => session.run(input, ["probabilities"])) });
}
const report: Report = {
  engine: task.engine,
  version: readVersion(),
  threads: task.threads,
  seconds: { ingest: 0, train: 0 },
  peakRssBytes: { loaded, trained: loaded },
  predict,
};
console.log(JSON.stringify(report));
// Its threads would keep the process alive.
process.exit(0);

function inputOf(rows: number): Record<string, ort.Tensor> {
  const { values } = readRows(task.tablePath, trainRows, trainRows + rows);
  if (!(values instanceof Float32Array)) throw new Error("the table must be dense");
  return { X: new ort.Tensor("float32", values, [rows, featureCount]) };
}

function readVersion(): string {
  const entry = createRequire(import.meta.url).resolve("onnxruntime-web");
  const manifest = readFileSync(`${entry.slice(0, entry.lastIndexOf("dist"))}package.json`, "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
