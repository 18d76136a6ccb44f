// The steps from flags to a trained model that `train` and `quickstart` share: read the tables, train
// with progress on the terminal, and sum up what happened.

import type { Booster } from "../../booster/booster.ts";
import { profileRows, profileTable, withTrainingProfile } from "../../booster/training-profile.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import { QuantileDMatrix } from "../../data/quantile-dmatrix.ts";
import { train } from "../../node/index.ts";
import {
  isCheapTwice,
  type QuantileTableOptions,
  readQuantileTable,
  readQuantileTableSplit,
  readTable,
  readTableSplit,
} from "../../node/tables/read-table.ts";
import { shownMetrics } from "../../objective/registry.ts";
import { labelKindOf } from "../../objective/task.ts";
import type { TrainRunResult } from "../../run/train-run.ts";
import { checkClasses } from "../../training/input-checks.ts";
import type { TrainParameters } from "../../training/parameters.ts";
import type { RoundEvent, TrainResult } from "../../training/train.ts";
import type { trainOptions } from "../../training/train-options.ts";
import { type DataFlags, readOptions } from "../flags/data-flags.ts";
import type { FlagValues } from "../flags/option-flags.ts";
import type { FolderRun } from "../flags/run-flags.ts";
import type { ValidationFlags } from "../flags/worker-flags.ts";
import type { CommandContext } from "../terminal/context.ts";
import { createProgress } from "../terminal/progress.ts";

export interface Tables {
  readonly train: DMatrix;
  readonly valid: DMatrix | undefined;
  readonly seconds: number;
}

/**
 * Reads what is trained on and, where flags ask for it, what is validated on.
 *
 * @param bins reads the training rows as bins alone, where the files can be read twice
 */
export async function readTables(
  flags: DataFlags & ValidationFlags,
  objective: string,
  signal: AbortSignal,
  bins: QuantileTableOptions | undefined,
): Promise<Tables> {
  const begin = performance.now();
  const options = { ...readOptions(flags), labelKind: labelKindOf(objective), signal };
  const areBins = bins !== undefined && (await isCheapTwice(flags.data, flags.format));
  const tables = await readBoth(flags, options, areBins ? bins : undefined);
  checkClasses(objective, tables.train);
  return { ...tables, seconds: (performance.now() - begin) / 1000 };
}

/** How the training rows are read as bins for a training with these parameters. */
export function binOptions(
  { maxBin }: TrainParameters,
  profile: boolean,
  threads: number | undefined,
): QuantileTableOptions {
  return { maxBin, sample: profile ? profileRows : undefined, threads };
}

async function readBoth(
  flags: DataFlags & ValidationFlags,
  options: ReturnType<typeof readOptions> & { signal: AbortSignal },
  bins: QuantileTableOptions | undefined,
): Promise<{ train: DMatrix; valid: DMatrix | undefined }> {
  const { data, valid, validFraction, seed } = flags;
  if (validFraction !== undefined) {
    const split = { ...options, validFraction, seed };
    return bins ? readQuantileTableSplit(data, { ...split, ...bins }) : readTableSplit(data, split);
  }
  const train = await (bins ? readQuantileTable(data, { ...options, ...bins }) : readTable(data, options));
  if (valid === undefined) return { train, valid: undefined };
  const { featureNames: features, labelClasses, categories } = train;
  return { train, valid: await readTable(valid, { ...options, features, labelClasses, categories }) };
}

/** A training as flags ask for it. */
export interface TrainingRequest {
  readonly parameters: TrainParameters;
  /** The options of training that are flags. */
  readonly training: FlagValues<typeof trainOptions>;
  /** Whether the model carries histograms of its training rows, for measuring drift. */
  readonly profile: boolean;
  /** How the training is kept, when it is. */
  readonly run?: FolderRun | undefined;
  /** Only the redrawn line of a terminal is wanted. */
  readonly isSilent: boolean;
}

export interface Fit {
  readonly result: TrainResult & Partial<Pick<TrainRunResult, "run">>;
  /** Of the best round where early stopping chose one, else of the last; by "valid-mlogloss". */
  readonly metrics: Readonly<Record<string, number>>;
  readonly rounds: number;
}

/** Trains with a progress line. The training table is emptied on the way. */
export async function fit(
  tables: Tables,
  { parameters, training, run, isSilent, ...request }: TrainingRequest,
  initialModel: Booster | undefined,
  context: CommandContext,
): Promise<Fit> {
  const evalMetric = parameters.evalMetric ?? shownMetrics(parameters.objective ?? "");
  const progress = createProgress(context, isSilent);
  // Taken first: training empties the table, which then takes no memory while trees grow.
  const profile = request.profile ? profileTable(tables.train) : undefined;
  if (tables.train instanceof QuantileDMatrix) tables.train.sample?.data.features.release?.();
  try {
    const { rounds = 0 } = training;
    const common = {
      ...training,
      evals: tables.valid ? { valid: tables.valid } : {},
      onRound: (event: RoundEvent) => {
        progress.update(event);
      },
      onWarning: (message: string) => context.note(`coppice: warning: ${message}`),
      signal: context.signal,
      initialModel,
      // A small table's profile reads the table itself.
      consumeData: profile?.sample.features !== tables.train.features,
    };
    const given = { ...parameters, evalMetric };
    const result = run
      ? await train(given, tables.train, { ...common, rounds: run.continueFor ? undefined : rounds, run })
      : await train(given, tables.train, { ...common, rounds });
    const booster = profile ? withTrainingProfile(result.booster, profile) : result.booster;
    return {
      result: { ...result, booster },
      metrics: finalMetrics(result),
      rounds: result.booster.roundCount,
    };
  } finally {
    progress.finish();
  }
}

/** The metrics of the best round where early stopping chose one, else of the last; by "valid-mlogloss". */
export function finalMetrics({
  history,
  bestIteration,
  booster: { roundCount },
}: Pick<TrainResult, "history" | "bestIteration" | "booster">): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const [set, byMetric] of Object.entries(history)) {
    for (const [metric, values] of Object.entries(byMetric)) {
      // The history begins after the rounds of an initial model.
      const initialRounds = roundCount - values.length;
      metrics[`${set}-${metric}`] = values[(bestIteration ?? roundCount - 1) - initialRounds];
    }
  }
  return metrics;
}

/** The largest memory that this process has held so far. */
export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
