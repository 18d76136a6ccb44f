// `npm run bench -- [tables|scaling] [--quick] [--only NAME,..] [--engines NAME,..] [--threads 1,2]
// [--runs 3] [--out FOLDER]`: side by side with native XGBoost and LightGBM. Every engine gets the same
// file, rows in the same order, the same parameters, and a process of its own; engines take turns.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rootFolder } from "../test/machine.ts";
import { type BenchCase, scalingCases, tableCases } from "./case.ts";
import { ENGINES, runTask } from "./engine.ts";
import { measureQuality, type Quality } from "./quality.ts";
import { type CaseResult, type Result, type SuiteResult, summarizeRuns, toMarkdown } from "./result.ts";
import { readHeader, readRows, writeTable } from "./table.ts";
import { covertypeFile } from "./tables/covertype.ts";
import type { Report, Task } from "./task.ts";

const allThreads = availableParallelism();
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    engines: { type: "string", default: "coppice,xgboost,lightgbm" },
    threads: { type: "string" },
    runs: { type: "string" },
    out: { type: "string" },
  },
});
const suiteName = positionals[0] ?? "tables";
const isQuick = flags.quick;
const engines = flags.engines.split(",");
const runs = Number(flags.runs ?? (isQuick ? 1 : 3));
const threadCounts = (flags.threads ?? (isQuick ? "1" : `1,${allThreads}`)).split(",").map(Number);
const outFolder = flags.out ?? join(rootFolder, isQuick ? "out/bench" : "bench/results");
const scratchFolder = join(rootFolder, "out/bench/scratch");

const unknown = engines.filter((name) => !(ENGINES as readonly string[]).includes(name));
if (unknown.length > 0 || !["tables", "scaling"].includes(suiteName)) {
  console.error(`unknown ${unknown.length > 0 ? `engine ${unknown.join(", ")}` : `suite ${suiteName}`}`);
  process.exit(2);
}

mkdirSync(scratchFolder, { recursive: true });
mkdirSync(outFolder, { recursive: true });
const suite = await runSuite();
rmSync(scratchFolder, { recursive: true });
writeFileSync(join(outFolder, `${suiteName}.json`), `${JSON.stringify(suite, null, 1)}\n`);
writeFileSync(join(outFolder, `${suiteName}.md`), toMarkdown(suite));
console.log(toMarkdown(suite));

async function runSuite(): Promise<SuiteResult> {
  const all = suiteName === "tables" ? tableCases(isQuick) : scalingCases(isQuick, allThreads);
  const only = flags.only?.split(",");
  const chosen = all.filter(({ name }) => only === undefined || only.includes(name));
  const cases: CaseResult[] = [];
  const skipped: string[] = [];
  for (const benchCase of chosen) {
    if (benchCase.needsCovertype && !existsSync(covertypeFile)) {
      skipped.push(`${benchCase.name} needs the real rows of covtype_107786.data.gz`);
    } else cases.push(await runCase(benchCase));
  }
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown processor",
    cores: allThreads,
    memoryBytes: totalmem(),
    node: process.versions.node,
  };
  return { suite: suiteName, isQuick, machine, runs, cases, skipped };
}

async function runCase(benchCase: BenchCase): Promise<CaseResult> {
  const { name, description, params, rounds } = benchCase;
  const tablePath = join(scratchFolder, "table.bin");
  writeTable(tablePath, benchCase.makeTable());
  const { rowCount, trainRows, featureCount } = readHeader(tablePath);
  const testRows = rowCount - trainRows;
  const predictRows = [1, 100, 10_000].filter((count) => count < testRows).concat(testRows);
  const { label } = readRows(tablePath, trainRows, rowCount);
  const results: Result[] = [];
  for (const threads of benchCase.threads ?? [...new Set(threadCounts)]) {
    const reports = new Map<string, Report[]>(engines.map((engine) => [engine, []]));
    const qualities = new Map<string, Quality>();
    for (let run = 0; run < runs; run++) {
      for (const engine of engines) {
        const predictionsPath = join(scratchFolder, `${engine}.predictions`);
        const task: Task = { engine, tablePath, params, rounds, threads, predictRows, predictionsPath };
        const report = await runTask(task);
        reports.get(engine)?.push(report);
        qualities.set(engine, measureQuality(readPredictions(predictionsPath), label));
        console.error(`${name}, ${threads} threads, ${engine}: ${report.seconds.train.toFixed(2)} s`);
      }
    }
    for (const engine of engines) {
      results.push(summarizeRuns(reports.get(engine) ?? [], qualities.get(engine) as Quality));
    }
  }
  return { name, description, params, rounds, trainRows, testRows, featureCount, results };
}

function readPredictions(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}
