// The options of training.

import type { Booster } from "../booster/booster.ts";
import type { AbortSignalLike } from "../core/abort-signal.ts";
import { checkOptionNames, type OptionNames } from "../core/options.ts";
import type { Cuts } from "../data/cuts.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { KernelChoice } from "../kernel/wasm/kernel-memory.ts";
import type { CustomObjectiveFunction } from "../objective/custom.ts";
import { checkEarlyStopping, type EarlyStoppingOptions } from "./early-stopping.ts";
import type { CustomMetric } from "./evaluation.ts";
import type { RoundEvent, TrainingCallback } from "./progress.ts";

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
