// The options of a Trainer, declared once. It takes every option of training that can reach a process, and
// beside them what says where the tables lie, how many workers there are, and what is done about lost ones.

import type { Booster } from "../../booster/booster.ts";
import {
  abortSignal,
  type Declarations,
  type DeclarationsThatReach,
  declarationsThatReach,
  type Joined,
  type ValuesOf,
  without,
} from "../../core/declaration.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { Engine } from "../../distributed/hub/engine.ts";
import { type ReadTableOptions, readTableOptions } from "../../input/formats/read-options.ts";
import { threadCount } from "../../parallel/thread-count.ts";
import { runOptions } from "../../run/run-options.ts";
import type { TrainParameters } from "../../training/parameters.ts";
import { trainOptions } from "../../training/train-options.ts";
import type { TlsFiles } from "../sockets/tls-files.ts";

/** A file, a glob, or several of either. */
export type DatasetPaths = string | readonly string[];

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

const MAX_WORKERS = 1024;

export const scalingOptions = {
  /** How many workers, or [fewest, most]: then as many as the engine has room for. They never change the model. */
  workers: {
    type: "any",
    of: undefined as unknown as number | readonly [number, number],
    isRequired: true,
    rule: `an integer in [1, ${MAX_WORKERS}], or two of them, the smaller first`,
    accepts: isWorkerRange,
  },
  /** Threads of each worker; 1 by default. */
  cpusPerWorker: { ...threadCount, default: 1 },
} as const satisfies Declarations;

export interface ScalingOptions extends ValuesOf<typeof scalingOptions> {}

export const failureOptions = {
  /** How many lost attempts are made good; 0 by default. */
  maxFailures: {
    type: "integer",
    minimum: 0,
    default: 0,
    flag: "<n>",
    doc: "lost workers to make good before giving up",
  },
  /** How long to wait before the second restart in a row that brought no new round; doubles each time. 1000 by default. */
  backOffMs: { type: "number", minimum: 0, default: 1000 },
} as const satisfies Declarations;

export interface FailureOptions extends ValuesOf<typeof failureOptions> {}

const ownRunOptions = {
  /** A folder that all workers see under this path. */
  storage: {
    type: "string",
    isRequired: true,
    rule: "the path of a folder",
    accepts: (value) => value !== "",
    flag: "<folder>",
    doc: "where runs are kept",
  },
  /** How many lost attempts are made good, and how. */
  failure: {
    type: "options",
    options: failureOptions,
    of: undefined as unknown as FailureOptions,
    reach: "caller",
  },
} as const satisfies Declarations;

export const trainerRunOptions: Joined<typeof runOptions, typeof ownRunOptions> = {
  ...runOptions,
  ...ownRunOptions,
};

export interface TrainerRunOptions extends ValuesOf<typeof trainerRunOptions> {}

const ownOptions = {
  /** The parameters of training, as `train` takes them. */
  params: {
    type: "any",
    of: undefined as unknown as TrainParameters,
    isRequired: true,
    rule: "an object of parameters",
    accepts: (value) => Object(value) === value,
  },
  /** The total: resuming at 30 of 50 trains 20 more. */
  totalRounds: { type: "integer", minimum: 0 },
  /** "train", and evaluation tables by any other name. */
  datasets: {
    type: "any",
    of: undefined as unknown as { readonly train: DatasetPaths } & Readonly<Record<string, DatasetPaths>>,
    isRequired: true,
    rule: "an object of paths by name, of which `train` is one",
    accepts: (value) => (value as { train?: unknown } | null)?.train !== undefined,
  },
  /** The column that is predicted. */
  label: readTableOptions.label,
  /** How the files are read, beside `label`. */
  table: {
    type: "options",
    options: without(readTableOptions, ["label", "signal"]) as Declarations,
    of: undefined as unknown as Omit<ReadTableOptions, "label" | "signal">,
  },
  /** How many workers there are, and how many threads each has. */
  scaling: { type: "options", options: scalingOptions, of: undefined as unknown as ScalingOptions },
  /** Where and under which name the training is kept; without it, it is not kept. */
  run: {
    type: "options",
    options: trainerRunOptions as Declarations,
    of: undefined as unknown as TrainerRunOptions,
  },
  /** Counts where `run.failure` is not given: without a run a restart begins anew. */
  failure: { type: "options", options: failureOptions, of: undefined as unknown as FailureOptions },
  /** Who starts the workers; child processes of this machine by default. */
  engine: { type: "any", of: undefined as unknown as Engine },
  /** PEM files with which driver and workers show one another who they are; COPPICE_TLS_* name them by default. */
  tls: { type: "any", of: undefined as unknown as TlsFiles },
  /** A model to continue from, or the path of one; its rounds are kept, come first, and are not in `totalRounds`. */
  initialModel: {
    type: "any",
    of: undefined as unknown as Booster | string,
    rule: "a model, or the path of one",
    accepts: (value) => typeof value === "string" || typeof (value as Booster | null)?.toBytes === "function",
  },
  /**
   * Path or URL of a module, as every worker sees it, whose default export is a CustomObjectiveFunction: it
   * replaces the loss of `params.objective`. It gets one worker's rows at a time, so what it gives for a row
   * must depend on that row alone.
   */
  objectiveModule: { type: "string", rule: "the path or URL of a module: functions cannot travel" },
  /** Whether the model carries histograms of its training rows, for measuring drift; false by default. */
  profile: { type: "boolean", default: false },
  /** In the driver, after every round; rounds that a restart repeats come again. */
  onRound: trainOptions.onRound,
  /** Told of every attempt that ended early. */
  onFailure: { type: "function", of: undefined as unknown as (failure: TrainerFailure) => void },
  /** Told about input that is legal but most likely a mistake. */
  onWarning: trainOptions.onWarning,
  /** Ends the training and its workers. */
  signal: abortSignal,
} as const satisfies Declarations;

export const trainerOptions: Joined<
  DeclarationsThatReach<typeof trainOptions, "process">,
  typeof ownOptions
> = { ...declarationsThatReach(trainOptions, "process"), ...ownOptions };

export interface TrainerOptions extends ValuesOf<typeof trainerOptions> {}

function isWorkerRange(workers: unknown): boolean {
  const [fewest, most] = Array.isArray(workers) ? workers : [workers, workers];
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) <= MAX_WORKERS;
  return isCount(fewest) && isCount(most) && fewest >= 1 && fewest <= most;
}
