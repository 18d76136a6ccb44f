// Batch inference on workers: every file of the input becomes a file of predictions. Any engine that starts
// workers will do; parts are handed out one by one, a part whose worker is lost goes to another, and parts
// that are finished stay so when the batch is launched again.

import { createHash, randomBytes } from "node:crypto";
import { loadModel } from "../../booster/booster.ts";
import { profileOf, type TrainingProfile } from "../../booster/training-profile.ts";
import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { CoppiceError, showValue, throwIfAborted } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/options.ts";
import type { Engine, WorkerHandle } from "../../distributed/hub/engine.ts";
import { MAX_RANKS, TaskBoard } from "../../distributed/hub/task-board.ts";
import type { PredictionKind } from "../../input/prediction-columns.ts";
import { checkTableOptions } from "../../input/table-option-names.ts";
import { DriftMonitor, type DriftReport } from "../../serve/drift/drift-monitor.ts";
import { classNamesOf } from "../../training/evaluate-model.ts";
import { processes } from "../engines/processes-engine.ts";
import { expandPaths, readFileBytes } from "../files/files.ts";
import { formatAddress, listenOn } from "../sockets/sockets.ts";
import type { ReadTableOptions } from "../tables/read-table.ts";
import type { OutputFormat } from "../tables/write-table.ts";
import type { BatchJob, BatchTask, PartOutcome } from "../workers/batch-task.ts";
import { BatchFolder, type PartRecord } from "./batch-folder.ts";
import { checkPartMetrics, combineMetrics } from "./part-metrics.ts";

export interface BatchPredictOptions {
  /** A model file, and like all paths here as every worker sees it. */
  readonly model: string;
  /** Files, globs, or both; each file is a part. */
  readonly data: string | readonly string[];
  /** The folder that gets a file per part, named like it. */
  readonly output: string;
  /** "parquet" by default. */
  readonly format?: OutputFormat | undefined;
  /** "value" by default. */
  readonly kind?: PredictionKind | undefined;
  /** How many of the model's rounds predict; all, or those up to the best, by default. */
  readonly rounds?: number | undefined;
  /** How the parts are read. */
  readonly table?: Omit<ReadTableOptions, "signal"> | undefined;
  /** Metrics by name, or true for those of the objective; needs `table.label`. */
  readonly evaluate?: boolean | readonly string[] | undefined;
  /** Compares the rows with the training rows whose profile the model carries. */
  readonly drift?: boolean | undefined;
  /** Child processes of this machine by default. */
  readonly engine?: Engine | undefined;
  /** 1 by default. */
  readonly workers?: number | undefined;
  readonly cpusPerWorker?: number | undefined;
  /** How many workers may be lost in all; 3 per worker by default. */
  readonly maxFailures?: number | undefined;
  /** Replaces the predictions of another batch in `output`. */
  readonly overwrite?: boolean | undefined;
  readonly onPart?: ((part: BatchPart, finished: number, total: number) => void) | undefined;
  readonly onFailure?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

const optionNames: OptionNames<BatchPredictOptions> = {
  model: true,
  data: true,
  output: true,
  format: true,
  kind: true,
  rounds: true,
  table: true,
  evaluate: true,
  drift: true,
  engine: true,
  workers: true,
  cpusPerWorker: true,
  maxFailures: true,
  overwrite: true,
  onPart: true,
  onFailure: true,
  signal: true,
};

export interface BatchPart {
  readonly input: string;
  readonly output: string;
  readonly rowCount: number;
  /** Whether it was finished before. */
  readonly wasFinished: boolean;
}

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

const RENDEZVOUS_MS = 60_000;
/** How long a lost connection waits for the reason. */
const BLAME_MS = 400;

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
  checkOptionNames("batchPredict()", options, optionNames);
  checkTableOptions(options.table ?? {}, "table");
  const { job, profile, names } = await describeJob(options);
  const folder = new BatchFolder(options.output);
  const inputs = await expandPaths(options.data);
  const tasks = folder.tasks(inputs, job.format);
  await folder.open(job, options.overwrite ?? false);
  const records = new Map<BatchTask, PartRecord>();
  for (const task of tasks) {
    const record = await folder.find(task);
    if (record !== undefined) records.set(task, record);
  }
  const finishedBefore = new Set(records.keys());
  const missing = tasks.filter((task) => !finishedBefore.has(task));
  const batch = new Batch(options, job, missing, async (task, outcome) => {
    records.set(task, await folder.record(task, outcome));
    const { input, output } = task;
    options.onPart?.(
      { input, output, rowCount: outcome.rowCount, wasFinished: false },
      records.size,
      tasks.length,
    );
  });
  try {
    await batch.run();
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
    failures: batch.failures,
  };
}

interface ColumnNames {
  readonly features: readonly string[];
  readonly predictions: readonly string[];
}

