// The Trainer: a training on several workers, kept in a run. It drives attempts: when a worker is lost the
// whole attempt ends, its workers are gone before the next begins, and the next goes on from the last
// checkpoint. Vocabulary of Ray Train; the rounds are a total, and no failure repeats more than the rounds
// since the last checkpoint.

import type { Booster } from "../../booster/booster.ts";
import { loadModel } from "../../booster/booster.ts";
import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { CoppiceError, type ErrorCode, throwIfAborted } from "../../core/errors.ts";
import type { Engine } from "../../distributed/hub/engine.ts";
import type { TrainJob, WorkerReport } from "../../distributed/hub/job.ts";
import type { AttemptOutcome } from "../../distributed/hub/tracker.ts";
import { decodeHistory, type WireResult } from "../../distributed/mesh/wire.ts";
import type { CheckpointOptions } from "../../run/checkpoint.ts";
import { newestAttempt } from "../../run/manifest.ts";
import type { RunCheckpoint } from "../../run/run-result.ts";
import type { EarlyStoppingOptions } from "../../training/early-stopping.ts";
import type { TrainParameters } from "../../training/parameters.ts";
import type { History, RoundEvent } from "../../training/train.ts";
import { countRoom } from "../attempt/attempt.ts";
import { processes } from "../engines/processes-engine.ts";
import { directoryStorage } from "../files/directory-storage.ts";
import { expandPaths } from "../files/files.ts";
import { loadModel as readModel } from "../files/model-files.ts";
import { Result } from "../files/run-result.ts";
import type { TlsFiles } from "../sockets/tls-files.ts";
import type { ReadTableOptions } from "../tables/read-table.ts";
import { runAttempt } from "./train-attempt.ts";
import { checkTrainer, type WorkerRange, workerRange } from "./trainer-checks.ts";

/** A file, a glob, or several of either. */
export type DatasetPaths = string | readonly string[];

export interface ScalingOptions {
  /** How many workers, or [fewest, most]: then as many as the engine has room for. They never change the model. */
  readonly workers: number | readonly [number, number];
  /** Threads of each worker; 1 by default. */
  readonly cpusPerWorker?: number | undefined;
}

export interface FailureOptions {
  /** How many lost attempts are made good; 0 by default. */
  readonly maxFailures?: number | undefined;
  /** How long to wait before the second restart in a row that brought no new round; doubles each time. 1000 by default. */
  readonly backOffMs?: number | undefined;
}

export interface TrainerRunOptions {
  readonly name: string;
  /** A folder that all workers see under this path. */
  readonly storage: string;
  readonly checkpoint?: CheckpointOptions | undefined;
  readonly failure?: FailureOptions | undefined;
  /** Rounds to add to a finished run, instead of `totalRounds`. */
  readonly continueFor?: number | undefined;
  /** Begins anew; an earlier run of the name stays as "name.1", "name.2", .. */
  readonly forceNew?: boolean | undefined;
}

