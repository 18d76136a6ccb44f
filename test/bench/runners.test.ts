// The engines' processes, on a table small enough that only what they report can be looked at.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { multi } from "../../bench/case.ts";
import { ONNX, runTask } from "../../bench/engines/engine.ts";
import { Scratch } from "../../bench/scratch.ts";
import type { Report, Task } from "../../bench/task.ts";
import { python, rootFolder, testNeeding } from "../require.ts";

const CLASSES = 3;
const scratch = new Scratch(mkdtempSync(join(tmpdir(), "coppice-bench-")));
const spec = { kind: "classes", rows: 1000, classes: CLASSES, features: 6 } as const;
const common = {
  tablePath: scratch.table(spec),
  params: { ...multi(CLASSES), maxDepth: 3 },
  rounds: 4,
  threads: 1,
  predictRows: [],
};
const modelPath = scratch.path("model.json");
const own = { ...common, engine: "coppice", modelPath, predictionsPath: scratch.path("own") };
const trained = runTask({ ...own, hasPhases: true });
trained.catch(() => undefined);
afterAll(() => scratch.close());

function readFloats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}

/** The largest difference from coppice's predictions of the rows held back. */
async function differenceOf(task: Task): Promise<{ report: Report; difference: number }> {
  await trained;
  const predictionsPath = scratch.path(task.engine);
  const report = await runTask({ ...task, predictionsPath });
  const [ours, others] = [readFloats(own.predictionsPath), readFloats(predictionsPath)];
  expect(ours.length).toBe(200 * CLASSES);
  expect(others.length).toBe(ours.length);
  const difference = ours.reduce((max, value, i) => Math.max(max, Math.abs(value - others[i])), 0);
  return { report, difference };
}

test("the phases of a training are parts of it", async () => {
  const { seconds, peakRssBytes } = await trained;
  const phases = seconds.phases ?? {};
  const names = ["gradients", "histograms", "margins", "partition", "splits"];
  expect(Object.keys(phases).sort()).toEqual(names);
  for (const name of names) expect(phases[name], name).toBeGreaterThan(0);
  expect(Object.values(phases).reduce((sum, each) => sum + each)).toBeLessThan(seconds.train);
  expect(peakRssBytes.trained).toBeGreaterThanOrEqual(peakRssBytes.loaded);
});

test("TypeScript kernels, fewer rows and a loaded model do what the task says", async () => {
  const plain = await differenceOf({ ...common, engine: "coppice-typescript" });
  expect(plain.difference).toBe(0);
  const fewer = await differenceOf({ ...common, engine: "coppice", trainRows: 100 });
  expect(fewer.difference).toBeGreaterThan(0);
  const loaded = await differenceOf({
    ...common,
    engine: "coppice",
    loadPath: modelPath,
    predictRows: [1, 200],
  });
  expect(loaded.difference).toBe(0);
  expect(loaded.report.predict.map(({ rows }) => rows)).toEqual([1, 200]);
  for (const { seconds } of loaded.report.predict) expect(seconds).toBeGreaterThan(0);
});

test("onnxruntime-web predicts the same from the same model file", async () => {
  const { difference } = await differenceOf({ ...common, engine: ONNX, loadPath: modelPath });
  expect(difference).toBeLessThan(2e-6);
});

testNeeding("xgboost", "XGBoost predicts the same, trained beside it or from the model file", async () => {
  const trainedBeside = await differenceOf({ ...common, engine: "xgboost" });
  expect(trainedBeside.difference).toBeLessThan(1e-6);
  const loaded = await differenceOf({ ...common, engine: "xgboost", loadPath: modelPath });
  expect(loaded.difference).toBeLessThan(1e-6);
});

testNeeding(["xgboost", "pandas"], "XGBoost trains from a CSV file, whole or in chunks", () => {
  const csvPath = scratch.table(spec, "csv");
  for (const reader of ["pandas", "chunks"]) {
    const { params, rounds, threads } = common;
    const task = JSON.stringify({ engine: "xgboost", reader, csvPath, params, rounds, threads });
    const out = execFileSync(python, [`${rootFolder}bench/engines/train_csv.py`, task], { encoding: "utf8" });
    const report = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as Record<string, number>;
    expect(report.peakRssBytes).toBeGreaterThan(1e6);
    expect(report.trainSeconds).toBeGreaterThan(0);
  }
});

test("an engine that fails tells what it printed", async () => {
  await expect(runTask({ ...common, engine: "coppice", tablePath: "nowhere.bin" })).rejects.toThrow(
    "nowhere.bin",
  );
});