async function describeJob(
  options: BatchPredictOptions,
): Promise<{ job: BatchJob; profile: TrainingProfile | undefined; names: ColumnNames }> {
  const { model, kind = "value", format = "parquet", table = {}, evaluate = false, drift = false } = options;
  for (const name of ["workers", "cpusPerWorker"] as const) {
    const value = options[name] ?? 1;
    if (!(Number.isInteger(value) && value >= 1 && value <= 1024)) {
      throw new CoppiceError(
        "INVALID_PARAMETER",
        `\`${name}\` must be an integer in [1, 1024], got ${showValue(value)}`,
      );
    }
  }
  const bytes = await readFileBytes(model);
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

/** The workers of a batch: started, started again when one is lost, gone in the end. */
class Batch {
  failures = 0;
  readonly #options: BatchPredictOptions;
  readonly #engine: Engine;
  readonly #board: TaskBoard<BatchTask, PartOutcome>;
  /** By rank; those that have ended or were given up are not in it. */
  readonly #handles: Map<number, WorkerHandle> = new Map();
  readonly #givenUp: WorkerHandle[] = [];
  readonly #timers: Set<ReturnType<typeof setTimeout>> = new Set();
  readonly #token: string;
  #nextRank = 0;
  #address = "";

  constructor(
    options: BatchPredictOptions,
    job: BatchJob,
    tasks: readonly BatchTask[],
    onOutcome: (task: BatchTask, outcome: PartOutcome) => Promise<void>,
  ) {
    this.#options = options;
    this.#engine = options.engine ?? processes();
    this.#token = this.#engine.token ?? randomBytes(16).toString("hex");
    const key = { run: this.#run, attempt: this.#engine.attempt ?? 1, token: this.#token };
    const onLost = (rank: number, message: string) => this.#hearLost(rank, message);
    this.#board = new TaskBoard({ key, job, tasks, onOutcome, onLost });
    // Told below; until then nobody listens.
    this.#board.done.catch(() => {});
  }

  get #run(): string {
    return this.#engine.run ?? "batch";
  }

  /** @throws {CoppiceError} what kept parts from being finished */
  async run(): Promise<void> {
    const { signal, cpusPerWorker = 1 } = this.#options;
    if (this.#board.openCount === 0) return;
    throwIfAborted(signal);
    const abort = () =>
      this.#board.fail(new CoppiceError("ABORTED", "the batch was aborted", {}, signal?.reason));
    const host = this.#engine.trackerHost ?? "127.0.0.1";
    const listener = await listenOn(host, this.#engine.trackerPort ?? 0, (channel) =>
      this.#board.accept(channel),
    );
    this.#address = this.#engine.trackerAddress ?? formatAddress(host, listener.port);
    signal?.addEventListener("abort", abort);
    try {
      const wanted = Math.min(this.#options.workers ?? 1, this.#board.openCount);
      const room = (await this.#engine.countWorkers?.(wanted, cpusPerWorker, 1)) ?? wanted;
      if (room < 1) throw new CoppiceError("TIMEOUT", "the engine has no room for a worker");
      const count = this.#engine.canRestart === false ? room : Math.min(wanted, room);
      await Promise.all(Array.from({ length: count }, () => this.#launch(count)));
      const [first, ...others] = await this.#board.done;
      if (first === undefined) return;
      const rest = others.length === 0 ? "" : `; so did ${others.length} more`;
      const { code, message, details } = first.error;
      throw new CoppiceError(code, `${first.task.input} failed: ${message}${rest}`, details, first.error);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#board.fail(new CoppiceError("ABORTED", "the batch is over"));
      listener.close();
      for (const timer of this.#timers) clearTimeout(timer);
      await Promise.all([...this.#handles.values(), ...this.#givenUp].map((handle) => handle.stop()));
      this.#board.close();
      await this.#engine.close?.();
    }
  }

  async #launch(count: number): Promise<void> {
    const rank = this.#nextRank++;
    const isOwn = this.#engine.canRestart !== false;
    const rendezvousMs = this.#engine.rendezvousMs ?? RENDEZVOUS_MS;
    const handle = await this.#engine.launch({
      run: this.#run,
      attempt: this.#engine.attempt ?? 1,
      // Workers come and go one by one: to the engine each is a group of its own.
      rank: isOwn ? 0 : rank,
      worldSize: isOwn ? 1 : count,
      cpus: this.#options.cpusPerWorker ?? 1,
      environment: {
        COPPICE_RANK: String(rank),
        COPPICE_WORLD_SIZE: String(isOwn ? MAX_RANKS : count),
        COPPICE_TRACKER: this.#address,
        COPPICE_TOKEN: this.#token,
        COPPICE_ATTEMPT: String(this.#engine.attempt ?? 1),
        COPPICE_RUN: this.#run,
        COPPICE_RENDEZVOUS_SECONDS: String(Math.ceil(rendezvousMs / 1000)),
      },
    });
    this.#handles.set(rank, handle);
    void handle.ended.then(({ reason, log }) => this.#replace(rank, reason, log));
    // While others work, a worker may wait for its place in the cluster.
    this.#after(rendezvousMs, () => {
      if (this.#board.workerCount > 0) return;
      this.#replace(rank, `it did not come within ${rendezvousMs / 1000} s`, "");
    });
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  /** The engine usually knows more a moment later; a worker that stands still it does not know at all. */
  #hearLost(rank: number, message: string): void {
    this.#after(BLAME_MS, () => this.#replace(rank, message, ""));
  }

  #replace(rank: number, reason: string, log: string): void {
    const handle = this.#handles.get(rank);
    if (handle === undefined || this.#board.isOver) return;
    this.#handles.delete(rank);
    this.#givenUp.push(handle);
    void handle.stop();
    this.failures++;
    const words = log.trim() === "" ? "" : `; its last words:\n${log.trim()}`;
    const message = `a worker was lost: ${reason}${words}`;
    this.#options.onFailure?.(message);
    const { maxFailures = 3 * (this.#options.workers ?? 1) } = this.#options;
    if (this.#engine.canRestart === false) {
      if (this.#board.workerCount > 0) return;
      this.#board.fail(new CoppiceError("PEER_LOST", `all workers were lost; the last one: ${message}`));
    } else if (this.failures > maxFailures) {
      const text = `${this.failures} workers were lost, \`maxFailures\` is ${maxFailures}; the last one: ${message}`;
      this.#board.fail(new CoppiceError("PEER_LOST", text));
    } else {
      this.#launch(1).catch((error: CoppiceError) => this.#board.fail(error));
    }
  }
}
