// Training as users call it: what goes in, what happens on the way, what comes out. There is one loop
// (training-run.ts); who holds the rows is the backend's business.

import { type Collective, solo } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { ThreadHost } from "../parallel/port.ts";
import { Team } from "../parallel/team.ts";
import type { TrainingJournal } from "./journal.ts";
import { TrainingRun } from "./loop/training-run.ts";
import type { TrainParameters } from "./parameters.ts";
import type { TrainResult } from "./progress.ts";
import { type TrainOptions, trainOptions } from "./train-options.ts";

export type { TrainingJournal, TrainingState } from "./journal.ts";
export type { History, RoundEvent, TrainingCallback, TrainResult } from "./progress.ts";

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
    const setting = { team, collective, journal };
    const run = await TrainingRun.start(parameters, data, withTrainingSet(options, data), setting);
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
