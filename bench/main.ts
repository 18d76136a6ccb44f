// `npm run bench -- [PART ..] [--quick] [--only CASE,..] [--engines NAME,..] [--threads 1,2] [--runs N]
// [--minutes N] [--out FOLDER]`: side by side with native XGBoost, LightGBM and onnxruntime-web. Every
// engine gets the same file, rows in the same order, the same parameters, and a process of its own;
// engines take turns. Parts: tables, predict, memory, phases, scaling, kernels (see kernels.ts; all by
// default), and readme, which writes the README's numbers from what runs have kept. Every case is kept as soon as it has ended; none
// begins once --minutes are over.
//
// `npm run bench -- history [PART ..] [--only CASE,..] [--engines NAME,..] [--figure NAME]` measures nothing: it
// prints how a figure moved from commit to commit.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rootFolder } from "../test/machine.ts";
import { ENGINES, type EngineName } from "./engines/engine.ts";
import { describeHistory, readHistory } from "./history.ts";
import type { BenchContext } from "./parts/context.ts";
import { runMemory } from "./parts/memory.ts";
import { runPhases } from "./parts/phases.ts";
import { runPredict } from "./parts/predict.ts";
import { runScaling, runTables } from "./parts/training.ts";
import { toMarkdown } from "./report/markdown.ts";
import { writeNumbers } from "./report/readme.ts";
import { drawScaling } from "./report/scaling-figure.ts";
import { PARTS, type PartName, readPart } from "./result.ts";
import { Scratch } from "./scratch.ts";

/** In the order of running: parts that share a table follow each other. */
const runners: Readonly<Record<PartName, (context: BenchContext) => Promise<void>>> = {
  phases: runPhases,
  memory: runMemory,
  tables: runTables,
  predict: runPredict,
  scaling: runScaling,
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    engines: { type: "string" },
    threads: { type: "string" },
    runs: { type: "string" },
    minutes: { type: "string", default: "Infinity" },
    out: { type: "string" },
    figure: { type: "string" },
  },
});
const isQuick = flags.quick;
const only = flags.only?.split(",");
const outFolder = flags.out ?? join(rootFolder, isQuick ? "out/bench" : "bench/results");
if (positionals[0] === "history") {
  const question = {
    parts: positionals.length > 1 ? positionals.slice(1) : undefined,
    cases: only,
    engines: flags.engines?.split(","),
    figure: flags.figure,
  };
  console.log(describeHistory(readHistory(outFolder), question));
  process.exit();
}
const engines = (flags.engines ?? "coppice,xgboost,lightgbm").split(",") as EngineName[];
const threads = (flags.threads ?? `1,${availableParallelism()}`).split(",").map(Number);
const asked = positionals.length > 0 ? positionals : [...PARTS, "kernels", ...(isQuick ? [] : ["readme"])];
checkUsage();

const began = performance.now();
const scratch = new Scratch(join(rootFolder, "out/bench/scratch"));
const context: BenchContext = {
  isQuick,
  engines,
  threads: [...new Set(threads)],
  runs: flags.runs === undefined ? undefined : Number(flags.runs),
  command: ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" "),
  scratch,
  outFolder,
  wants: (name) => only === undefined || only.includes(name),
  isOutOfTime: () => performance.now() - began > 60_000 * Number(flags.minutes),
  note: (text) => console.error(`${Math.round((performance.now() - began) / 1000)} s  ${text}`),
};
try {
  for (const part of Object.keys(runners) as PartName[]) {
    if (!asked.includes(part)) continue;
    await runners[part](context);
    report(part);
  }
} finally {
  scratch.close();
}
if (asked.includes("kernels") && !context.isOutOfTime()) {
  const script = fileURLToPath(new URL("./kernels.ts", import.meta.url));
  execFileSync(process.execPath, [script, join(context.outFolder, "kernels.json")], { stdio: "inherit" });
}
if (asked.includes("readme")) {
  const path = join(rootFolder, "README.md");
  writeFileSync(path, writeNumbers(readFileSync(path, "utf8"), context.outFolder));
}

/** Writes the part's tables, and the figure of scaling, beside its results. */
function report<P extends PartName>(part: P): void {
  const result = readPart(context.outFolder, part);
  if (result === undefined) return;
  const text = toMarkdown(result);
  writeFileSync(join(context.outFolder, `${part}.md`), text);
  console.log(text);
  if (part === "scaling") {
    const scaling = readPart(context.outFolder, "scaling");
    writeFileSync(join(context.outFolder, "scaling.svg"), drawScaling(scaling?.cases ?? []));
  }
}

function checkUsage(): void {
  const unknown = [
    ...engines.filter((name) => !(ENGINES as readonly string[]).includes(name)).map((n) => `engine ${n}`),
    ...asked.filter((name) => !["kernels", "readme", ...PARTS].includes(name)).map((name) => `part ${name}`),
    ...threads.filter((count) => !Number.isInteger(count) || count < 1).map((count) => `threads ${count}`),
  ];
  if (unknown.length === 0) return;
  console.error(`unknown: ${unknown.join(", ")}`);
  process.exit(2);
}
