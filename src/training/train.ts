// Training as users call it: what goes in, what happens on the way, what comes out. There is one loop
// (training-run.ts); who holds the rows is the backend's business.

import type { Booster } from "../booster/booster.ts";
import type { AbortSignalLike } from "../core/abort-signal.ts";
import { type Collective, type MaybePromise, solo } from "../core/collective.ts";
import { checkOptionNames, type OptionNames } from "../core/options.ts";
import type { Cuts } from "../data/cuts.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { KernelChoice } from "../kernel/wasm/kernel-memory.ts";
import type { CustomObjectiveFunction } from "../objective/custom.ts";
import type { ThreadHost } from "../parallel/port.ts";
import { Team } from "../parallel/team.ts";
import { checkThreads } from "../parallel/thread-count.ts";
import { checkEarlyStopping, type EarlyStoppingOptions, type EarlyStoppingState } from "./early-stopping.ts";
import type { CustomMetric } from "./evaluation.ts";
import type { TrainParameters } from "./parameters.ts";
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

export interface TrainOptions {
  /** Rounds to train; each adds numParallelTree trees per group. */
  rounds: number;
  /** Tables whose metrics are computed after every round, by name. The training table may be among them. */
  evals?: Readonly<Record<string, DMatrix>> | undefined;
  earlyStopping?: EarlyStoppingOptions | undefined;
  onRound?: ((event: RoundEvent) => void) | undefined;
  callbacks?: readonly TrainingCallback[] | undefined;
  /** Told about input that is legal but most likely a mistake. */
  onWarning?: ((message: string) => void) | undefined;
  signal?: AbortSignalLike | undefined;
  /** A model to continue from; its rounds are kept and come first. */
  initialModel?: Booster | undefined;
  /** Replaces the loss of `params.objective`, whose output transform is kept if it is given. */
  objective?: CustomObjectiveFunction | undefined;
  metrics?: readonly CustomMetric[] | undefined;
  /** Cuts to use instead of quantiles, see `explicitCuts`. */
  cuts?: Cuts | undefined;
  /** Whether mutually exclusive features share a column; never changes the model. True by default. */
  bundling?: boolean | undefined;
  /**
   * Whether the training table may be emptied once it is binned, which saves its memory while trees grow; it
   * cannot be used afterwards. False by default.
   */
  consumeData?: boolean | undefined;
  /** Threads to train with, where the runtime has them: all cores by default. Never changes the model. */
  threads?: number | undefined;
  /** Which implementation of the kernels runs; never changes the model. "auto" by default. */
  kernels?: KernelChoice | undefined;
}

const optionNames: OptionNames<TrainOptions> = {
  rounds: true,
  evals: true,
  earlyStopping: true,
  onRound: true,
  callbacks: true,
  onWarning: true,
  signal: true,
  initialModel: true,
  objective: true,
  metrics: true,
  cuts: true,
  bundling: true,
  consumeData: true,
  threads: true,
  kernels: true,
};

/**
 * Checks what can be said without looking at tables and parameters.
 *
 * @param further names that are no options of TrainOptions
 * @throws {CoppiceError} INVALID_PARAMETER for an unknown option, or one of early stopping out of range
 */
export function checkTrainOptions(
  options: Omit<TrainOptions, "rounds">,
  further: Readonly<Record<string, true>> = {},
): void {
  checkOptionNames("train()", options, { ...optionNames, ...further });
  if (options.earlyStopping !== undefined) checkEarlyStopping(options.earlyStopping);
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
  checkTrainOptions(options);
  const { threadHost, collective = solo, journal } = environment;
  const threads = countThreads(options.threads, data, threadHost);
  const team = threadHost && threads > 1 ? new Team(threadHost, threads) : undefined;
  try {
    const run = await TrainingRun.start(parameters, data, options, team, collective, journal);
    return await run.train();
  } finally {
    await team?.close();
  }
}

/** Cells of a table below which further threads cost more than they bring. */
const CELLS_PER_THREAD = 500_000;

function countThreads(wanted: number | undefined, data: DMatrix, host: ThreadHost | undefined): number {
  checkThreads(wanted);
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
