// `coppice train`: a table in, a model file out.

import type { Command } from "commander";
import { splitOptions } from "../../input/sink/table-dmatrix.ts";
import { loadModel } from "../../node/files/model-files.ts";
import { checkObjective } from "../../training/input-checks.ts";
import type { TrainResult } from "../../training/train.ts";
import { trainOptions } from "../../training/train-options.ts";
import { addDataFlags, requireLabel } from "../flags/data-flags.ts";
import { collectEach, failUsage, pathEndingIn, requireFlags } from "../flags/flag-values.ts";
import { addFlags, flagValues } from "../flags/option-flags.ts";
import { addParameterFlags, parameterValues } from "../flags/parameter-flags.ts";
import { addRunFlags, runOf } from "../flags/run-flags.ts";
import { addWorkerFlags, usesWorkers } from "../flags/worker-flags.ts";
import type { CommandContext } from "../terminal/context.ts";
import { checkWritable, replacesModel, writeFigure, writeModelFile } from "../terminal/output-files.ts";
import { formatBytes, formatCount, formatMetric, formatSeconds } from "../terminal/text-table.ts";
import {
  binOptions,
  type Fit,
  fit,
  peakRssBytes,
  readTables,
  type Tables,
  type TrainingRequest,
} from "./fit.ts";
import { type ClusterFlags, clusterReport, clusterSummary, fitOnWorkers } from "./fit-on-workers.ts";

interface TrainFlags extends ClusterFlags {
  readonly model: string;
  readonly profile: boolean;
  readonly figure?: string | undefined;
  readonly json?: boolean | undefined;
}

/** A model has one round at least. */
const trainFlags = { ...trainOptions, rounds: { ...trainOptions.rounds, minimum: 1 } };

export function addTrainCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("train")
    .usage("--data <file> --label <column> [--model <file>] [options]")
    .description("Train a model on a table and write it to a file.");
  addDataFlags(command);
  command.option("--valid <file>", "table to validate on after every round", collectEach);
  addFlags(command, { validFraction: splitOptions.validFraction });
  command.optionsGroup("Training:");
  addFlags(command, trainFlags, { rounds: 100 });
  command
    .option("--initial-model <file>", "model to continue from")
    .optionsGroup("Output:")
    .option(
      "--model <file>",
      "where the model goes, in place of a model that is there: .json or .ubj, as XGBoost writes them",
      pathEndingIn([".json", ".ubj"]),
      "model.json",
    )
    .option("--no-profile", "leave out the histograms of the training rows, by which drift is measured")
    .option("--figure <file>", "where a learning curve goes", pathEndingIn([".svg"]))
    .option("--json", "print one JSON object at the end and nothing else");
  addRunFlags(command);
  addWorkerFlags(command);
  addParameterFlags(command);
  command.action(async (flags: TrainFlags) => runTrain(command, flags, context));
}

async function runTrain(command: Command, flags: TrainFlags, context: CommandContext): Promise<void> {
  requireFlags(command, "data");
  requireLabel(command, flags);
  const training = flagValues(command, trainFlags);
  checkUsage(command, flags, training);
  const run = runOf(command);
  const parameters = parameterValues(flags as unknown as Record<string, unknown>);
  checkObjective(parameters);
  await checkWritable(flags.model, flags.figure);
  const replaces = await replacesModel(flags.model);
  const { profile } = flags;
  const request = { parameters, training, run, profile, isSilent: flags.json === true };
  if (usesWorkers(command, flags)) return trainOnWorkers(flags, request, replaces, context);
  const initialModel = flags.initialModel === undefined ? undefined : await loadModel(flags.initialModel);
  // A run knows its table, and an initial model predicts for it, by the values.
  const needsValues = run !== undefined || initialModel !== undefined;
  const bins = needsValues ? undefined : binOptions(parameters, profile, training.threads);
  const tables = await readTables(flags, parameters.objective ?? "", context.signal, bins);
  const outcome = await fit(tables, request, initialModel, context);
  const sizeBytes = await writeOutputs(flags, outcome.result);
  if (flags.json) context.print(JSON.stringify(reportOf(tables, outcome)));
  else for (const line of summaryOf(tables, outcome)) context.print(line);
  if (!flags.json) context.print(modelLine(flags.model, sizeBytes, replaces));
}

