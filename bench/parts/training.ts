// The parts "tables" and "scaling": engines train on the same file in turns, and what their models
// predict for the rows held back is measured by one measure.

import { existsSync, readFileSync } from "node:fs";
import { type BenchCase, tableCases } from "../case.ts";
import { type EngineName, runTask } from "../engines/engine.ts";
import { measureQuality, type Quality } from "../quality.ts";
import { type CaseResult, describeMachine, saveCase, summarizeRuns, type TrainingResult } from "../result.ts";
import { scalingCases } from "../scaling-cases.ts";
import { readHeader, readRows } from "../table.ts";
import { covertypeFile } from "../tables/covertype.ts";
import type { Report, Task } from "../task.ts";
import { attempt, type BenchContext } from "./context.ts";

export async function runTables(context: BenchContext): Promise<void> {
  for (const benchCase of tableCases(context.isQuick)) {
    await attemptCase(context, benchCase, async () => {
      const results: TrainingResult[] = [];
      for (const threads of benchCase.threads ?? context.threads) {
        results.push(...(await compare(benchCase, threads, context, true)));
      }
      saveCase(context.outFolder, "tables", context.isQuick, describe(benchCase, results, context));
    });
  }
}

/** Series share their base case, which runs once. */
export async function runScaling(context: BenchContext): Promise<void> {
  const seen = new Map<string, TrainingResult[]>();
  for (const benchCase of scalingCases(context.isQuick, Math.max(...context.threads))) {
    const { name, axis, table, params, trainRows, threads = [] } = benchCase;
    await attempt(context, context.wants(name) ? name : (axis?.name ?? ""), async () => {
      const key = JSON.stringify({ table, params, trainRows, threads });
      const results = seen.get(key) ?? (await compare(benchCase, threads[0], context, false));
      seen.set(key, results);
      saveCase(context.outFolder, "scaling", context.isQuick, describe(benchCase, results, context));
    });
  }
}

/** `attempt`, where the case has its data. */
export async function attemptCase(
  context: BenchContext,
  benchCase: BenchCase,
  work: () => Promise<void>,
): Promise<void> {
  await attempt(context, benchCase.name, async () => {
    if (!isMissing(benchCase, context)) await work();
  });
}

/** Whether the table is drawn from a real data file that is not there, which is told. */
function isMissing({ name, table }: BenchCase, context: BenchContext): boolean {
  if (!table.kind.startsWith("covertype") || existsSync(covertypeFile)) return false;
  context.note(`${name}: skipped, ${covertypeFile} is not there`);
  return true;
}

/** Every engine trains as often as the case says; the quality is that of the last run. */
async function compare(
  benchCase: BenchCase,
  threads: number,
  context: BenchContext,
  hasQuality: boolean,
): Promise<TrainingResult[]> {
  const { name, params, rounds, trainRows } = benchCase;
  const { scratch } = context;
  const runs = context.runs ?? benchCase.runs;
  const engines = enginesOf(benchCase, context);
  const tablePath = scratch.table(benchCase.table);
  const reports = new Map<EngineName, Report[]>(engines.map((engine) => [engine, []]));
  const qualities = new Map<EngineName, Quality>();
  for (let run = 0; run < runs; run++) {
    for (const engine of engines) {
      const predictionsPath = hasQuality && run === runs - 1 ? scratch.path("predictions") : undefined;
      const common = { engine, tablePath, params, rounds, threads, trainRows };
      const report = await runTask({ ...common, predictRows: [], predictionsPath } satisfies Task);
      reports.get(engine)?.push(report);
      if (predictionsPath) qualities.set(engine, qualityOf(predictionsPath, tablePath));
      const { ingest, train } = report.seconds;
      const seconds = `${train.toFixed(2)} s (and ${ingest.toFixed(2)} s ingest)`;
      context.note(`${name}, ${threads} threads, ${engine}: ${seconds}`);
    }
  }
  return engines.map((engine) => summarizeRuns(reports.get(engine) ?? [], qualities.get(engine)));
}

function enginesOf(benchCase: BenchCase, context: BenchContext): readonly EngineName[] {
  return benchCase.engines ?? context.engines;
}

function qualityOf(predictionsPath: string, tablePath: string): Quality {
  const { rowCount, trainRows } = readHeader(tablePath);
  return measureQuality(readFloats(predictionsPath), readRows(tablePath, trainRows, rowCount).label);
}

export function readFloats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}

/** The case with its results and with what is needed to run it again. */
export function describe<R>(
  benchCase: BenchCase,
  results: readonly R[],
  { command, runs, scratch }: BenchContext,
): CaseResult<R> {
  const { name, description, params, rounds, axis } = benchCase;
  const header = readHeader(scratch.table(benchCase.table));
  return {
    name,
    description,
    params,
    rounds,
    trainRows: benchCase.trainRows ?? header.trainRows,
    testRows: header.rowCount - header.trainRows,
    featureCount: header.featureCount,
    runs: runs ?? benchCase.runs,
    ...(axis ? { axis } : {}),
    command,
    machine: describeMachine(),
    results,
  };
}
