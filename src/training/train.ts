// Training as users call it: what goes in, what happens on the way, what comes out. There is one loop
// (training-run.ts); who holds the rows is the backend's business.

import type { Booster } from "../booster/booster.ts";
import { type Collective, type MaybePromise, solo } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { ThreadHost } from "../parallel/port.ts";
import { Team } from "../parallel/team.ts";
import type { EarlyStoppingState } from "./early-stopping.ts";
import type { TrainParameters } from "./parameters.ts";
import { type TrainOptions, trainOptions } from "./train-options.ts";
import { TrainingRun } from "./training-run.ts";

/** What happened in a round. */
export interface RoundEvent {
  /** Counted from 0; continues the count of an initial model. */
  readonly round: number;
  readonly totalRounds: number;
  /** By "set-metric", for example "valid-mlogloss". */
  readonly metrics: Readonly<Record<string, number>>;
  readonly elapsedSeconds: number;
  readonly remainingSeconds: number;
  /** Training rows processed per second: rows × rounds / time. */
  readonly rowsPerSecond: number;
}

/** Hooks into training; a hook that returns "stop" ends it after the round. */
export interface TrainingCallback {
  beforeTraining?(): MaybePromise<void>;
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook without a return statement is the usual case
  afterRound?(event: RoundEvent, snapshot: () => Booster): MaybePromise<void | "stop">;
  afterTraining?(booster: Booster): MaybePromise<void>;
}

/** metric values per round, by evaluation set and metric. */
export type History = Record<string, Record<string, number[]>>;

export interface TrainResult {
  readonly booster: Booster;
  readonly history: History;
  /** The round with the best score, when early stopping was asked for. */
  readonly bestIteration?: number;
  readonly bestScore?: number;
  readonly seconds: {
    readonly cuts: number;
    readonly bin: number;
    readonly train: number;
    readonly evaluate: number;
  };
}

/**
 * Trains a model.
 *
 * @example
 * const { booster } = await train({ objective: "binary:logistic", maxDepth: 4 }, dtrain, { rounds: 50 });
 * @param environment what the runtime offers; the entries of platforms pass it
 * @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; ABORTED through `signal`
 */
export async function trainBooster(
  parameters: TrainParameters,
  data: DMatrix,
  options: TrainOptions,
  environment: TrainEnvironment = {},
): Promise<TrainResult> {
  checkOptions("train()", trainOptions, options);
  const { threadHost, collective = solo, journal } = environment;
  const threads = countThreads(options.threads, data, threadHost);
  const team = threadHost && threads > 1 ? new Team(threadHost, threads) : undefined;
  try {
    const run = await TrainingRun.start(
      parameters,
      data,
      withTrainingSet(options, data),
      team,
      collective,
      journal,
    );
    return await run.train();
  } finally {
    await team?.close();
  }
}

/**
 * With the training table among the evaluation sets where `evalTrain` asks for it.
 *
 * @throws {CoppiceError} INVALID_PARAMETER when another table has its name
 */
export function withTrainingSet<Options extends Pick<TrainOptions, "evals" | "evalTrain">>(
  { evalTrain, ...options }: Options,
  data: DMatrix,
): Omit<Options, "evalTrain"> {
  if (!evalTrain) return options;
  const { evals = {} } = options;
  if (evals.train !== undefined && evals.train !== data) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      "`evals.train` must be the training table, or have another name, where `evalTrain` is true",
      { parameter: "evals" },
    );
  }
  return { ...options, evals: { train: data, ...evals } };
}

/** Cells of a table below which further threads cost more than they bring. */
const CELLS_PER_THREAD = 500_000;

function countThreads(wanted: number | undefined, data: DMatrix, host: ThreadHost | undefined): number {
  if (wanted !== undefined) return wanted;
  const useful = Math.ceil((data.rowCount * data.featureCount) / CELLS_PER_THREAD);
  return Math.max(1, Math.min(host?.parallelism ?? 1, useful));
}

/** What a runtime offers to training. */
export interface TrainEnvironment {
  /** Starts threads; without it the caller's thread works alone. */
  readonly threadHost?: ThreadHost | undefined;
  /**
   * The peers that hold the other rows: consecutive ranges of the table in rank order. All peers call
   * `train` with the same parameters and options and get the same model.
   */
  readonly collective?: Collective | undefined;
  /** Follows the training so that it can be resumed. */
  readonly journal?: TrainingJournal | undefined;
}

/** All that a training needs to go on after a round; everything else follows from its input. */
export interface TrainingState {
  /** Holds the rounds of an initial model too. */
  readonly booster: Booster;
  /** Of the rounds of this training; shared with it, so to be copied by who keeps it. */
  readonly history: History;
  readonly earlyStopping?: EarlyStoppingState | undefined;
  /** Whether early stopping or a callback ended the training after this round. */
  readonly isStopped: boolean;
}

/** Who keeps the state of a training. */
export interface TrainingJournal {
  /** The state that an earlier training with the same parameters, tables and options had come to. */
  readonly resume?: TrainingState | undefined;
  /** After every round, callbacks and early stopping included. */
  afterRound?(event: RoundEvent, state: () => TrainingState): MaybePromise<void>;
}