export interface TrainerOptions {
  readonly params: TrainParameters;
  /** The total: resuming at 30 of 50 trains 20 more. */
  readonly totalRounds?: number | undefined;
  /** "train", and evaluation tables by any other name. */
  readonly datasets: { readonly train: DatasetPaths } & Readonly<Record<string, DatasetPaths>>;
  readonly label?: string | number | undefined;
  /** How the files are read, beside `label`. */
  readonly table?: Omit<ReadTableOptions, "label" | "signal"> | undefined;
  readonly scaling?: ScalingOptions | undefined;
  readonly run?: TrainerRunOptions | undefined;
  /** Counts where `run.failure` is not given: without a run a restart begins anew. */
  readonly failure?: FailureOptions | undefined;
  readonly engine?: Engine | undefined;
  /** PEM files with which driver and workers show one another who they are; COPPICE_TLS_* name them by default. */
  readonly tls?: TlsFiles | undefined;
  readonly earlyStopping?: EarlyStoppingOptions | undefined;
  /** Whether the metrics of the training rows are computed too. */
  readonly evalTrain?: boolean | undefined;
  /** A model to continue from, or the path of one; its rounds are kept, come first, and are not in `totalRounds`. */
  readonly initialModel?: Booster | string | undefined;
  /**
   * Path or URL of a module, as every worker sees it, whose default export is a CustomObjectiveFunction: it
   * replaces the loss of `params.objective`. It gets one worker's rows at a time, so what it gives for a row
   * must depend on that row alone.
   */
  readonly objectiveModule?: string | undefined;
  /** Whether the model carries histograms of its training rows, for measuring drift; false by default. */
  readonly profile?: boolean | undefined;
  /** In the driver, after every round; rounds that a restart repeats come again. */
  readonly onRound?: ((event: RoundEvent) => void) | undefined;
  readonly onFailure?: ((failure: TrainerFailure) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** An attempt that ended early. */
export interface TrainerFailure {
  readonly attempt: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** The worker that was lost or failed first, where it is known. */
  readonly rank: number | undefined;
  /** From the end of the attempt to the first round of the next, once there was one. */
  secondsToRecover: number | undefined;
}

export interface TrainerResult {
  readonly booster: Booster;
  readonly history: History;
  readonly bestIteration?: number;
  readonly bestScore?: number;
  /** The best by `checkpoint.scoreBy`; undefined without a run. */
  readonly bestCheckpoint: RunCheckpoint | undefined;
  /** Attempts of this call; 0 failures means 1. */
  readonly attempts: number;
  readonly failures: readonly TrainerFailure[];
  /** Whether the run was finished before, so that nothing was trained. */
  readonly wasFinished: boolean;
  /** The rounds that were there when the last attempt began. */
  readonly resumedFrom: number;
  /** By rank, of the last attempt. */
  readonly workers: readonly WorkerReport[];
}

/** Errors that another attempt would meet again. */
const LASTING: readonly ErrorCode[] = [
  "INVALID_PARAMETER",
  "INVALID_DATA",
  "INVALID_MODEL",
  "UNSUPPORTED",
  "CHECKPOINT_MISMATCH",
  "ABORTED",
];

export class Trainer {
  readonly #options: TrainerOptions;
  readonly #engine: Engine;
  readonly #workers: WorkerRange;
  readonly #failures: TrainerFailure[] = [];
  /** When the attempt before ended, until the first round of the next. */
  #lostAt: number | undefined;
  #rounds = 0;

  /** @throws {CoppiceError} INVALID_PARAMETER naming the option that breaks a rule */
  constructor(options: TrainerOptions) {
    checkTrainer(options);
    this.#options = options;
    this.#engine = options.engine ?? processes();
    this.#workers = workerRange(options.scaling);
  }

  /**
   * Trains to the end, over failures. The same run launched again goes on where it was, or gives its
   * result when it is finished.
   *
   * @example
   * const { booster } = await new Trainer({
   *   params: { objective: "multi:softprob" }, totalRounds: 300, label: "Cover_Type",
   *   datasets: { train: "data/train-*.parquet", valid: "data/valid.parquet" },
   *   scaling: { workers: 4 }, run: { name: "covertype", storage: "runs", failure: { maxFailures: 3 } },
   * }).fit();
   * @throws {CoppiceError} what ended the last attempt; INVALID_DATA, INVALID_PARAMETER for bad input;
   *   ABORTED through `signal`. All workers are gone by then.
   */
  async fit(): Promise<TrainerResult> {
    const initialModel = await bytesOfModel(this.#options.initialModel);
    const job = await this.#describeJob();
    const { maxFailures = 0, backOffMs = 1000 } = this.#options.run?.failure ?? this.#options.failure ?? {};
    const attemptBefore = await this.#newestAttempt();
    let fruitless = 0;
    try {
      for (let attempt = this.#engine.attempt ?? 1; ; attempt++) {
        const roundsBefore = this.#rounds;
        // What was put aside once is not put aside again.
        const forceNew = job.run?.forceNew === true && (await this.#newestAttempt()) === attemptBefore;
        try {
          const outcome = await this.#attempt(
            job.run ? { ...job, run: { ...job.run, forceNew } } : job,
            attempt,
            initialModel,
          );
          return await this.#resultOf(outcome);
        } catch (error) {
          this.#recordFailure(error, attempt, maxFailures);
        }
        fruitless = this.#rounds > roundsBefore ? 0 : fruitless + 1;
        if (fruitless > 1) await this.#pause(backOffMs * 2 ** (fruitless - 2));
      }
    } finally {
      await this.#engine.close?.();
    }
  }

  async #attempt(
    job: TrainJob,
    attempt: number,
    initialModel: Uint8Array | undefined,
  ): Promise<AttemptOutcome> {
    const worldSize = await countRoom(this.#engine, this.#workers);
    return runAttempt({
      engine: this.#engine,
      run: this.#options.run?.name ?? "run",
      attempt,
      worldSize,
      cpus: this.#workers.cpus,
      job,
      initialModel,
      tls: this.#options.tls,
      onRound: (event) => this.#hearRound(event),
      onWarning: this.#options.onWarning,
      signal: this.#options.signal,
    });
  }

  #hearRound(event: RoundEvent): void {
    this.#rounds++;
    const last = this.#failures[this.#failures.length - 1];
    if (last !== undefined && this.#lostAt !== undefined) {
      last.secondsToRecover = (performance.now() - this.#lostAt) / 1000;
      this.#lostAt = undefined;
    }
    this.#options.onRound?.(event);
  }

  /** Throws when there is to be no other attempt. */
  #recordFailure(error: unknown, attempt: number, maxFailures: number): void {
    if (!(error instanceof CoppiceError)) throw error;
    const { code, message, details } = error;
    const rank = typeof details.rank === "number" ? details.rank : undefined;
    if (LASTING.includes(code) || this.#engine.canRestart === false) throw error;
    const failure: TrainerFailure = { attempt, code, message, rank, secondsToRecover: undefined };
    this.#failures.push(failure);
    this.#lostAt = performance.now();
    this.#options.onFailure?.(failure);
    if (this.#failures.length <= maxFailures) return;
    const count = this.#failures.length;
    throw new CoppiceError(
      code,
      count === 1
        ? message
        : `${count} attempts failed, \`maxFailures\` is ${maxFailures}; the last one: ${message}`,
      { ...details, failures: count },
      error,
    );
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#options;
    throwIfAborted(signal);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    throwIfAborted(signal);
  }

  async #describeJob(): Promise<TrainJob> {
    const { params, totalRounds, datasets, label, table, run, earlyStopping, evalTrain } = this.#options;
    const { initialModel, objectiveModule, profile = false } = this.#options;
    const tableOptions = { ...table, label };
    const specOf = async (paths: DatasetPaths) => ({
      paths: await expandPaths(paths),
      options: tableOptions,
    });
    const { train, ...others } = datasets;
    const evals: Record<string, TrainJob["train"]> = {};
    for (const [name, paths] of Object.entries(others)) evals[name] = await specOf(paths);
    return {
      params,
      rounds: totalRounds,
      train: await specOf(train),
      evals,
      evalTrain: evalTrain ?? false,
      earlyStopping,
      threads: this.#workers.cpus,
      hasInitialModel: initialModel !== undefined,
      objectiveModule,
      withProfile: profile,
      run: run && {
        name: run.name,
        storage: run.storage,
        checkpoint: run.checkpoint,
        continueFor: run.continueFor,
        forceNew: run.forceNew ?? false,
      },
    };
  }

  async #newestAttempt(): Promise<number> {
    const { run } = this.#options;
    return run === undefined ? 0 : newestAttempt(directoryStorage(run.storage), run.name);
  }

  async #resultOf({ model, result, reports }: AttemptOutcome): Promise<TrainerResult> {
    const { history, bestIteration, bestScore, wasFinished, resumedFrom } = result as unknown as WireResult;
    const { run } = this.#options;
    const kept = run && (await Result.fromPath(`${run.storage}/${run.name}`));
    return {
      booster: loadModel(model),
      history: decodeHistory(history),
      ...(bestIteration === undefined ? {} : { bestIteration, bestScore: Number(bestScore) }),
      bestCheckpoint: kept?.bestCheckpoints[0],
      attempts: this.#failures.length + 1,
      failures: this.#failures,
      wasFinished,
      resumedFrom,
      workers: reports,
    };
  }
}

/** The file of a model that is given as such or by its path. */
async function bytesOfModel(model: Booster | string | undefined): Promise<Uint8Array | undefined> {
  if (model === undefined) return undefined;
  return (typeof model === "string" ? await readModel(model) : model).toBytes("ubj");
}
