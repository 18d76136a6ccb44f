// Results as Markdown: the full tables of each part, for the files beside the results.

import type {
  CaseResult,
  Machine,
  MemoryResult,
  PartName,
  PartResult,
  PartResults,
  PhaseResult,
  PredictionResult,
  TrainingResult,
} from "../result.ts";
import { axes } from "../scaling-cases.ts";

export type Row = readonly (string | number)[];

/** A table of Markdown. */
export function markdownTable(head: Row, rows: readonly Row[]): string[] {
  const line = (cells: Row): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** Three digits with the unit that suits: "4.12 µs", "1.20 ms". */
function showSeconds(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(3)} µs`;
  if (seconds < 1) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${seconds.toPrecision(3)} s`;
}

function showMegabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function showRows(rows: number): string {
  return rows === 1 ? "1 row" : `${rows.toLocaleString("en-US")} rows`;
}

export function showMachine({ cpu, cores, memoryBytes, node }: Machine): string {
  return `${cpu}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 30)} GiB, Node ${node}`;
}

/** How many times as fast as the named engine with as many threads; empty when it did not run. */
export function ratioTo(engine: string, result: TrainingResult, results: readonly TrainingResult[]): string {
  const other = results.find((each) => each.engine === engine && each.threads === result.threads);
  return other ? (other.trainSeconds / result.trainSeconds).toFixed(2) : "";
}

/** Everything that a part found out. */
export function toMarkdown<P extends PartName>(result: PartResult<PartResults[P]>): string {
  const title = `# ${result.part}${result.isQuick ? " (quick: too small to compare speeds)" : ""}`;
  const lines =
    result.part === "scaling"
      ? scalingLines(result.cases as readonly CaseResult<TrainingResult>[])
      : result.cases.flatMap((each) => ["", ...caseLines(result.part, each as never)]);
  return `${[title, ...lines].join("\n")}\n`;
}

function caseLines<P extends PartName>(part: P, result: CaseResult<PartResults[P]>): string[] {
  const { name, description, rounds, params, trainRows } = result;
  const { maxDepth, maxBin, eta } = params;
  return [
    `## ${name}`,
    "",
    `${description}; ${trainRows} training rows, ${rounds} rounds, depth ${maxDepth}, ${maxBin} bins, eta ${eta}.`,
    provenance(result),
    "",
    ...(part === "scaling" ? [] : writers[part as Exclude<PartName, "scaling">](result as never)),
  ];
}

/** By what, on what, and how quiet it was. */
function provenance({ machine, runs, command }: CaseResult<unknown>): string {
  const times = runs === 1 ? "one run" : `medians of ${runs} alternating runs`;
  return `${showMachine(machine)}; load ${machine.load.toFixed(1)} at the end of the case; ${times}; \`${command}\`.`;
}

const writers: {
  readonly [P in Exclude<PartName, "scaling">]: (result: CaseResult<PartResults[P]>) => string[];
} = {
  tables: trainingLines,
  predict: predictionLines,
  memory: memoryLines,
  phases: phaseLines,
};

function trainingLines({ results }: CaseResult<TrainingResult>): string[] {
  const head = ["engine", "threads", "ingest s", "train s", "× XGBoost", "× LightGBM"];
  const rows = results.map((r) => [
    `${r.engine} ${r.version}`,
    r.threads,
    r.ingestSeconds.toFixed(2),
    r.trainSeconds.toFixed(2),
    ratioTo("xgboost", r, results),
    ratioTo("lightgbm", r, results),
    r.quality?.accuracy.toFixed(4) ?? "",
    r.quality?.logLoss.toFixed(4) ?? "",
    showMegabytes(r.peakRssBytes),
  ]);
  return markdownTable([...head, "accuracy", "log loss", "peak MB"], rows);
}

/** One table a series. */
function scalingLines(cases: readonly CaseResult<TrainingResult>[]): string[] {
  return Object.entries(axes).flatMap(([name, title]) => {
    const series = cases.filter(({ axis }) => axis?.name === name);
    if (series.length === 0) return [];
    const engines = series[0].results.map(({ engine }) => engine);
    const head = engines.flatMap((engine) => [`${engine}: ingest s`, "train s"]);
    const rows = series.map(({ axis, results }) => [
      axis?.value ?? "",
      results[0].threads,
      ...results.flatMap((r) => [r.ingestSeconds.toFixed(2), r.trainSeconds.toFixed(2)]),
      results.map(({ peakRssBytes }) => showMegabytes(peakRssBytes)).join(" / "),
    ]);
    const table = markdownTable([title, "threads", ...head, "peak MB"], rows);
    const { description, rounds } = series[series.length - 1];
    const what = `The last line: ${description}; ${rounds} rounds.`;
    return ["", `## ${name}`, "", what, provenance(series[series.length - 1]), "", ...table];
  });
}

export function predictionLines({ results }: CaseResult<PredictionResult>): string[] {
  const sizes = results[0]?.predict.map(({ rows }) => showRows(rows)) ?? [];
  const rows = results.map((r) => [
    `${r.engine} ${r.version}`,
    r.threads,
    r.model,
    ...r.predict.map(({ seconds }) => showSeconds(seconds)),
    r.largestDifference?.toExponential(1) ?? "",
  ]);
  return markdownTable(["engine", "threads", "model", ...sizes, "largest difference"], rows);
}

export function memoryLines({ results }: CaseResult<MemoryResult>): string[] {
  const rows = results.map((r) => [
    `${r.engine} ${r.version}`,
    r.threads,
    r.reader,
    r.readSeconds === 0 ? "" : r.readSeconds.toFixed(2),
    r.trainSeconds.toFixed(2),
    showMegabytes(r.peakRssBytes),
  ]);
  return markdownTable(["engine", "threads", "reads by", "read s", "bin and train s", "peak MB"], rows);
}

/** One column a phase, with what is left for everything else. */
export function phaseLines({ results }: CaseResult<PhaseResult>): string[] {
  const phases = Object.keys(results[0]?.phases ?? {});
  const rows = results.map((r) => {
    const measured = phases.map((phase) => r.phases[phase]);
    const rest = r.trainSeconds - measured.reduce((sum, seconds) => sum + seconds, 0);
    const share = (seconds: number): string =>
      `${seconds.toFixed(2)} (${((100 * seconds) / r.trainSeconds).toFixed(0)} %)`;
    return [r.engine, r.trainSeconds.toFixed(2), ...[...measured, rest].map(share)];
  });
  return markdownTable(["engine", "train s", ...phases, "rest"], rows);
}
