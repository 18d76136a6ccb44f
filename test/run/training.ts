// A small training for tests of runs, and what is left of it.

import type { Booster } from "../../src/booster/booster.ts";
import type { DMatrix } from "../../src/data/dmatrix.ts";
import type { CheckpointOptions, RunOptions, TrainRunOptions } from "../../src/run/run-options.ts";
import type { RunStorage } from "../../src/run/storage.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import type { MemoryStorage } from "../oracle/memory-storage.ts";
import { denseOf } from "../oracle/plain-table.ts";
import { labelledTable } from "../training/labelled-table.ts";

const table = labelledTable(
  { seed: 4, rowCount: 120, kinds: ["dense", "gappy", "few", "category"] },
  "classes",
);

/** All rows and their labels, classes of three. */
export const rows: readonly (readonly number[])[] = table.rows;
export const labels: readonly number[] = table.info.label;

const { info, parameters } = table;

/** Rows to train on, other rows to validate on. */
export const data: DMatrix = denseOf(rows.slice(0, 80), { ...info, label: info.label.slice(0, 80) });
export const valid: DMatrix = denseOf(rows.slice(80), { ...info, label: info.label.slice(80) });

/** With sampling of rows and columns, so that a resume must know its random numbers. */
export const given: TrainParameters = {
  ...parameters,
  maxDepth: 3,
  subsample: 0.8,
  colsampleBynode: 0.7,
  seed: 3,
  evalMetric: ["merror", "mlogloss"],
};

const checkpoint: CheckpointOptions = { everyRounds: 3, keep: 1, scoreBy: "valid-mlogloss" };

/** The options of a run of the name "r". */
export function runOptions(
  storage: RunStorage,
  options: Partial<Omit<TrainRunOptions, "run">> & { readonly run?: Partial<RunOptions> } = {},
): TrainRunOptions {
  const { run, ...rest } = options;
  return {
    evals: { train: data, valid },
    ...("continueFor" in (run ?? {}) ? {} : { rounds: 10 }),
    ...rest,
    run: { name: "r", storage, checkpoint, metricsEverySeconds: 0, ...run },
  };
}

export function modelBytes(booster: Booster): string {
  return new TextDecoder().decode(booster.toBytes("json"));
}

export function textOf(storage: MemoryStorage, path: string): string {
  const bytes = storage.files.get(path);
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}

/** The run's files in order, temporary ones included. */
export function filesOf(storage: MemoryStorage): string[] {
  return [...storage.files.keys()].sort();
}

/** The rows of one peer of several. */
export function shardOf(table: DMatrix, rank: number, worldSize: number): DMatrix {
  const bound = (at: number) => Math.floor((at * table.rowCount) / worldSize);
  const length = bound(rank + 1) - bound(rank);
  return table.selectRows(Array.from({ length }, (_, i) => bound(rank) + i));
}
