// The part "predict": how long one model of Covertype takes to predict 1, 100, 10,000 and all rows.
// coppice trains it; XGBoost reads coppice's file, onnxruntime-web the same trees as ONNX; LightGBM reads
// neither and trains its own with the same parameters.

import { type BenchCase, multi, sizeOf } from "../case.ts";
import { ONNX, runTask } from "../engines/engine.ts";
import { type PredictionResult, saveCase } from "../result.ts";
import { readHeader } from "../table.ts";
import type { Report, Task } from "../task.ts";
import type { BenchContext } from "./context.ts";
import { attemptCase, describe, readFloats } from "./training.ts";

const ROW_COUNTS = [1, 100, 10_000];

function cases(isQuick: boolean): BenchCase[] {
  const rows = sizeOf(107_786, isQuick);
  return [30, 100].map((rounds) => ({
    name: `covertype-${7 * rounds}-trees`,
    description: `Covertype-like, ${rows} × 54, 7 classes: ${7 * rounds} trees of depth 6`,
    table: { kind: "covertype", rows },
    params: multi(7),
    rounds,
    runs: 1,
    ...(rounds === 30 ? { threads: [1] } : {}),
  }));
}

export async function runPredict(context: BenchContext): Promise<void> {
  for (const benchCase of cases(context.isQuick)) {
    await attemptCase(context, benchCase, async () => {
      const results = await comparePredictions(benchCase, context);
      saveCase(context.outFolder, "predict", context.isQuick, describe(benchCase, results, context));
    });
  }
}

async function comparePredictions(benchCase: BenchCase, context: BenchContext): Promise<PredictionResult[]> {
  const { scratch } = context;
  const tablePath = scratch.table(benchCase.table);
  const { rowCount, trainRows } = readHeader(tablePath);
  const testRows = rowCount - trainRows;
  const common = {
    tablePath,
    params: benchCase.params,
    rounds: benchCase.rounds,
    predictRows: [...ROW_COUNTS.filter((count) => count < testRows), testRows],
  };
  const modelPath = scratch.path("model.json");
  const ownPath = scratch.path("predictions");
  const allThreads = Math.max(...context.threads);
  const training: Task = { ...common, engine: "coppice", threads: allThreads, predictRows: [], modelPath };
  await runTask(training);
  const results: PredictionResult[] = [];
  const run = async (task: Task, model: string): Promise<void> => {
    const report = await runTask(task);
    const isSame = task.loadPath !== undefined && task.predictionsPath !== ownPath;
    const largestDifference = isSame ? differenceOf(task.predictionsPath ?? "", ownPath) : undefined;
    results.push(resultOf(report, model, largestDifference));
    context.note(`${benchCase.name}, ${task.threads} threads, ${task.engine}: ${showAll(report)}`);
  };
  const loaded = { ...common, loadPath: modelPath };
  const predictionsPath = scratch.path("other-predictions");
  for (const threads of benchCase.threads ?? context.threads) {
    await run({ ...loaded, engine: "coppice", threads, predictionsPath: ownPath }, "coppice's");
    await run({ ...loaded, engine: "xgboost", threads, predictionsPath }, "coppice's, as it is");
    await run({ ...common, engine: "lightgbm", threads }, "its own");
    await run({ ...loaded, engine: ONNX, threads, predictionsPath }, "coppice's, as ONNX");
  }
  return results;
}

function resultOf(
  { engine, version, threads, predict }: Report,
  model: string,
  largestDifference: number | undefined,
): PredictionResult {
  const difference = largestDifference === undefined ? {} : { largestDifference };
  return { engine, version, threads, model, predict, ...difference };
}

function differenceOf(path: string, otherPath: string): number {
  const other = readFloats(otherPath);
  return readFloats(path).reduce((largest, value, i) => Math.max(largest, Math.abs(value - other[i])), 0);
}

function showAll({ predict }: Report): string {
  return predict.map(({ rows, seconds }) => `${rows} rows ${(1000 * seconds).toPrecision(3)} ms`).join(", ");
}
