// Flags that train on several workers, and the training that they ask for.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Engine } from "../../distributed/hub/engine.ts";
import { environment } from "../../node/engines/environment-engine.ts";
import { processes } from "../../node/engines/processes-engine.ts";
import { Trainer, type TrainerFailure, type TrainerResult } from "../../node/trainer/trainer.ts";
import { runWorker } from "../../node/workers/worker-program.ts";
import { shownMetrics } from "../../objective/registry.ts";
import { labelKindOf } from "../../objective/task.ts";
import type { TrainParameters } from "../../training/parameters.ts";
import type { CommandContext } from "../terminal/context.ts";
import { createProgress } from "../terminal/progress.ts";
import { formatBytes, formatCount, formatMetric, formatSeconds } from "../terminal/text-table.ts";
import { type DataFlags, readOptions } from "./data-flags.ts";
import { type EarlyStoppingFlags, earlyStoppingOf } from "./early-stopping-flags.ts";
import { failUsage, integerFrom } from "./flag-values.ts";
import { addRayFlags, checkRayFlags, type RayFlags, rayOf } from "./ray-flags.ts";
import type { RunFlags } from "./run-flags.ts";

export interface WorkerFlags extends RayFlags {
  readonly workers?: readonly [number, number] | undefined;
  readonly maxFailures?: number | undefined;
}

/** What else of the flags of `train` a training on workers heeds. */
export interface ClusterFlags extends DataFlags, EarlyStoppingFlags, RunFlags, WorkerFlags {
  readonly valid?: readonly string[] | undefined;
  readonly validFraction?: number | undefined;
  readonly initialModel?: string | undefined;
  readonly profile?: boolean | undefined;
  readonly rounds: number;
  readonly threads?: number | undefined;
  readonly evalTrain?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export function addWorkerFlags(command: Command): void {
  command
    .optionsGroup("Workers (they never change the model):")
    .option(
      "--workers <n>",
      "worker processes to train on, or a range: 2-8; --threads counts for each",
      parseRange,
    )
    .addOption(
      new Option(
        "--engine <name>",
        "who starts the workers: this command, a Ray cluster, or (env) mpirun, srun, Kubernetes",
      )
        .choices(["processes", "ray", "env"])
        .default(undefined, "processes"),
    )
    .option("--max-failures <n>", "lost workers to make good before giving up (default: 3)", integerFrom(0));
  addRayFlags(command);
}

function parseRange(text: string): readonly [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  const fewest = Number(match?.[1]);
  const most = Number(match?.[2] ?? match?.[1]);
  if (match !== null && fewest >= 1 && most >= fewest && most <= 1024) return [fewest, most];
  throw new InvalidArgumentError("It must be an integer in [1, 1024], or two of them like 2-8.");
}

/** Whether the flags ask for workers. Ends the command on wrong usage. */
export function usesWorkers(command: Command, flags: ClusterFlags): boolean {
  const { workers, engine, maxFailures } = flags;
  if (workers === undefined && engine !== "env") {
    if (engine !== undefined) failUsage(command, `--engine ${engine} needs --workers`);
    if (maxFailures !== undefined) failUsage(command, "--max-failures needs --workers");
    return false;
  }
  checkRayFlags(command, flags);
  if (flags.validFraction !== undefined)
    failUsage(command, "--valid-fraction cannot be used with workers; give --valid");
  if (engine === "env" && workers !== undefined) {
    failUsage(command, "--engine env takes the number of workers from the launcher, not from --workers");
  }
  return true;
}

export interface ClusterFit {
  readonly result: TrainerResult;
  /** Of the best round where early stopping chose one, else of the last; by "valid-mlogloss". */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Trains on workers with a progress line. A process that is itself one of the workers ends here. */
export async function fitOnWorkers(
  flags: ClusterFlags,
  parameters: TrainParameters,
  context: CommandContext,
): Promise<ClusterFit> {
  const engine = engineOf(flags);
  if ("launchedAs" in engine && engine.launchedAs.rank > 0) {
    // Its heartbeat and its connections would keep the process.
    process.exit(await runWorker(process.env, context.note));
  }
  const { objective = "reg:squarederror", evalMetric = shownMetrics(objective) } = parameters;
  const { storage, name, checkpointEvery, keep, scoreBy, scoreOrder, continueFor, forceNew } = flags;
  const progress = createProgress(context, flags.json === true);
  const { label, ...table } = { ...readOptions(flags), labelKind: labelKindOf(objective) };
  const trainer = new Trainer({
    params: { ...parameters, evalMetric },
    totalRounds: continueFor === undefined ? flags.rounds : undefined,
    datasets: { train: flags.data, ...(flags.valid ? { valid: flags.valid } : {}) },
    label,
    table,
    scaling: { workers: flags.workers ?? 1, cpusPerWorker: flags.threads ?? 1 },
    run:
      storage === undefined || name === undefined
        ? undefined
        : {
            name,
            storage,
            checkpoint: { everyRounds: checkpointEvery, keep, scoreBy, order: scoreOrder },
            continueFor,
            forceNew,
          },
    failure: { maxFailures: flags.maxFailures ?? 3 },
    engine,
    evalTrain: flags.evalTrain,
    initialModel: flags.initialModel,
    profile: flags.profile,
    earlyStopping: earlyStoppingOf(flags),
    onRound: (event) => progress.update(event),
    onFailure: (failure) => context.note(describeFailure(failure)),
    onWarning: (message) => context.note(`coppice: warning: ${message}`),
    signal: context.signal,
  });
  try {
    const result = await trainer.fit();
    return { result, metrics: metricsOf(result) };
  } finally {
    progress.finish();
  }
}

/** The engine that the flags name. */
export function engineOf(flags: RayFlags): Engine | ReturnType<typeof environment> {
  if (flags.engine === "env") return environment(process.env);
  return flags.address === undefined ? processes() : rayOf(flags, flags.address);
}

function describeFailure({ attempt, message }: TrainerFailure): string {
  return `coppice: attempt ${attempt} failed: ${message}`;
}

function metricsOf({
  history,
  bestIteration,
  booster: { roundCount },
}: TrainerResult): Record<string, number> {
  const entries = Object.entries(history).flatMap(([set, byMetric]) =>
    Object.entries(byMetric).map(([metric, values]) => {
      const round = (bestIteration ?? roundCount - 1) - (roundCount - values.length);
      return [`${set}-${metric}`, values[round]] as const;
    }),
  );
  return Object.fromEntries(entries);
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
