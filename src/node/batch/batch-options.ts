// The options of batch inference, declared once.

import { abortSignal, type Declarations, type ValuesOf, without } from "../../core/declaration.ts";
import type { Engine } from "../../distributed/hub/engine.ts";
import { type ReadTableOptions, readTableOptions } from "../../input/formats/read-options.ts";
import { outputFormats } from "../../input/formats/writers.ts";
import { predictionKinds } from "../../input/prediction-columns.ts";
import { threadCount } from "../../parallel/thread-count.ts";
import type { TlsFiles } from "../sockets/tls-files.ts";

/** A part that is finished. */
export interface BatchPart {
  readonly input: string;
  readonly output: string;
  readonly rowCount: number;
  /** Whether it was finished before. */
  readonly wasFinished: boolean;
}

export const batchPredictOptions = {
  /** A model file, and like all paths here as every worker sees it. */
  model: { type: "string", isRequired: true },
  /** Files, globs, or both; each file is a part. */
  data: { type: "any", of: undefined as unknown as string | readonly string[], isRequired: true },
  /** The folder that gets a file per part, named like it. */
  output: { type: "string", isRequired: true, flag: "<folder>", doc: "folder of the predictions" },
  /** "parquet" by default. */
  format: {
    type: "string",
    choices: outputFormats,
    default: "parquet",
    flag: "output-format <name>",
    doc: "of the predictions",
  },
  /** "value" by default. */
  kind: {
    type: "string",
    choices: predictionKinds,
    default: "value",
    flag: "<kind>",
    doc: "as for predict",
  },
  /** How many of the model's rounds predict; all, or those up to the best, by default. */
  rounds: { type: "integer", minimum: 1 },
  /** How the parts are read. */
  table: {
    type: "options",
    options: without(readTableOptions, ["signal"]) as Declarations,
    of: undefined as unknown as Omit<ReadTableOptions, "signal">,
  },
  /** Metrics by name, or true for those of the objective; needs `table.label`. */
  evaluate: {
    type: "any",
    of: undefined as unknown as boolean | readonly string[],
  },
  /** Compares the rows with the training rows whose profile the model carries. */
  drift: {
    type: "boolean",
    default: false,
    flag: "",
    doc: "compare the rows with the training rows, as drift does",
  },
  /** Child processes of this machine by default. */
  engine: { type: "any", of: undefined as unknown as Engine },
  /** 1 by default. */
  workers: {
    type: "integer",
    minimum: 1,
    maximum: 1024,
    default: 1,
    flag: "<n>",
    doc: "how many workers",
  },
  /** What an engine sets aside for each worker; 1 by default. */
  cpusPerWorker: { ...threadCount, default: 1 },
  /** How many workers may be lost in all; 3 per worker by default. */
  maxFailures: {
    type: "integer",
    minimum: 0,
    flag: "<n>",
    doc: "lost workers to replace before giving up (default: 3 per worker)",
  },
  /** PEM files with which driver and workers show one another who they are; COPPICE_TLS_* name them by default. */
  tls: { type: "any", of: undefined as unknown as TlsFiles },
  /** Replaces the predictions of another batch in `output`. */
  overwrite: {
    type: "boolean",
    default: false,
    flag: "",
    doc: "replace the predictions of another model or of other options",
  },
  /** Told of every part that is finished. */
  onPart: {
    type: "function",
    of: undefined as unknown as (part: BatchPart, finished: number, total: number) => void,
  },
  /** Told of every worker that was lost. */
  onFailure: { type: "function", of: undefined as unknown as (message: string) => void },
  /** Ends the batch and its workers. */
  signal: abortSignal,
} as const satisfies Declarations;

export interface BatchPredictOptions extends ValuesOf<typeof batchPredictOptions> {}
