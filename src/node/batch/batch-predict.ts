// Batch inference on workers: every file of the input becomes a file of predictions. Any engine that starts
// workers will do; parts are handed out one by one, a part whose worker is lost goes to another, and parts
// that are finished stay so when the batch is launched again.

import { createHash } from "node:crypto";
import { loadModel } from "../../booster/booster.ts";
import { profileOf, type TrainingProfile } from "../../booster/training-profile.ts";
import { CoppiceError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { checkPartMetrics, combineMetrics } from "../../metric/part-metrics.ts";
import { DriftMonitor, type DriftReport } from "../../serve/drift/drift-monitor.ts";
import { classNamesOf } from "../../training/evaluate-model.ts";
import { processes } from "../engines/processes-engine.ts";
import { places } from "../files/places.ts";
import type { BatchJob, BatchTask, PartOutcome } from "../workers/batch-task.ts";
import { BatchFolder, type PartRecord } from "./batch-folder.ts";
import { type BatchPart, type BatchPredictOptions, batchPredictOptions } from "./batch-options.ts";
import { BatchWorkers } from "./batch-workers.ts";

export interface BatchResult {
  /** In the order of the inputs. */
  readonly parts: readonly BatchPart[];
  readonly rowCount: number;
  /** Over all parts; null unless asked for. */
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Over all parts; null unless asked for. */
  readonly drift: DriftReport | null;
  /** Workers that were lost. */
  readonly failures: number;
}

/**
 * Predicts all parts of a table.
 *
 * @example
 * await batchPredict({ model: "model.json", data: "data/part-*.parquet", output: "predictions", workers: 4 })
 * @throws {CoppiceError} INVALID_DATA when a part is not what it must be, after all others are finished;
 *   CHECKPOINT_MISMATCH when `output` holds another batch; PEER_LOST when too many workers were lost;
 *   INVALID_PARAMETER for bad options; ABORTED through `signal`. No worker runs any more by then.
 */
export async function batchPredict(options: BatchPredictOptions): Promise<BatchResult> {
  checkOptions("batchPredict()", batchPredictOptions, options);
  for (const name of ["model", "data", "output"] as const) places.check(name, options[name]);
  const { job, profile, names } = await describeJob(options);
  const folder = new BatchFolder(options.output);
  const inputs = await places.expand(options.data, "data");
  const tasks = folder.tasks(inputs, job.format);
  await folder.open(job, options.overwrite ?? false);
  const records = new Map<BatchTask, PartRecord>();
  for (const task of tasks) {
    const record = await folder.find(task);
    if (record !== undefined) records.set(task, record);
  }
  const finishedBefore = new Set(records.keys());
  const missing = tasks.filter((task) => !finishedBefore.has(task));
  const onOutcome = async (task: BatchTask, outcome: PartOutcome) => {
    records.set(task, await folder.record(task, outcome));
    const part = { ...task, rowCount: outcome.rowCount, wasFinished: false };
    options.onPart?.(part, records.size, tasks.length);
  };
  let failures = 0;
  try {
    if (missing.length > 0) failures = await predictParts(options, job, missing, onOutcome);
  } finally {
    await folder.sweep();
  }
  const outcomes = tasks.map((task) => records.get(task) as PartRecord);
  return {
    parts: tasks.map((task, i) => ({
      ...task,
      rowCount: outcomes[i].rowCount,
      wasFinished: finishedBefore.has(task),
    })),
    rowCount: outcomes.reduce((sum, { rowCount }) => sum + rowCount, 0),
    metrics: job.metrics === null ? null : combineMetrics(outcomes),
    drift: profile === undefined ? null : summarizeDrift(profile, outcomes, names),
    failures,
  };
}

/** Has workers predict `tasks`, and tells how many workers were lost. */
async function predictParts(
  options: BatchPredictOptions,
  job: BatchJob,
  tasks: readonly BatchTask[],
  onOutcome: (task: BatchTask, outcome: PartOutcome) => Promise<void>,
): Promise<number> {
  const { engine = processes(), workers = 1, cpusPerWorker = 1, tls, onFailure, signal } = options;
  const { maxFailures = 3 * workers } = options;
  const wanted = { engine, workers, cpusPerWorker, maxFailures, tls, onFailure, signal };
  const team = new BatchWorkers(wanted, job, tasks, onOutcome);
  await team.run();
  return team.failures;
}

interface ColumnNames {
  readonly features: readonly string[];
  readonly predictions: readonly string[];
}

async function describeJob(
  options: BatchPredictOptions,
): Promise<{ job: BatchJob; profile: TrainingProfile | undefined; names: ColumnNames }> {
  const { model, kind = "value", format = "parquet", table = {}, evaluate = false, drift = false } = options;
  const bytes = await places.of(model).read(model);
  const booster = loadModel(bytes);
  if (evaluate !== false && table.label === undefined) {
    throw new CoppiceError("INVALID_PARAMETER", "`evaluate` needs `table.label`, got none");
  }
  const profile = drift ? profileOf(booster.model.attributes) : undefined;
  if (drift && profile === undefined) {
    throw new CoppiceError(
      "INVALID_MODEL",
      `${model}: \`drift\` needs a training profile, which the model lacks`,
    );
  }
  const job: BatchJob = {
    model,
    modelHash: createHash("sha256").update(bytes).digest("hex"),
    kind,
    rounds: options.rounds ?? booster.bestRounds[1],
    format,
    table,
    metrics: evaluate === false ? null : evaluate === true ? undefined : checkPartMetrics(evaluate),
    drift,
  };
  const groups = booster.model.groupCount === 1 ? [""] : classNamesOf(booster).map((name) => `[${name}]`);
  const predictions = groups.map((group) => `predict${group}`);
  return { job, profile, names: { features: booster.featureNames, predictions } };
}

function summarizeDrift(
  profile: TrainingProfile,
  outcomes: readonly PartOutcome[],
  names: ColumnNames,
): DriftReport {
  const total = outcomes.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const monitor = new DriftMonitor(profile, Math.max(1, total));
  for (const { driftCounts, rowCount } of outcomes) {
    if (driftCounts !== null) monitor.addCounts(Uint32Array.from(driftCounts), rowCount);
  }
  return monitor.report(names.features, names.predictions);
}
