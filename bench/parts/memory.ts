// The part "memory": the peak of a process that reads a CSV file and trains on it: the command line of
// coppice against Python with pandas, and with the ways in which XGBoost and LightGBM can read a file
// without holding its table.

import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { python } from "../../test/machine.ts";
import { type BenchCase, covertypeCase } from "../case.ts";
import { runProcess } from "../engines/engine.ts";
import { type MemoryResult, saveCase } from "../result.ts";
import type { BenchContext } from "./context.ts";
import { attemptCase, describe } from "./training.ts";

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const commandLine = path("../../dist/cli/main.js");
const reportPeak = path("../engines/report-peak.ts");
const nativeScript = path("../engines/train_csv.py");

/** What train_csv.py offers. */
const readers = [
  { engine: "xgboost", reader: "pandas", how: "pandas, float32, into QuantileDMatrix" },
  { engine: "xgboost", reader: "chunks", how: "pandas in chunks through DataIter" },
  { engine: "lightgbm", reader: "pandas", how: "pandas, float32, into Dataset" },
  { engine: "lightgbm", reader: "file", how: "its own reader, two rounds" },
] as const;

export async function runMemory(context: BenchContext): Promise<void> {
  const benchCase = covertypeCase("covertype-csv", context.isQuick);
  await attemptCase(context, benchCase, () => measure(benchCase, context));
}

async function measure(benchCase: BenchCase, context: BenchContext): Promise<void> {
  const csvPath = context.scratch.table(benchCase.table, "csv");
  const threads = Math.max(...context.threads);
  const results: MemoryResult[] = [await trainByCommand(csvPath, benchCase, threads, context)];
  for (const { engine, reader, how } of readers) {
    const { params, rounds } = benchCase;
    const task = JSON.stringify({ engine, reader, csvPath, params, rounds, threads });
    const report = await runProcess<Omit<MemoryResult, "reader" | "threads">>(python, [nativeScript, task]);
    results.push({ ...report, threads, reader: how });
  }
  for (const { engine, reader, peakRssBytes } of results) {
    context.note(`${benchCase.name}, ${engine} (${reader}): ${Math.round(peakRssBytes / 1e6)} MB`);
  }
  const size = `${Math.round(statSync(csvPath).size / 1e6)} MB`;
  const described = describe(benchCase, results, context);
  const withSize = { ...described, description: `${benchCase.description}, from a CSV file of ${size}` };
  saveCase(context.outFolder, "memory", context.isQuick, withSize);
}

interface CommandReport {
  readonly seconds: Readonly<Record<"read" | "cuts" | "bin" | "train", number>>;
}

/** `coppice train` with its defaults but for the parameters that are compared. */
async function trainByCommand(
  csvPath: string,
  { params, rounds }: BenchCase,
  threads: number,
  { scratch }: BenchContext,
): Promise<MemoryResult> {
  const flags = {
    data: csvPath,
    label: "label",
    objective: params.objective,
    rounds,
    "max-depth": params.maxDepth,
    eta: params.eta,
    "max-bin": params.maxBin,
    threads,
    model: scratch.path("model.json"),
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const peakPath = scratch.path("peak");
  const { seconds } = await runProcess<CommandReport>(
    process.execPath,
    ["--import", reportPeak, commandLine, "train", ...args, "--json"],
    { COPPICE_BENCH_PEAK: peakPath },
  );
  return {
    engine: "coppice",
    version: readVersion(),
    threads,
    reader: "coppice train",
    readSeconds: seconds.read,
    trainSeconds: seconds.cuts + seconds.bin + seconds.train,
    peakRssBytes: Number(readFileSync(peakPath, "utf8")),
  };
}

function readVersion(): string {
  return (JSON.parse(readFileSync(path("../../package.json"), "utf8")) as { version: string }).version;
}
