// A training on several workers from flags, with its progress on the terminal, and what is told of it.

import { valuesThatReach } from "../../core/declaration.ts";
import { Trainer, type TrainerResult } from "../../node/trainer/trainer.ts";
import type { TrainerFailure } from "../../node/trainer/trainer-options.ts";
import { runWorker } from "../../node/workers/worker-program.ts";
import { shownMetrics } from "../../objective/registry.ts";
import { labelKindOf } from "../../objective/task.ts";
import { trainOptions } from "../../training/train-options.ts";
import { type DataFlags, readOptions } from "../flags/data-flags.ts";
import { engineOf, type ValidationFlags, type WorkerFlags } from "../flags/worker-flags.ts";
import type { CommandContext } from "../terminal/context.ts";
import { createProgress } from "../terminal/progress.ts";
import { formatBytes, formatCount, formatMetric, formatSeconds } from "../terminal/text-table.ts";
import { finalMetrics, type TrainingRequest } from "./fit.ts";

/** What of the flags of `train` a training on workers heeds beside the options of training. */
export interface ClusterFlags extends DataFlags, ValidationFlags, WorkerFlags {
  /** The path of a model to continue from. */
  readonly initialModel?: string | undefined;
}

export interface ClusterFit {
  readonly result: TrainerResult;
  /** Of the best round where early stopping chose one, else of the last; by "valid-mlogloss". */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Trains on workers with a progress line. A process that is itself one of the workers ends here. */
export async function fitOnWorkers(
  flags: ClusterFlags,
  { parameters, training, run, profile, isSilent }: TrainingRequest,
  context: CommandContext,
): Promise<ClusterFit> {
  const engine = engineOf(flags);
  if ("launchedAs" in engine && engine.launchedAs.rank > 0) {
    // Its heartbeat and its connections would keep the process.
    process.exit(await runWorker(process.env, context.note));
  }
  const { objective = "reg:squarederror", evalMetric = shownMetrics(objective) } = parameters;
  const progress = createProgress(context, isSilent);
  const { label, ...table } = { ...readOptions(flags), labelKind: labelKindOf(objective) };
  const trainer = new Trainer({
    ...valuesThatReach(trainOptions, training, "process"),
    params: { ...parameters, evalMetric },
    totalRounds: run?.continueFor === undefined ? training.rounds : undefined,
    datasets: { train: flags.data, ...(flags.valid ? { valid: flags.valid } : {}) },
    label,
    table,
    scaling: { workers: flags.workers ?? 1, cpusPerWorker: training.threads },
    run,
    failure: { maxFailures: flags.maxFailures },
    engine,
    initialModel: flags.initialModel,
    profile,
    onRound: (event) => progress.update(event),
    onFailure: (failure) => context.note(describeFailure(failure)),
    onWarning: (message) => context.note(`coppice: warning: ${message}`),
    signal: context.signal,
  });
  try {
    const result = await trainer.fit();
    return { result, metrics: finalMetrics(result) };
  } finally {
    progress.finish();
  }
}

function describeFailure({ attempt, message }: TrainerFailure): string {
  return `coppice: attempt ${attempt} failed: ${message}`;
}

/** What --json prints. */
export function clusterReport({ result, metrics }: ClusterFit): Record<string, unknown> {
  const { workers, attempts, failures, wasFinished, resumedFrom, bestIteration, booster } = result;
  return {
    metrics,
    rounds: booster.roundCount,
    bestIteration: bestIteration ?? null,
    attempts,
    failures,
    wasFinished,
    resumedFrom,
    workers,
  };
}

/** What a person reads about a training on workers. */
export function clusterSummary({ result, metrics }: ClusterFit): string[] {
  const { workers, booster, failures, resumedFrom, wasFinished, bestIteration } = result;
  const rows = workers.reduce((sum, worker) => sum + worker.rowCount, 0);
  const sent = Math.max(0, ...workers.map((worker) => worker.bytesSent));
  const history = wasFinished
    ? "; it was finished before"
    : resumedFrom > 0
      ? `; the first ${resumedFrom} rounds were there`
      : "";
  const lines = [
    `data     ${formatCount(rows)} rows on ${workers.length} workers`,
    `trained  ${booster.roundCount} rounds, ${formatCount(booster.model.trees.length)} trees${history}`,
  ];
  const best = bestIteration === undefined ? "" : `  (round ${bestIteration + 1}, the best)`;
  const scores = Object.entries(metrics).map(([name, value]) => `${name} ${formatMetric(value)}`);
  if (scores.length > 0) lines.push(`metrics  ${scores.join("  ")}${best}`);
  const slowest = Object.keys(workers[0].seconds).map((phase) => {
    const seconds = workers.map((worker) => worker.seconds[phase as keyof (typeof worker)["seconds"]]);
    return `${phase} ${formatSeconds(Math.max(...seconds))}`;
  });
  lines.push(`time     ${slowest.join("  ")} (the slowest worker)`);
  lines.push(`network  ${formatBytes(sent)} sent by the busiest worker`);
  if (failures.length > 0) lines.push(`failures ${failures.length}, made good`);
  return lines;
}
