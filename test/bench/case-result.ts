// Results as a run keeps them, for tests of what is made of them.

import { BINARY } from "../../bench/case.ts";
import type { CaseResult, TrainingResult } from "../../bench/result.ts";

function trainingResult(engine: string, trainSeconds: number): TrainingResult {
  return {
    engine,
    version: "1",
    threads: 1,
    ingestSeconds: 0.5,
    trainSeconds,
    trainSecondsOfRuns: [trainSeconds],
    loadedRssBytes: 1e8,
    peakRssBytes: 2e8,
    quality: { accuracy: 0.8125, logLoss: 0.4 },
  };
}

/** Of three engines on one thread; coppice takes `seconds`, XGBoost 3. */
export function caseResult(
  name: string,
  seconds: number,
  axis?: CaseResult<unknown>["axis"],
): CaseResult<TrainingResult> {
  return {
    name,
    description: `the table of ${name}`,
    params: BINARY,
    rounds: 10,
    trainRows: 80,
    testRows: 20,
    featureCount: 4,
    runs: 1,
    ...(axis ? { axis } : {}),
    command: "npm run bench",
    machine: { cpu: "Some CPU", cores: 2, memoryBytes: 2 ** 34, node: "24.0.0", load: 1 },
    results: [
      trainingResult("coppice", seconds),
      trainingResult("xgboost", 3),
      trainingResult("lightgbm", 1),
    ],
  };
}
