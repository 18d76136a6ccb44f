// How the figures moved from commit to commit: a file beside the results that only grows, one line of JSON for each
// engine, number of threads and case of every run that is kept. `npm run bench -- history` reads it.

import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootFolder } from "../test/machine.ts";
import { markdownTable } from "./report/markdown.ts";
import type { CaseResult, Machine, PartName } from "./result.ts";

export interface HistoryEntry {
  /** ISO 8601. */
  readonly date: string;
  /** Short hash, with a `+` where files of src or assembly differed from it. */
  readonly commit: string;
  /** Date and commit of an entry from before the history are those that kept the result. */
  readonly isKept?: true;
  readonly part: PartName;
  readonly case: string;
  readonly engine: string;
  readonly version: string;
  /** The reader or the model, where an engine was measured with several. */
  readonly variant?: string;
  readonly threads: number;
  readonly machine: Machine;
  /** Medians by name: "trainSeconds", "quality.accuracy", "predict.10000" (seconds for so many rows). */
  readonly figures: Readonly<Record<string, number>>;
}

/** What is shown of each part unless another figure is asked for. */
const MAIN_FIGURES: Readonly<Record<PartName, string>> = {
  tables: "trainSeconds",
  predict: "predict.10000",
  memory: "peakRssBytes",
  phases: "trainSeconds",
  scaling: "trainSeconds",
};

/** Appends a case to the history in `folder`. */
export function appendHistory(folder: string, entries: readonly HistoryEntry[]): void {
  appendFileSync(historyPath(folder), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
}

export function readHistory(folder: string): HistoryEntry[] {
  if (!existsSync(historyPath(folder))) return [];
  const lines = readFileSync(historyPath(folder), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as HistoryEntry);
}

function historyPath(folder: string): string {
  return join(folder, "history.jsonl");
}

/** The entries of a case that was measured at `moment`. */
export function entriesOf(
  part: PartName,
  result: CaseResult<Pick<HistoryEntry, "engine" | "version" | "threads">>,
  moment: Pick<HistoryEntry, "date" | "commit" | "isKept">,
): HistoryEntry[] {
  return result.results.map((each) => {
    const { engine, version, threads, reader, model } = each as typeof each & {
      reader?: string;
      model?: string;
    };
    const variant = reader ?? model;
    const key = { part, case: result.name, engine, version, ...(variant ? { variant } : {}), threads };
    return { ...moment, ...key, machine: result.machine, figures: figuresOf(each) };
  });
}

/** Numbers of a result, those of its parts as "part.name", to five digits. */
function figuresOf(result: object): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [name, value] of Object.entries(result)) {
    if (name === "threads") continue;
    if (typeof value === "number") figures[name] = round(value);
    else if (name === "predict") {
      for (const { rows, seconds } of value) figures[`predict.${rows}`] = round(seconds);
    } else if (typeof value === "object" && !Array.isArray(value)) {
      for (const [inner, number] of Object.entries(value))
        figures[`${name}.${inner}`] = round(Number(number));
    }
  }
  return figures;
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}

/** Today, and the commit of the working tree. */
export function presentMoment(): Pick<HistoryEntry, "date" | "commit"> {
  const git = (...args: string[]): string =>
    spawnSync("git", args, { cwd: rootFolder, encoding: "utf8" }).stdout?.trim() ?? "";
  const changes = git("status", "--porcelain", "--", "src", "assembly");
  const commit = git("rev-parse", "--short", "HEAD") || "unknown";
  return { date: new Date().toISOString(), commit: changes === "" ? commit : `${commit}+` };
}

export interface HistoryQuestion {
  readonly parts?: readonly string[] | undefined;
  readonly cases?: readonly string[] | undefined;
  readonly engines?: readonly string[] | undefined;
  /** In the place of each part's main figure. */
  readonly figure?: string | undefined;
}

/** One table for each figure that was asked for: how it moved, beside XGBoost's of the same run. */
export function describeHistory(entries: readonly HistoryEntry[], question: HistoryQuestion): string {
  const { parts, cases, engines = ["coppice"], figure } = question;
  const series = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const name = figure ?? MAIN_FIGURES[entry.part];
    const isAsked =
      (parts?.includes(entry.part) ?? true) &&
      (cases?.includes(entry.case) ?? true) &&
      engines.includes(entry.engine) &&
      entry.figures[name] !== undefined;
    if (!isAsked) continue;
    const words = [entry.part, entry.case, entry.engine, entry.variant, `threads ${entry.threads}`, name];
    const title = words.filter((word) => word !== undefined).join(", ");
    series.set(title, [...(series.get(title) ?? []), entry]);
  }
  if (series.size === 0) return "nothing is kept of that\n";
  return [...series].map(([title, own]) => describeSeries(title, own, entries, figure)).join("\n");
}

function describeSeries(
  title: string,
  own: readonly HistoryEntry[],
  all: readonly HistoryEntry[],
  figure: string | undefined,
): string {
  const name = figure ?? MAIN_FIGURES[own[0].part];
  const rows = own.map((entry, place) => {
    const value = entry.figures[name];
    const before = own[place - 1]?.figures[name];
    const change = before === undefined ? "" : `${(100 * (value / before - 1)).toFixed(1)} %`;
    const other = all.find((each) => each.engine === "xgboost" && isSameRun(each, entry))?.figures[name];
    const { cpu, cores, node, load } = entry.machine;
    const machine = `${cpu}, ${cores} cores, Node ${node}, load ${load.toFixed(1)}`;
    const ratio = other === undefined ? "" : (other / value).toFixed(2);
    return [entry.date.slice(0, 10), entry.commit, value, change, ratio, machine];
  });
  const head = ["date", "commit", name, "change", "XGBoost's / this", "machine"];
  return [`${title}\n`, ...markdownTable(head, rows), ""].join("\n");
}

function isSameRun(a: HistoryEntry, b: HistoryEntry): boolean {
  return (
    a.date === b.date &&
    a.commit === b.commit &&
    a.part === b.part &&
    a.case === b.case &&
    a.threads === b.threads
  );
}
