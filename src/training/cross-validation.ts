// Cross-validation: the table is dealt out to folds, and for each one a model is trained on the others and
// evaluated on it. All trainings go round by round together, so that early stopping can watch the mean over the
// folds; each is an ordinary training, whose bytes are those of `train` on its rows.

import type { Booster } from "../booster/booster.ts";
import { type Declarations, type Joined, type ValuesOf, type Without, without } from "../core/declaration.ts";
import { throwIfAborted } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { createMetric } from "../metric/registry.ts";
import { createObjective, taskOf } from "../objective/registry.ts";
import { isClassifier } from "../objective/task.ts";
import { EarlyStopping, findWatched, type WatchableMetric } from "./early-stopping.ts";
import { dealFolds, rowsOutside } from "./folds.ts";
import { checkTable, warnOfEmptyColumns, warnOfEqualLabels, warnOfMissingWords } from "./input-checks.ts";
import { countClasses } from "./loop/training-objective.ts";
import { resolveTrainParameters, type TrainParameters } from "./parameters.ts";
import { type TrainEnvironment, type TrainingCallback, trainBooster } from "./train.ts";
import {
  type EarlyStoppingOptions,
  earlyStoppingOptions,
  type TrainOptions,
  trainOptions,
} from "./train-options.ts";

/** What each fold has its own of, or what would differ from fold to fold. */
const LEFT_OUT = ["evals", "callbacks", "initialModel", "cuts", "consumeData"] as const;

const ownOptions = {
  /** Threads of each fold; all cores by default. They never change a model. */
  threads: { ...trainOptions.threads, doc: "threads of each fold; they never change a model" },
  /** 5 by default. */
  folds: {
    type: "integer",
    minimum: 2,
    default: 5,
    aliases: ["nfold"],
    flag: "<n>",
    doc: "parts of the table, dealt out by --seed",
  },
  /** Whether each class is spread evenly over the folds; by default for classifiers. */
  stratified: {
    type: "boolean",
    flag: "",
    doc: "spread every label evenly over the folds (default: for classifiers)",
  },
  /** By which rows are dealt out; by default that of the parameters. */
  seed: { type: "integer", minimum: 0, maximum: 4294967295 },
  /** Ends all folds together by the mean over them; watches the last metric on the held-out rows by default. */
  earlyStopping: {
    type: "options",
    of: undefined as unknown as Omit<EarlyStoppingOptions, "data">,
    options: {
      ...without(earlyStoppingOptions, ["data"]),
      /** Rounds without improvement after which training ends; at least 1. */
      rounds: {
        ...earlyStoppingOptions.rounds,
        doc: "end after n rounds without improvement of the mean of the last metric",
      },
    },
  },
  /** Told of every round when all folds have done it. */
  onRound: { type: "function", of: undefined as unknown as (event: CrossValidationEvent) => void },
} as const satisfies Declarations;

export const crossValidationOptions: Joined<
  Without<typeof trainOptions, typeof LEFT_OUT>,
  typeof ownOptions
> = { ...without(trainOptions, LEFT_OUT), ...ownOptions };

export interface CrossValidationOptions extends ValuesOf<typeof crossValidationOptions> {}

/** A metric over the folds. */
export interface FoldScore {
  readonly mean: number;
  /** The standard deviation of the folds' scores. XGBoost parity: divided by their number, as numpy's std. */
  readonly std: number;
}

export interface CrossValidationEvent {
  /** Counted from 0. */
  readonly round: number;
  readonly totalRounds: number;
  /** By "valid-metric" and "train-metric". */
  readonly metrics: Readonly<Record<string, FoldScore>>;
  readonly elapsedSeconds: number;
}

export interface CrossValidationResult {
  /** By "valid" (the rows held out) and "train", then by metric: one score per round. */
  readonly history: Readonly<Record<string, Readonly<Record<string, readonly FoldScore[]>>>>;
  /** The round with the best mean, when early stopping was asked for. */
  readonly bestIteration?: number;
  readonly bestScore?: number;
  /** One per fold, of all rounds that were trained. */
  readonly boosters: readonly Booster[];
  /** The rows that each fold held out, ascending. */
  readonly folds: readonly Uint32Array[];
}

/**
 * Trains one model per fold on the rows of all others and gives the metrics' mean and standard deviation, round
 * by round. The bins of all folds are held at the same time, and each fold has threads of its own.
 *
 * @example
 * const { history } = await crossValidate({ objective: "binary:logistic" }, data, { rounds: 50, folds: 5 });
 * console.log(history.valid.logloss[49]); // { mean, std }
 * @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; UNSUPPORTED for a table with query
 *   groups; ABORTED through `signal`
 */
export async function crossValidate(
  parameters: TrainParameters,
  data: DMatrix,
  options: CrossValidationOptions,
  environment: Pick<TrainEnvironment, "threadHost"> = {},
): Promise<CrossValidationResult> {
  checkOptions("crossValidate()", crossValidationOptions, options);
  const { folds: foldCount = 5, seed = parameters.seed ?? 0, earlyStopping, ...rest } = options;
  checkTable("the table", data, data.rowCount);
  const given = withClassCount(parameters, data);
  const { stratified = isClassifier(given.objective ?? ""), onRound: _, onWarning: __, ...training } = rest;
  const stopping = earlyStopping && stoppingOf(earlyStopping, given, data, options);
  const folds = dealFolds(data, foldCount, seed, stratified);
  const rounds = new SharedRounds(foldCount, options, stopping);
  if (options.onWarning) {
    warnOfEmptyColumns(data, options.onWarning);
    warnOfMissingWords(data, options.onWarning);
    if (!options.objective) warnOfEqualLabels(data, options.onWarning);
  }
  const setting = { parameters: given, data, options: training, environment, rounds };
  let turn = Promise.resolve();
  const trainings = folds.map((_fold, i) => {
    const { promise, resolve } = createGate<void>();
    const training = turn.then(() => trainFold(setting, folds, i, resolve)).finally(resolve);
    turn = promise;
    return training;
  });
  // All have ended, and their threads with them, before an error is passed on.
  const outcomes = await Promise.allSettled(trainings);
  throwIfAborted(options.signal);
  rounds.throwIfFailed();
  const boosters = outcomes.map((outcome) => (outcome as PromiseFulfilledResult<Booster>).value);
  const best = stopping?.tracker.state;
  return {
    history: rounds.history,
    ...(best && best.bestRound >= 0 ? { bestIteration: best.bestRound, bestScore: best.bestScore } : {}),
    boosters,
    folds,
  };
}

