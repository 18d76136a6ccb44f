// The README's numbers: a section between two markers, written from the result files. Every number of the
// section comes from them, also those where another engine is faster.

import { tableCases } from "../case.ts";
import type { CaseResult, PartName, PartResults, TrainingResult } from "../result.ts";
import { readPart } from "../result.ts";
import {
  markdownTable,
  memoryLines,
  phaseLines,
  predictionLines,
  type Row,
  ratioTo,
  showMachine,
} from "./markdown.ts";

export const BEGIN = "<!-- numbers: written by `npm run bench -- readme` -->";
export const END = "<!-- end of numbers -->";

/**
 * The text of a README with its section of numbers replaced.
 *
 * @param resultFolder holds the parts' files; parts that are not there are left out
 * @throws {Error} when the markers are not there, or a result is of a quick run
 */
export function writeNumbers(readme: string, resultFolder: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README must hold "${BEGIN}" and then "${END}"`);
  const section = numbersOf(resultFolder);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${section.join("\n")}\n\n${readme.slice(end)}`;
}

function numbersOf(folder: string): string[] {
  const casesOf = <P extends PartName>(part: P): readonly CaseResult<PartResults[P]>[] => {
    const result = readPart(folder, part);
    if (result?.isQuick) throw new Error(`${part}.json is of a quick run, too small to compare speeds`);
    return result?.cases ?? [];
  };
  const tables = casesOf("tables");
  const lines: string[] = [];
  if (tables.length > 0) lines.push(...trainingSection(tables));
  for (const each of casesOf("predict")) {
    lines.push("", `Predicting, ${each.description} (median of a call):`, "", ...predictionLines(each));
  }
  for (const each of casesOf("memory")) {
    lines.push("", `Memory, ${each.description}, ${each.rounds} rounds (peak of the process):`, "");
    lines.push(...memoryLines(each));
  }
  for (const each of casesOf("phases")) {
    lines.push("", `Where the time goes, ${each.description}, ${each.rounds} rounds, 1 thread, seconds:`, "");
    lines.push(...phaseLines(each));
  }
  if (casesOf("scaling").length > 0) {
    lines.push("", "![How the time grows](bench/results/scaling.svg)");
  }
  if (lines.length === 0) return ["No full run of the benchmark has been kept yet."];
  lines.push("", ...provenance(folder));
  return lines;
}

/** Which commands gave the numbers, and on which machines: by the cases that are shown. */
function provenance(folder: string): string[] {
  const parts = ["tables", "predict", "memory", "phases", "scaling"] as const;
  const cases = parts.flatMap((part) => (readPart(folder, part)?.cases ?? []).map((each) => each));
  const commands = [...new Set(cases.map(({ command }) => `\`${command}\``))].join(", ");
  const machines = [...new Set(cases.map(({ machine }) => showMachine(machine)))].join("; ");
  return [`Made by ${commands} on ${machines}; details in [bench/results](bench/results).`];
}

function trainingSection(cases: readonly CaseResult<TrainingResult>[]): string[] {
  const head = ["table", "rounds", "threads", "coppice", "XGBoost", "LightGBM"];
  const rows = tableCases(false)
    .map(({ name }) => cases.find((each) => each.name === name && name !== "covertype-typescript"))
    .flatMap((each) => (each ? trainingRows(each) : []));
  const lines = [
    "Training in seconds, without ingest; × is how many times as fast coppice is; accuracy and peak memory in the",
    "same order of engines. The same rows in the same order and the same parameters: depth 6, eta 0.3, 256 bins,",
    "for LightGBM 64 leaves.",
    "",
    ...markdownTable([...head, "× XGBoost", "× LightGBM", "accuracy", "peak MB"], rows),
  ];
  const typescript = cases.find(({ name }) => name === "covertype-typescript");
  return typescript ? [...lines, "", ...typescriptLines(typescript)] : lines;
}

const engines = ["coppice", "xgboost", "lightgbm"];

function trainingRows({ description, rounds, runs, results }: CaseResult<TrainingResult>): Row[] {
  return [...new Set(results.map(({ threads }) => threads))].map((threads) => {
    const found = engines.map((engine) => results.find((r) => r.engine === engine && r.threads === threads));
    const [own] = found;
    return [
      runs === 1 ? description : `${description}; median of ${runs}`,
      rounds,
      threads,
      ...found.map((r) => r?.trainSeconds.toFixed(2) ?? "-"),
      own ? ratioTo("xgboost", own, results) : "",
      own ? ratioTo("lightgbm", own, results) : "",
      found.map((r) => r?.quality?.accuracy.toFixed(4) ?? "-").join(" / "),
      found.map((r) => (r ? Math.round(r.peakRssBytes / 1e6) : "-")).join(" / "),
    ];
  });
}

function typescriptLines({ results, rounds }: CaseResult<TrainingResult>): string[] {
  const plain = results.find(({ engine }) => engine === "coppice-typescript");
  if (!plain) return [];
  const seconds = plain.trainSeconds.toFixed(2);
  return [
    `Without WebAssembly, the TypeScript kernels alone train ${rounds} rounds of Covertype in ${seconds} s on one thread,`,
    `${ratioTo("xgboost", plain, results)} × XGBoost's speed.`,
  ];
}