async function trainOnWorkers(
  flags: TrainFlags,
  request: TrainingRequest,
  replaces: boolean,
  context: CommandContext,
): Promise<void> {
  const outcome = await fitOnWorkers(flags, request, context);
  const sizeBytes = await writeOutputs(flags, outcome.result);
  if (flags.json) context.print(JSON.stringify(clusterReport(outcome)));
  else for (const line of clusterSummary(outcome)) context.print(line);
  if (!flags.json) context.print(modelLine(flags.model, sizeBytes, replaces));
}

function modelLine(path: string, sizeBytes: number, replaces: boolean): string {
  return `model    ${path} (${formatBytes(sizeBytes)}${replaces ? ", in place of an earlier one" : ""})`;
}

/** @returns the bytes of the model file */
async function writeOutputs(
  flags: TrainFlags,
  { booster, history, bestIteration }: Pick<TrainResult, "booster" | "history" | "bestIteration">,
): Promise<number> {
  const sizeBytes = await writeModelFile(flags.model, booster);
  if (flags.figure !== undefined) {
    const { drawLearningCurve } = await import("../../plot/learning-curve-figure.ts");
    await writeFigure(flags.figure, drawLearningCurve(history, { bestIteration }));
  }
  return sizeBytes;
}

function checkUsage(
  command: Command,
  { valid, validFraction, figure }: TrainFlags,
  { earlyStopping, evalTrain }: TrainingRequest["training"],
): void {
  const fail = (message: string) => failUsage(command, message);
  if (valid && validFraction !== undefined) fail("give either --valid or --valid-fraction");
  if (earlyStopping !== undefined && !valid && validFraction === undefined) {
    fail("--early-stopping needs rows to validate on: give --valid or --valid-fraction");
  }
  if (figure !== undefined && !valid && validFraction === undefined && !evalTrain) {
    fail("--figure needs metrics to draw: give --valid, --valid-fraction or --eval-train");
  }
}

/** What --json prints. */
function reportOf(
  { train, valid, seconds }: Tables,
  { result, metrics, rounds }: Fit,
): Record<string, unknown> {
  return {
    metrics,
    seconds: roundSeconds({ read: seconds, ...result.seconds }),
    peakRssBytes: peakRssBytes(),
    rows: train.rowCount,
    validRows: valid?.rowCount ?? 0,
    features: train.featureCount,
    classes: train.labelClasses ?? null,
    rounds,
    bestIteration: result.bestIteration ?? null,
    ...(result.run && { run: result.run }),
  };
}

/** What a person reads about a training. */
export function summaryOf({ train, valid, seconds }: Tables, { result, metrics, rounds }: Fit): string[] {
  const { booster, bestIteration } = result;
  const classes = train.labelClasses ? `, ${train.labelClasses.length} classes` : "";
  const lines = [
    `data     ${formatCount(train.rowCount)} rows × ${train.featureCount} features${classes}` +
      (valid ? `; ${formatCount(valid.rowCount)} rows to validate on` : ""),
    `trained  ${rounds} rounds, ${formatCount(booster.model.trees.length)} trees${runSummary(result.run)}`,
  ];
  const scores = Object.entries(metrics).map(([name, value]) => `${name} ${formatMetric(value)}`);
  const best = bestIteration === undefined ? "" : `  (round ${bestIteration + 1}, the best)`;
  if (scores.length > 0) lines.push(`metrics  ${scores.join("  ")}${best}`);
  const phases = Object.entries({ read: seconds, ...result.seconds });
  lines.push(`time     ${phases.map(([phase, time]) => `${phase} ${formatSeconds(time)}`).join("  ")}`);
  lines.push(`memory   ${formatBytes(peakRssBytes())} at its peak`);
  return lines;
}

function runSummary(run: Fit["result"]["run"]): string {
  if (run === undefined) return "";
  if (run.wasFinished) return `; the run "${run.name}" was finished before`;
  return run.resumedFrom > 0 ? `; the first ${run.resumedFrom} rounds before this launch` : "";
}

/** To the microsecond, which is as much as a clock tells. */
function roundSeconds(seconds: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(seconds).map(([phase, time]) => [phase, Number(time.toFixed(6))]));
}
