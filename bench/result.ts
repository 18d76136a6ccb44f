// What a run finds out, one kind of result per part, and the files they are kept in: a part's file holds
// its cases by name, written after every case, so that a part can be run again case by case; history.ts keeps
// what is replaced.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import type { BenchParams } from "./case.ts";
import { appendHistory, entriesOf, presentMoment } from "./history.ts";
import type { Quality } from "./quality.ts";
import type { Report } from "./task.ts";

/** In the order of the report. */
export const PARTS = ["tables", "predict", "memory", "phases", "scaling"] as const;
export type PartName = (typeof PARTS)[number];

/** One engine on one number of threads. */
interface EngineRun {
  readonly engine: string;
  readonly version: string;
  readonly threads: number;
}

/** Training on values in memory: medians over its runs. */
export interface TrainingResult extends EngineRun {
  readonly ingestSeconds: number;
  readonly trainSeconds: number;
  readonly trainSecondsOfRuns: readonly number[];
  readonly loadedRssBytes: number;
  readonly peakRssBytes: number;
  /** Absent where nothing was predicted. */
  readonly quality?: Quality;
  readonly parts?: Readonly<Record<string, number>>;
}

export interface PredictionResult extends EngineRun {
  readonly model: string;
  readonly predict: Report["predict"];
  /** From the predictions of coppice; absent for another model. */
  readonly largestDifference?: number;
}

/** A whole process that reads a CSV file and trains. */
export interface MemoryResult extends EngineRun {
  readonly reader: string;
  readonly readSeconds: number;
  readonly trainSeconds: number;
  readonly peakRssBytes: number;
}

export interface PhaseResult extends EngineRun {
  readonly trainSeconds: number;
  readonly phases: Readonly<Record<string, number>>;
}

export interface PartResults {
  readonly tables: TrainingResult;
  readonly predict: PredictionResult;
  readonly memory: MemoryResult;
  readonly phases: PhaseResult;
  readonly scaling: TrainingResult;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  /** Processes that wanted to run in the minute before the case. */
  readonly load: number;
}

export interface CaseResult<R> {
  readonly name: string;
  readonly description: string;
  readonly params: BenchParams;
  readonly rounds: number;
  readonly trainRows: number;
  readonly testRows: number;
  readonly featureCount: number;
  readonly runs: number;
  readonly axis?: { readonly name: string; readonly value: number };
  readonly command: string;
  readonly machine: Machine;
  readonly results: readonly R[];
}

export interface PartResult<R> {
  readonly part: PartName;
  readonly isQuick: boolean;
  readonly cases: readonly CaseResult<R>[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function summarizeRuns(reports: readonly Report[], quality?: Quality): TrainingResult {
  const [first] = reports;
  const of = (value: (report: Report) => number): number => median(reports.map(value));
  return {
    engine: first.engine,
    version: first.version,
    threads: first.threads,
    ingestSeconds: of((r) => r.seconds.ingest),
    trainSeconds: of((r) => r.seconds.train),
    trainSecondsOfRuns: reports.map((r) => r.seconds.train),
    loadedRssBytes: of((r) => r.peakRssBytes.loaded),
    peakRssBytes: of((r) => r.peakRssBytes.trained),
    ...(quality ? { quality } : {}),
    ...(first.seconds.parts ? { parts: first.seconds.parts } : {}),
  };
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown processor",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.versions.node,
    load: loadavg()[0],
  };
}

/** The cases of a part that are kept in `folder`; undefined when there are none. */
export function readPart<P extends PartName>(
  folder: string,
  part: P,
): PartResult<PartResults[P]> | undefined {
  const path = join(folder, `${part}.json`);
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, "utf8")) as PartResult<PartResults[P]>;
}

/** Keeps a case in its part's file, in the place of an earlier one of that name, and in the history. */
export function saveCase<P extends PartName>(
  folder: string,
  part: P,
  isQuick: boolean,
  result: CaseResult<PartResults[P]>,
): void {
  mkdirSync(folder, { recursive: true });
  const kept = readPart(folder, part);
  const cases = kept?.isQuick === isQuick ? [...kept.cases] : [];
  const place = cases.findIndex(({ name }) => name === result.name);
  if (place < 0) cases.push(result);
  else cases[place] = result;
  const file: PartResult<PartResults[P]> = { part, isQuick, cases };
  writeFileSync(join(folder, `${part}.json`), `${JSON.stringify(file, null, 1)}\n`);
  if (!isQuick) appendHistory(folder, entriesOf(part, result, presentMoment()));
}
