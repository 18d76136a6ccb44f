// The outcome of a suite: medians over alternating runs, as JSON and as Markdown tables.

import type { BenchParams } from "./case.ts";
import type { Quality } from "./quality.ts";
import type { Report } from "./task.ts";

/** One engine on one case with one thread count: medians over its runs. */
export interface Result {
  readonly engine: string;
  readonly version: string;
  readonly threads: number;
  readonly ingestSeconds: number;
  readonly trainSeconds: number;
  readonly trainSecondsOfRuns: readonly number[];
  readonly loadedRssBytes: number;
  readonly peakRssBytes: number;
  readonly predict: readonly { readonly rows: number; readonly seconds: number }[];
  readonly quality: Quality;
  readonly parts?: Readonly<Record<string, number>>;
}

export interface CaseResult {
  readonly name: string;
  readonly description: string;
  readonly params: BenchParams;
  readonly rounds: number;
  readonly trainRows: number;
  readonly testRows: number;
  readonly featureCount: number;
  readonly results: readonly Result[];
}

export interface SuiteResult {
  readonly suite: string;
  readonly isQuick: boolean;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly node: string;
  };
  readonly runs: number;
  readonly cases: readonly CaseResult[];
  readonly skipped: readonly string[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function summarizeRuns(reports: readonly Report[], quality: Quality): Result {
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
    predict: first.predict.map(({ rows }, i) => ({ rows, seconds: of((r) => r.predict[i].seconds) })),
    quality,
    ...(first.seconds.parts ? { parts: first.seconds.parts } : {}),
  };
}

/** One table of training and one of prediction per case. */
export function toMarkdown(suite: SuiteResult): string {
  const { cpu, cores, node } = suite.machine;
  const lines = [
    `# ${suite.suite}${suite.isQuick ? " (quick: too small to compare speeds)" : ""}`,
    "",
    `${cpu}, ${cores} cores, Node ${node}; medians of ${suite.runs} alternating runs.`,
    "×: how many times as fast as XGBoost on as many threads. Memory is the peak of the whole process while training.",
    ...suite.skipped.map((reason) => `Skipped: ${reason}.`),
  ];
  for (const caseResult of suite.cases) lines.push("", ...caseLines(caseResult));
  return `${lines.join("\n")}\n`;
}

function caseLines(caseResult: CaseResult): string[] {
  const { name, description, rounds, params, trainRows, results } = caseResult;
  const sizes = results[0]?.predict.map(({ rows }) => rows) ?? [];
  return [
    `## ${name}`,
    "",
    `${description}; trained on ${trainRows} rows, ${rounds} rounds, depth ${params.maxDepth}, ${params.maxBin} bins.`,
    "",
    "| engine | threads | ingest s | train s | × XGBoost | accuracy | log loss | peak MB |",
    "|---|---|---|---|---|---|---|---|",
    ...results.map((r) => trainLine(r, results)),
    "",
    `| predict | threads | ${sizes.map((rows) => (rows === 1 ? "1 row" : `${rows} rows`)).join(" | ")} |`,
    `|---|---|${sizes.map(() => "---|").join("")}`,
    ...results.map((r) => predictLine(r)),
  ];
}

function trainLine(r: Result, results: readonly Result[]): string {
  const native = results.find((other) => other.engine === "xgboost" && other.threads === r.threads);
  const ratio = native === undefined ? "" : (native.trainSeconds / r.trainSeconds).toFixed(2);
  const { accuracy, logLoss } = r.quality;
  const cells = [
    `${r.engine} ${r.version}`,
    r.threads,
    r.ingestSeconds.toFixed(2),
    r.trainSeconds.toFixed(2),
    ratio,
    accuracy.toFixed(4),
    logLoss.toFixed(4),
    Math.round(r.peakRssBytes / 1e6),
  ];
  return `| ${cells.join(" | ")} |`;
}

function predictLine(r: Result): string {
  return `| ${r.engine} | ${r.threads} | ${r.predict.map(({ seconds }) => showSeconds(seconds)).join(" | ")} |`;
}

/** Three digits with the unit that suits: "4.12 µs", "1.20 ms". */
function showSeconds(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(3)} µs`;
  if (seconds < 1) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${seconds.toPrecision(3)} s`;
}
