// The options of training, declared once: their types, checks and flags, and what travels to the worker of a
// page or to the workers of a Trainer, follow from this table. It has no code, so that a page can load it.

import type { Booster } from "../booster/booster.ts";
import type { Declarations, ValuesOf } from "../core/declaration.ts";
import { abortSignal } from "../core/declaration.ts";
import type { Cuts } from "../data/cuts.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { KernelChoice } from "../kernel/wasm/kernel-memory.ts";
import type { CustomObjectiveFunction } from "../objective/custom.ts";
import { threadCount } from "../parallel/thread-count.ts";
import type { CustomMetric } from "./evaluation.ts";
import type { RoundEvent, TrainingCallback } from "./progress.ts";

export const earlyStoppingOptions = {
  /** Rounds without improvement after which training ends; at least 1. */
  rounds: {
    type: "integer",
    minimum: 1,
    isRequired: true,
    aliases: ["early_stopping_rounds"],
    flag: "early-stopping <n>",
    doc: "end after n rounds without improvement of the last metric on the validation rows",
  },
  /** What counts as an improvement; 0 by default: any. */
  minDelta: { type: "number", minimum: 0, flag: "<x>", doc: "what counts as an improvement" },
  /** The evaluation set that is watched; by default the last one given. */
  data: { type: "string" },
  /** The metric that is watched; by default the last one. */
  metric: { type: "string" },
} as const satisfies Declarations;

export interface EarlyStoppingOptions extends ValuesOf<typeof earlyStoppingOptions> {}

export const trainOptions = {
  /** Rounds to train; each adds numParallelTree trees per group. */
  rounds: {
    mayDiffer: true,
    type: "integer",
    minimum: 0,
    isRequired: true,
    // A Trainer has a total.
    reach: "thread",
    aliases: ["num_round", "num_rounds", "num_boost_round", "n_estimators"],
    flag: "<n>",
    doc: "rounds of boosting",
  },
  /** Tables whose metrics are computed after every round, by name. The training table may be among them. */
  evals: { type: "any", of: undefined as unknown as Readonly<Record<string, DMatrix>>, reach: "caller" },
  /** Ends the training when a metric of an evaluation set has not improved for some rounds. */
  earlyStopping: {
    type: "options",
    options: earlyStoppingOptions,
    of: undefined as unknown as EarlyStoppingOptions,
  },
  /** Whether the metrics of the training rows are computed too, as the set "train"; false by default. */
  evalTrain: {
    mayDiffer: true,
    type: "boolean",
    default: false,
    flag: "",
    doc: "compute the metrics of the training rows too",
  },
  /** Told of every round when it is done. */
  onRound: { mayDiffer: true, type: "function", of: undefined as unknown as (event: RoundEvent) => void },
  /** Hooks into training, in the order in which they are called. */
  callbacks: {
    mayDiffer: true,
    type: "any",
    of: undefined as unknown as readonly TrainingCallback[],
    reach: "caller",
  },
  /** Told about input that is legal but most likely a mistake. */
  onWarning: { mayDiffer: true, type: "function", of: undefined as unknown as (message: string) => void },
  /** Gives the training up between two rounds. */
  signal: { ...abortSignal, mayDiffer: true },
  /** A model to continue from; its rounds are kept and come first. */
  initialModel: { type: "any", of: undefined as unknown as Booster, reach: "caller" },
  /** Replaces the loss of `params.objective`, whose output transform is kept if it is given. */
  objective: { type: "function", of: undefined as unknown as CustomObjectiveFunction },
  /** Metrics of the user's own. */
  metrics: { type: "any", of: undefined as unknown as readonly CustomMetric[], reach: "caller" },
  /** Cuts to use instead of quantiles, see `explicitCuts`. */
  cuts: { type: "any", of: undefined as unknown as Cuts },
  /** Whether mutually exclusive features share a column; never changes the model. True by default. */
  bundling: { mayDiffer: true, type: "boolean", default: true },
  /**
   * Whether the training table may be emptied once it is binned, which saves its memory while trees grow; it
   * cannot be used afterwards. False by default.
   */
  consumeData: {
    mayDiffer: true,
    type: "boolean",
    default: false,
    // The workers of a Trainer read their tables themselves.
    reach: "thread",
  },
  /** Threads to train with, where the runtime has them: all cores by default. Never changes the model. */
  threads: {
    mayDiffer: true,
    ...threadCount,
    aliases: ["nthread", "n_jobs"],
    flag: "<n>",
    // A Trainer has cpusPerWorker.
    reach: "thread",
    doc: "threads to train on; they never change the model",
  },
  /** Which implementation of the kernels runs; never changes the model. "auto" by default. */
  kernels: {
    mayDiffer: true,
    type: "string",
    choices: ["auto", "webassembly", "typescript"] satisfies KernelChoice[],
    default: "auto",
  },
} as const satisfies Declarations;

export interface TrainOptions extends ValuesOf<typeof trainOptions> {}
