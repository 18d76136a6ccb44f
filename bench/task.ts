// What one engine is asked to do in one process, and what it reports: the JSON that the runners
// (run-coppice.ts, run_native.py, run-onnx.ts) take as their argument and print as their last line.

import type { BenchParams } from "./case.ts";

export interface Task {
  readonly engine: string;
  readonly tablePath: string;
  readonly params: BenchParams;
  readonly rounds: number;
  readonly threads: number;
  /** Fewer rows to train on than the table has for it. */
  readonly trainRows?: number | undefined;
  /** Row counts of timed predictions, each at most the number of test rows. */
  readonly predictRows: readonly number[];
  /** Where to write the predictions of the test rows, float32[testRows × groups] row-major. */
  readonly predictionsPath?: string | undefined;
  /** Where coppice writes its model, as XGBoost's JSON. */
  readonly modelPath?: string | undefined;
  /** A model in XGBoost's JSON to predict with; nothing is trained then. */
  readonly loadPath?: string | undefined;
  /** Whether coppice tells how long each phase of growing takes. */
  readonly hasPhases?: boolean | undefined;
}

export interface Report {
  readonly engine: string;
  readonly version: string;
  readonly threads: number;
  readonly seconds: {
    /** From values in memory to bins. */
    readonly ingest: number;
    /** The rounds alone. */
    readonly train: number;
    /** Parts of the above by their names, where the engine tells. */
    readonly parts?: Readonly<Record<string, number>>;
    /** Phases of growing on the caller's thread, where they were asked for. */
    readonly phases?: Readonly<Record<string, number>>;
  };
  readonly peakRssBytes: {
    /** After the training rows were read, before anything was made of them. */
    readonly loaded: number;
    readonly trained: number;
  };
  /** Median seconds of a call that predicts `rows` rows from values in memory. */
  readonly predict: readonly { readonly rows: number; readonly seconds: number }[];
}
