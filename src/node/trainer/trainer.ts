// The Trainer: a training on several workers, kept in a run. It drives attempts: when a worker is lost the
// whole attempt ends, its workers are gone before the next begins, and the next goes on from the last
// checkpoint. Vocabulary of Ray Train; the rounds are a total, and no failure repeats more than the rounds
// since the last checkpoint.

import type { Booster } from "../../booster/booster.ts";
import { loadModel } from "../../booster/booster.ts";
import { checkValue } from "../../core/declaration.ts";
import { CoppiceError, type ErrorCode, throwIfAborted } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import type { Engine } from "../../distributed/hub/engine.ts";
import type { TrainJob, WorkerReport } from "../../distributed/hub/job.ts";
import { decodeHistory, type WireResult } from "../../distributed/hub/round-wire.ts";
import type { AttemptOutcome } from "../../distributed/hub/tracker.ts";
import { newestAttempt } from "../../run/manifest.ts";
import { type RunCheckpoint, RunResult } from "../../run/run-result.ts";
import type { History, RoundEvent } from "../../training/train.ts";
import { countRoom } from "../attempt/attempt.ts";
import { processes } from "../engines/processes-engine.ts";
import { pathOf } from "../files/files.ts";
import { loadModel as readModel } from "../files/model-files.ts";
import { places } from "../files/places.ts";
import { storageOf } from "../files/run-result.ts";
import { checkObjectiveModule } from "../workers/objective-module.ts";
import { describeJob } from "./describe-job.ts";
import { runAttempt } from "./train-attempt.ts";
import {
  failureOptions,
  type TrainerFailure,
  type TrainerOptions,
  trainerOptions,
} from "./trainer-options.ts";

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
  readonly #failures: TrainerFailure[] = [];
  /** When the attempt before ended, until the first round of the next. */
  #lostAt: number | undefined;
  #rounds = 0;

  /** @throws {CoppiceError} INVALID_PARAMETER naming the option that breaks a rule */
  constructor(options: TrainerOptions) {
    checkTrainer(options);
    this.#options = options;
    this.#engine = options.engine ?? processes();
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
    const job = await describeJob(this.#options);
    const { maxFailures = failureOptions.maxFailures.default, backOffMs = failureOptions.backOffMs.default } =
      this.#options.run?.failure ?? this.#options.failure ?? {};
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
    const { workers = 1 } = this.#options.scaling ?? {};
    const [fewest, most] = typeof workers === "number" ? [workers, workers] : workers;
    const cpus = job.threads;
    const worldSize = await countRoom(this.#engine, { fewest, most, cpus });
    return runAttempt({
      engine: this.#engine,
      run: this.#options.run?.name ?? "run",
      attempt,
      worldSize,
      cpus,
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

  async #newestAttempt(): Promise<number> {
    const { run } = this.#options;
    return run === undefined ? 0 : newestAttempt(storageOf(run.storage), run.name);
  }

  async #resultOf({ model, result, reports }: AttemptOutcome): Promise<TrainerResult> {
    const { history, bestIteration, bestScore, wasFinished, resumedFrom } = result as unknown as WireResult;
    const { run } = this.#options;
    const kept = run && (await RunResult.read(storageOf(run.storage), run.name));
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

/** @throws {CoppiceError} INVALID_PARAMETER naming option, rule and value */
function checkTrainer(options: TrainerOptions): void {
  checkOptions("Trainer", trainerOptions, options);
  const { run, totalRounds, datasets, objectiveModule, tls = {} } = options;
  for (const [name, paths] of Object.entries(datasets)) places.check(`datasets.${name}`, paths);
  places.check("run.storage", run?.storage);
  places.check("initialModel", options.initialModel);
  for (const [name, path] of Object.entries<string>({ ...tls })) pathOf(path, `tls.${name}`);
  if (objectiveModule !== undefined) checkObjectiveModule(objectiveModule);
  // The total of a run that is continued is its own.
  if (run?.continueFor === undefined) checkValue("totalRounds", trainerOptions.totalRounds, totalRounds);
}

/** The file of a model that is given as such or by its path. */
async function bytesOfModel(model: Booster | string | undefined): Promise<Uint8Array | undefined> {
  if (model === undefined) return undefined;
  return (typeof model === "string" ? await readModel(model) : model).toBytes("ubj");
}
