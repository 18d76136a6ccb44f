// The options of a training that is kept, and of its checkpoints, declared once.

import type { Declarations, Joined, ValuesOf } from "../core/declaration.ts";
import { trainOptions } from "../training/train-options.ts";
import type { RunStorage } from "./storage.ts";

/** When and what a run keeps. */
export const checkpointOptions = {
  /** Rounds between checkpoints; 10 by default, 0 for none before the end. */
  everyRounds: {
    type: "integer",
    minimum: 0,
    default: 10,
    flag: "checkpoint-every <n>",
    doc: "rounds between checkpoints, 0 for one at the end",
  },
  /** How many to keep: the best ones and always the latest; 2 by default. */
  keep: {
    type: "integer",
    minimum: 1,
    default: 2,
    flag: "<n>",
    doc: "checkpoints to keep: the best and always the latest",
  },
  /** What makes one better, for example "valid-mlogloss"; without it the latest are the best. */
  scoreBy: {
    type: "string",
    flag: "<set-metric>",
    doc: "what makes a checkpoint the best, for example valid-mlogloss (default: latest)",
  },
  /** Whether a small or a large score is good; by default as the metric says. */
  order: {
    type: "string",
    choices: ["min", "max"],
    flag: "score-order <order>",
    doc: "which scores are good (default: the metric's own)",
  },
  /** Whether the end is kept, so that the finished run has its model; true by default. */
  atEnd: { type: "boolean", default: true },
} as const satisfies Declarations;

export interface CheckpointOptions extends ValuesOf<typeof checkpointOptions> {}

export const runOptions = {
  /** Where runs are kept; coppice/node takes the path of a folder too. */
  storage: {
    type: "any",
    of: undefined as unknown as RunStorage,
    isRequired: true,
    reach: "caller",
    rule: "a storage of runs, or in coppice/node the path of a folder",
    accepts: (value) => typeof (value as RunStorage | null)?.read === "function",
  },
  /** The same storage and name go on with the run. */
  name: {
    type: "string",
    isRequired: true,
    // A folder name, so that a run stays within its storage.
    rule: "1 to 128 letters, digits, dots, dashes and underscores, the first a letter or digit",
    accepts: (value) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(String(value)),
    flag: "<name>",
    doc: "name of the run",
  },
  /** When and what is kept on the way. */
  checkpoint: {
    type: "options",
    options: checkpointOptions,
    of: undefined as unknown as CheckpointOptions,
  },
  /** Rounds to add to a finished run, instead of `rounds`. */
  continueFor: {
    type: "integer",
    minimum: 1,
    flag: "<n>",
    doc: "rounds to add to a finished run, instead of --rounds",
  },
  /** How often metrics.jsonl is written to during training; 1 by default, 0 for every round. */
  metricsEverySeconds: { type: "number", minimum: 0, default: 1 },
  /** Begins anew; an earlier run of the name stays as "name.1", "name.2", .. */
  forceNew: {
    type: "boolean",
    default: false,
    flag: "",
    doc: "begin anew and keep the run of this name as <name>.1, <name>.2, ..",
  },
} as const satisfies Declarations;

/** A training that is kept, by name. */
export interface RunOptions extends ValuesOf<typeof runOptions> {}

const ownOptions = {
  /** The total: resuming at 30 of 50 trains 20 more. Those of an initial model are not counted. */
  rounds: { ...trainOptions.rounds, isRequired: false },
  /** Where and under which name it is kept. */
  run: { type: "options", options: runOptions, of: undefined as unknown as RunOptions, isRequired: true },
} as const satisfies Declarations;

export const trainRunOptions: Joined<typeof trainOptions, typeof ownOptions> = {
  ...trainOptions,
  ...ownOptions,
};

export interface TrainRunOptions extends ValuesOf<typeof trainRunOptions> {}
