// Training with a run: the same training, but killed at any moment and launched again it goes on from its
// last checkpoint and ends with the bytes that it would have had.

import { solo } from "../core/collective.ts";
import { checkValue } from "../core/declaration.ts";
import { CoppiceError, showValue } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { resolveTrainParameters, type TrainParameters } from "../training/parameters.ts";
import {
  type RoundEvent,
  type TrainEnvironment,
  type TrainingState,
  type TrainResult,
  trainBooster,
  withTrainingSet,
} from "../training/train.ts";
import { type TrainOptions, trainOptions } from "../training/train-options.ts";
import { lastScore } from "./checkpoint.ts";
import { type CheckpointPlan, planCheckpoints } from "./checkpoint-plan.ts";
import { openRun } from "./open-run.ts";
import type { RunDirectory } from "./run-directory.ts";
import { identifyRun } from "./run-identity.ts";
import { runOptions, type TrainRunOptions, trainRunOptions } from "./run-options.ts";
import { openForAll, type SharedRun } from "./share-run.ts";

export interface TrainRunResult extends TrainResult {
  readonly run: {
    readonly name: string;
    /** Launches of this run that trained, this one included. */
    readonly attempt: number;
    /** The rounds that were there already; 0 for a new run. */
    readonly resumedFrom: number;
    /** Whether the run was finished before, so that nothing was done. */
    readonly wasFinished: boolean;
  };
}

/**
 * Trains a model.
 *
 * @example
 * const { booster } = await train({ objective: "binary:logistic", maxDepth: 4 }, dtrain, { rounds: 50 });
 * @param options with `run` the training is kept: launched again it goes on, or does nothing if it is
 *   finished
 * @param environment what the runtime offers; the entries of platforms pass it
 * @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; ABORTED through `signal`; with a
 *   run CHECKPOINT_MISMATCH when it began with other input, ABORTED when a newer launch has taken over
 */
export function train(
  parameters: TrainParameters,
  data: DMatrix,
  options: TrainRunOptions,
  environment?: TrainEnvironment,
): Promise<TrainRunResult>;
export function train(
  parameters: TrainParameters,
  data: DMatrix,
  options: TrainOptions,
  environment?: TrainEnvironment,
): Promise<TrainResult>;
export function train(
  parameters: TrainParameters,
  data: DMatrix,
  options: TrainOptions | TrainRunOptions,
  environment: TrainEnvironment = {},
): Promise<TrainResult> {
  if (options && "run" in options && options.run !== undefined)
    return trainRun(parameters, data, options, environment);
  return trainBooster(parameters, data, options as TrainOptions, environment);
}

async function trainRun(
  given: TrainParameters,
  data: DMatrix,
  givenOptions: TrainRunOptions,
  environment: TrainEnvironment,
): Promise<TrainRunResult> {
  checkRunOptions(givenOptions);
  const options = withTrainingSet(givenOptions, data);
  const { run, rounds, initialModel, ...rest } = options;
  const { collective = solo } = environment;
  const parameters = resolveTrainParameters(given, data);
  const plan = planCheckpoints(run.checkpoint, options, parameters);
  const identity = await identifyRun(parameters, data, options, collective);
  const initialRounds = initialModel?.roundCount ?? 0;
  const opened = await openForAll(
    () =>
      openRun({
        storage: run.storage,
        name: run.name,
        identity,
        initialRounds,
        targetRounds: rounds === undefined ? undefined : initialRounds + rounds,
        continueFor: run.continueFor,
        forceNew: run.forceNew,
        order: plan.order,
        warn: options.onWarning ?? (() => {}),
      }),
    identity,
    collective,
  );
  const { state, targetRounds, directory } = opened;
  const about = {
    name: run.name,
    attempt: opened.attempt,
    resumedFrom: (state?.booster.roundCount ?? initialRounds) - initialRounds,
    wasFinished: opened.isFinished,
  };
  const isAtEnd = state !== undefined && (state.isStopped || state.booster.roundCount >= targetRounds);
  if (isAtEnd) {
    await directory?.finish(state.booster.roundCount, state.isStopped);
    return { ...resultOf(state), run: about };
  }
  const keeper = new Keeper(opened, plan, run.metricsEverySeconds ?? runOptions.metricsEverySeconds.default);
  const result = await trainBooster(
    given,
    data,
    { ...rest, initialModel, rounds: targetRounds - initialRounds },
    { ...environment, journal: keeper },
  );
  await keeper.finish(result);
  return { ...result, run: about };
}

/** Writes the state of a training into its run, on the peer that has the directory. */
class Keeper {
  readonly resume?: TrainingState;
  readonly #directory: RunDirectory | undefined;
  readonly #plan: CheckpointPlan;
  readonly #metricsEverySeconds: number;
  #last: (() => TrainingState) | undefined;
  #savedRound: number;

  constructor({ state, directory }: SharedRun, plan: CheckpointPlan, metricsEverySeconds: number) {
    if (state !== undefined) this.resume = state;
    this.#directory = directory;
    this.#plan = plan;
    this.#metricsEverySeconds = metricsEverySeconds;
    this.#savedRound = state?.booster.roundCount ?? -1;
  }

  async afterRound(event: RoundEvent, state: () => TrainingState): Promise<void> {
    if (this.#directory === undefined) return;
    this.#plan.checkScore(event.metrics);
    await this.#directory.appendMetrics(event, this.#metricsEverySeconds);
    this.#last = state;
    if (this.#plan.isDue(event.round + 1)) await this.#save(state());
  }

  async finish({ booster, history }: TrainResult): Promise<void> {
    if (this.#directory === undefined) return;
    const last = this.#last?.() ?? this.resume ?? { booster, history, isStopped: false };
    const { roundCount } = last.booster;
    if (this.#plan.atEnd && roundCount !== this.#savedRound) await this.#save(last);
    await this.#directory.writeMetrics(last.history, roundCount);
    await this.#directory.finish(roundCount, last.isStopped);
  }

  async #save(state: TrainingState): Promise<void> {
    const { scoreBy, keep } = this.#plan;
    const score = scoreBy === undefined ? undefined : lastScore(state.history, scoreBy);
    await this.#directory!.saveCheckpoint(state, score, keep);
    this.#savedRound = state.booster.roundCount;
  }
}

function resultOf({ booster, history, earlyStopping }: TrainingState): TrainResult {
  const { bestRound = -1, bestScore = Number.NaN } = earlyStopping ?? {};
  return {
    booster,
    history,
    ...(bestRound >= 0 ? { bestIteration: bestRound, bestScore } : {}),
    seconds: { cuts: 0, bin: 0, train: 0, evaluate: 0 },
  };
}

/** @throws {CoppiceError} INVALID_PARAMETER */
function checkRunOptions(options: TrainRunOptions): void {
  checkOptions("train()", trainRunOptions, options);
  const { rounds, run } = options;
  const { continueFor, forceNew } = run;
  if (continueFor === undefined) {
    checkValue("rounds", trainOptions.rounds, rounds);
    return;
  }
  const refuse = (parameter: string, value: unknown): never => {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`${parameter}\` cannot be given beside \`run.continueFor\`, got ${showValue(value)}`,
      { parameter },
    );
  };
  if (rounds !== undefined) refuse("rounds", rounds);
  if (forceNew) refuse("run.forceNew", forceNew);
}
