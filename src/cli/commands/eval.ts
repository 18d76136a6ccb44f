// `coppice eval`: how good a model is on a table with labels.

import type { Command } from "commander";
import { classRates } from "../../metric/confusion-matrix.ts";
import { loadModel } from "../../node/files/model-files.ts";
import { nodePredictThreads } from "../../node/threads/threads.ts";
import { type Evaluation, evaluateModel } from "../../training/evaluate-model.ts";
import { addDataFlags, type DataFlags, readForModel, requireLabel } from "../flags/data-flags.ts";
import { collectList, pathEndingIn, requireFlags } from "../flags/flag-values.ts";
import { addRoundsFlag, roundsOf } from "../flags/rounds-flag.ts";
import { describeConfusion } from "../terminal/confusion-table.ts";
import type { CommandContext } from "../terminal/context.ts";
import { checkWritable, writeFigure } from "../terminal/output-files.ts";
import { formatCount, formatMetric } from "../terminal/text-table.ts";

interface EvalFlags extends DataFlags {
  readonly model: string;
  readonly evalMetric?: readonly string[] | undefined;
  readonly rounds?: number | "all" | undefined;
  readonly figure?: string | undefined;
  readonly json?: boolean | undefined;
}

export function addEvalCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("eval")
    .usage("--model <file> --data <file> --label <column> [options]")
    .description("Print the metrics of a model on a table with labels, and a classifier's confusion matrix.")
    .option("--model <file>", "model to evaluate: JSON or UBJSON, from here or from XGBoost")
    .option("--eval-metric <names>", "metrics to compute (default: those of the objective)", collectList);
  addRoundsFlag(command);
  command
    .option("--figure <file>", "where the confusion matrix goes as a figure", pathEndingIn([".svg"]))
    .option("--json", "print one JSON object and nothing else");
  addDataFlags(command);
  command.action(async (flags: EvalFlags) => runEval(command, flags, context));
}

async function runEval(command: Command, flags: EvalFlags, context: CommandContext): Promise<void> {
  requireFlags(command, "model", "data");
  requireLabel(command, flags);
  await checkWritable(flags.figure);
  const booster = await loadModel(flags.model);
  const rounds = roundsOf(booster, flags.rounds, context);
  const data = await readForModel(flags, booster, context.signal, { needsLabel: true });
  const evaluation = await evaluateModel(
    booster,
    data,
    { rounds, metrics: flags.evalMetric, signal: context.signal },
    nodePredictThreads,
  );
  if (flags.figure !== undefined) await saveConfusion(flags.figure, evaluation, context);
  if (flags.json) {
    context.print(JSON.stringify({ rows: data.rowCount, rounds, ...jsonOf(evaluation) }));
    return;
  }
  const scores = Object.entries(evaluation.metrics);
  const lines = scores.map(([name, value]) => `${name.padEnd(8)} ${formatMetric(value)}`);
  context.print([`rows     ${formatCount(data.rowCount)}`, ...lines].join("\n"));
  if (evaluation.confusion) context.print(`\n${describeConfusion(evaluation.confusion)}`);
}

async function saveConfusion(
  path: string,
  { confusion }: Evaluation,
  context: CommandContext,
): Promise<void> {
  if (confusion === null) {
    context.note("coppice: warning: no figure written, only classifiers have a confusion matrix");
    return;
  }
  const { drawConfusionMatrix } = await import("../../plot/confusion-figure.ts");
  await writeFigure(path, drawConfusionMatrix(confusion));
}

/** What --json prints of an evaluation. */
function jsonOf({ metrics, confusion }: Evaluation): Record<string, unknown> {
  if (confusion === null) return { metrics };
  const { classNames, counts } = confusion;
  const matrix = classNames.map((_, truth) =>
    Array.from(counts.subarray(truth * classNames.length, (truth + 1) * classNames.length)),
  );
  return { metrics, confusion: { classes: classNames, matrix }, classes: classRates(confusion) };
}