interface Setting {
  readonly parameters: TrainParameters;
  readonly data: DMatrix;
  readonly options: TrainOptions;
  readonly environment: Pick<TrainEnvironment, "threadHost">;
  readonly rounds: SharedRounds;
}

/** @param goOn called when the rows of this fold have become bins, so that the next may be copied */
async function trainFold(
  { parameters, data, options, environment, rounds }: Setting,
  folds: readonly Uint32Array[],
  i: number,
  goOn: () => void,
): Promise<Booster> {
  try {
    rounds.throwIfFailed();
    const training = data.selectRows(rowsOutside(folds[i], data.rowCount));
    const evals = { valid: data.selectRows(folds[i]) };
    const callback: TrainingCallback = {
      beforeTraining: goOn,
      afterRound: (event) => rounds.arrive(i, event.round, event.metrics),
    };
    const own = { ...options, evals, callbacks: [callback], consumeData: true };
    return (await trainBooster(parameters, training, own, environment)).booster;
  } catch (error) {
    rounds.fail(error);
    throw error;
  }
}

interface Stopping {
  readonly tracker: EarlyStopping;
  readonly key: string;
}

type Scores = Readonly<Record<string, number>>;

/** Where the trainings wait for one another after each round. */
class SharedRounds {
  readonly history: Record<string, Record<string, FoldScore[]>> = {};
  readonly #options: CrossValidationOptions;
  readonly #stopping: Stopping | undefined;
  readonly #begin: number = performance.now();
  readonly #scores: Scores[];
  #arrived = 0;
  #failure: { readonly error: unknown } | undefined;
  #gate: Gate<"stop" | undefined> = createGate();

  constructor(foldCount: number, options: CrossValidationOptions, stopping: Stopping | undefined) {
    this.#scores = new Array<Scores>(foldCount);
    this.#options = options;
    this.#stopping = stopping;
  }

  /** Resolves when all folds have come to the end of the round; "stop" ends the training. */
  async arrive(fold: number, round: number, scores: Scores): Promise<"stop" | undefined> {
    this.throwIfFailed();
    this.#scores[fold] = scores;
    const gate = this.#gate;
    if (++this.#arrived === this.#scores.length) {
      this.#arrived = 0;
      this.#gate = createGate();
      try {
        gate.resolve(this.#finishRound(round));
      } catch (error) {
        this.fail(error);
        gate.reject(error);
      }
    }
    return gate.promise;
  }

  /** Ends the wait of the other folds, which then fail too. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#gate.reject(error);
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #finishRound(round: number): "stop" | undefined {
    const metrics: Record<string, FoldScore> = {};
    for (const key of Object.keys(this.#scores[0])) {
      const score = scoreOver(this.#scores.map((scores) => scores[key]));
      metrics[key] = score;
      const at = key.indexOf("-");
      const [set, metric] = [key.slice(0, at), key.slice(at + 1)];
      this.history[set] ??= {};
      this.history[set][metric] ??= [];
      this.history[set][metric].push(score);
    }
    const elapsedSeconds = (performance.now() - this.#begin) / 1000;
    this.#options.onRound?.({ round, totalRounds: this.#options.rounds, metrics, elapsedSeconds });
    const { tracker, key } = this.#stopping ?? {};
    return key !== undefined && tracker?.observe(round, metrics[key].mean) ? "stop" : undefined;
  }
}

/** A promise that is settled from outside. */
interface Gate<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

function createGate<T>(): Gate<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  // Nobody may be waiting when it is rejected.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function scoreOver(scores: readonly number[]): FoldScore {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  return { mean, std: Math.sqrt(variance) };
}

/** The classes are counted in the whole table: a fold may lack one. */
function withClassCount(parameters: TrainParameters, data: DMatrix): TrainParameters {
  const isCounted = taskOf(parameters.objective ?? "") === "multiclass" && parameters.numClass === undefined;
  return isCounted ? { ...parameters, numClass: countClasses(data) } : parameters;
}

/** @throws {CoppiceError} INVALID_PARAMETER for a metric that is not computed */
function stoppingOf(
  options: NonNullable<CrossValidationOptions["earlyStopping"]>,
  parameters: TrainParameters,
  data: DMatrix,
  { metrics: custom = [] }: CrossValidationOptions,
): Stopping {
  const { objective, evalMetrics, all } = resolveTrainParameters(parameters, data);
  const names =
    evalMetrics.length > 0 || custom.length > 0
      ? evalMetrics
      : [createObjective(objective, all).defaultMetric];
  const known: WatchableMetric[] = [...names.map((name) => createMetric(name, all)), ...custom];
  const { metric, isHigherBetter } = findWatched(options, ["valid"], known);
  return { tracker: new EarlyStopping(options, isHigherBetter), key: `valid-${metric}` };
}
