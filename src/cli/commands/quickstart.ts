// `coppice quickstart`, which `npm start` runs: the whole way from a table to predictions and figures
// in one command, without a network. Without --data it generates the synthetic forest cover table.

import type { Command } from "commander";
import type { Booster } from "../../booster/booster.ts";
import type { Declarations } from "../../core/declaration.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import { predictionColumns } from "../../input/prediction-columns.ts";
import { splitOptions } from "../../input/sink/table-dmatrix.ts";
import { places } from "../../node/files/places.ts";
import { writeTable } from "../../node/tables/write-table.ts";
import { nodePredictThreads } from "../../node/threads/threads.ts";
import { type Evaluation, evaluateModel } from "../../training/evaluate-model.ts";
import { checkObjective } from "../../training/input-checks.ts";
import { trainOptions } from "../../training/train-options.ts";
import { addDataFlags, type DataFlags } from "../flags/data-flags.ts";
import { failUsage, integerFrom } from "../flags/flag-values.ts";
import { addFlags, flagValues } from "../flags/option-flags.ts";
import { addParameterFlags, parameterValues } from "../flags/parameter-flags.ts";
import { describeConfusion } from "../terminal/confusion-table.ts";
import type { CommandContext } from "../terminal/context.ts";
import { describeImportance, importanceTable } from "../terminal/importance-table.ts";
import { writeFigure, writeModelFile } from "../terminal/output-files.ts";
import { formatCount, formatMetric } from "../terminal/text-table.ts";
import { binOptions, fit, readTables, type Tables } from "./fit.ts";
import { saveForestCover } from "./forest-cover-file.ts";
import { summaryOf } from "./train.ts";

interface QuickstartFlags extends Omit<DataFlags, "data"> {
  readonly data?: readonly string[] | undefined;
  readonly rows: number;
  readonly validFraction: number;
  readonly seed?: number | undefined;
  readonly out: string;
}

const training = {
  rounds: { ...trainOptions.rounds, minimum: 1 },
  threads: trainOptions.threads,
} as const satisfies Declarations;
const split = {
  validFraction: { ...splitOptions.validFraction, doc: "part of the rows to evaluate on" },
} as const satisfies Declarations;

export function addQuickstartCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("quickstart")
    .description(
      "Generate the synthetic forest cover table (or take --data), split, train, evaluate and predict; " +
        "model, predictions and figures go to a folder.",
    )
    .option("--out <folder>", "folder for everything that is written", "out")
    .option("--rows <n>", "rows to generate when there is no --data", integerFrom(100, 10_000_000), 100_000);
  addFlags(command, training, { rounds: 50 });
  addFlags(command, split, { validFraction: 0.2 });
  addDataFlags(command);
  addParameterFlags(command);
  command.action(async (flags: QuickstartFlags) => runQuickstart(command, flags, context));
}

async function runQuickstart(
  command: Command,
  flags: QuickstartFlags,
  context: CommandContext,
): Promise<void> {
  if (flags.data && flags.label === undefined) {
    failUsage(command, "--data needs --label, the column to predict");
  }
  const given = parameterValues(flags as unknown as Record<string, unknown>);
  const parameters = { objective: "multi:softprob", ...given };
  checkObjective(parameters);
  const place = places.of(flags.out);
  await place.makeFolder(flags.out);
  const source = await dataOf(flags, context);
  const request = { parameters, training: flagValues(command, training), profile: false, isSilent: false };
  const bins = binOptions(parameters, false, request.training.threads);
  const tables = await readTables({ ...flags, ...source }, parameters.objective ?? "", context.signal, bins);
  const outcome = await fit(tables, request, undefined, context);
  const { booster } = outcome.result;
  for (const line of summaryOf(tables, outcome)) context.print(line);
  const evaluation = await evaluateModel(booster, tables.valid!, {}, nodePredictThreads);
  printEvaluation(booster, evaluation, tables, context);
  const written = await writeResults(flags.out, booster, evaluation, tables.valid!);
  context.print(`\nwrote ${written.map((name) => place.join(flags.out, name)).join(", ")}`);
}

/** The user's table, or the synthetic one as a file that later commands can take. */
async function dataOf(
  { data, label, out, rows, seed = 0 }: QuickstartFlags,
  context: CommandContext,
): Promise<{ data: readonly string[]; label: string | number }> {
  if (data !== undefined && label !== undefined) return { data, label };
  const path = places.of(out).join(out, "forest-cover.parquet");
  context.print(await saveForestCover(path, { rows, seed }));
  return { data: [path], label: "Cover_Type" };
}

function printEvaluation(
  booster: Booster,
  { metrics, confusion }: Evaluation,
  { valid }: Tables,
  context: CommandContext,
): void {
  const scores = Object.entries(metrics).map(([name, value]) => `${name} ${formatMetric(value)}`);
  context.print(
    `\non the ${formatCount(valid!.rowCount)} rows that training did not see: ${scores.join(", ")}`,
  );
  if (confusion) context.print(`\n${describeConfusion(confusion)}`);
  context.print(`\n${describeImportance(importanceTable(booster, "totalGain"), 10)}`);
}

/** Writes model, predictions and figures and gives their names. */
async function writeResults(
  folder: string,
  booster: Booster,
  { confusion }: Evaluation,
  valid: DMatrix,
): Promise<string[]> {
  const inFolder = (name: string) => places.of(folder).join(folder, name);
  await writeModelFile(inFolder("model.json"), booster);
  const kinds = confusion ? (["class", "value"] as const) : (["value"] as const);
  const columns = kinds.flatMap((kind) => predictionColumns(booster, valid, kind, booster.roundCount));
  await writeTable(inFolder("predictions.csv"), columns);
  const written = ["model.json", "predictions.csv"];
  const { drawImportance } = await import("../../plot/importance-figure.ts");
  const { featureCount } = booster.model;
  const importance = drawImportance(booster.importance("totalGain"), { measure: "totalGain", featureCount });
  await writeFigure(inFolder("importance.svg"), importance);
  written.push("importance.svg");
  if (confusion) {
    const { drawConfusionMatrix } = await import("../../plot/confusion-figure.ts");
    await writeFigure(inFolder("confusion.svg"), drawConfusionMatrix(confusion));
    written.push("confusion.svg");
  }
  return written;
}
