// `coppice cv`: how well parameters do on a table, by cross-validation. No model is written.

import type { Command } from "commander";
import type { DMatrix } from "../../data/dmatrix.ts";
import { crossValidate } from "../../node/index.ts";
import { shownMetrics } from "../../objective/registry.ts";
import {
  type CrossValidationEvent,
  type CrossValidationResult,
  crossValidationOptions,
  type FoldScore,
} from "../../training/cross-validation.ts";

import type { RoundEvent } from "../../training/train.ts";
import { addDataFlags, type DataFlags, requireLabel } from "../flags/data-flags.ts";
import { pathEndingIn, requireFlags } from "../flags/flag-values.ts";
import { addFlags, flagValues } from "../flags/option-flags.ts";
import { addParameterFlags, parameterValues } from "../flags/parameter-flags.ts";
import type { CommandContext } from "../terminal/context.ts";
import { checkWritable, writeFigure } from "../terminal/output-files.ts";
import { createProgress } from "../terminal/progress.ts";
import { formatCount, formatMetric, formatSeconds, formatTable } from "../terminal/text-table.ts";
import { readTables } from "./fit.ts";

interface CvFlags extends DataFlags {
  readonly figure?: string | undefined;
  readonly json?: boolean | undefined;
}

/** A model has one round at least. */
const cvFlags = {
  ...crossValidationOptions,
  rounds: { ...crossValidationOptions.rounds, minimum: 1 },
};

export function addCvCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("cv")
    .usage("--data <file> --label <column> [options]")
    .description("Cross-validate parameters: train on all folds but one, evaluate on that one, in turn.");
  addDataFlags(command);
  command.optionsGroup("Cross-validation:");
  addFlags(command, cvFlags, { rounds: 100, folds: 5 });
  command
    .optionsGroup("Output:")
    .option("--figure <file>", "where a learning curve of the means goes", pathEndingIn([".svg"]))
    .option("--json", "print one JSON object at the end and nothing else");
  addParameterFlags(command);
  command.action(async (flags: CvFlags) => runCv(command, flags, context));
}

async function runCv(command: Command, flags: CvFlags, context: CommandContext): Promise<void> {
  requireFlags(command, "data");
  requireLabel(command, flags);
  const { rounds = 0, folds = 0, ...training } = flagValues(command, cvFlags);
  const given = parameterValues(flags as unknown as Record<string, unknown>);
  const parameters = { ...given, evalMetric: given.evalMetric ?? shownMetrics(given.objective ?? "") };
  await checkWritable(flags.figure);
  const { train: data } = await readTables(flags, parameters.objective ?? "", context.signal, undefined);
  const options = {
    ...{ ...training, rounds, folds },
    onWarning: (message: string) => context.note(`coppice: warning: ${message}`),
    signal: context.signal,
  };
  const begin = performance.now();
  const progress = createProgress(context, flags.json === true);
  const onRound = (event: CrossValidationEvent) => {
    progress.update(asRoundEvent(event, data.rowCount * (folds - 1)));
  };
  const result = await crossValidate(parameters, data, { ...options, onRound }).finally(() => {
    progress.finish();
  });
  const seconds = (performance.now() - begin) / 1000;
  if (flags.figure !== undefined) await saveCurve(flags.figure, result);
  const report = flags.json
    ? JSON.stringify(reportOf(data, result, seconds))
    : summaryOf(data, result, seconds);
  context.print(report);
}

/** A round of all folds as the progress line shows a round of one training: by the means. */
function asRoundEvent(event: CrossValidationEvent, rowsPerRound: number): RoundEvent {
  const { round, totalRounds, elapsedSeconds, metrics } = event;
  const perRound = elapsedSeconds / (round + 1);
  return {
    round,
    totalRounds,
    elapsedSeconds,
    remainingSeconds: perRound * (totalRounds - round - 1),
    rowsPerSecond: rowsPerRound / Math.max(perRound, 1e-9),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, { mean }]) => [name, mean])),
  };
}

/** The scores of the best round, or of the last, by "valid-logloss". */
function finalScores({ history, bestIteration }: CrossValidationResult): Record<string, FoldScore> {
  const scores: Record<string, FoldScore> = {};
  for (const [set, byMetric] of Object.entries(history)) {
    for (const [metric, values] of Object.entries(byMetric)) {
      scores[`${set}-${metric}`] = values[bestIteration ?? values.length - 1];
    }
  }
  return scores;
}

function reportOf(data: DMatrix, result: CrossValidationResult, seconds: number): Record<string, unknown> {
  const { history, bestIteration, boosters } = result;
  return {
    metrics: finalScores(result),
    history,
    seconds: Number(seconds.toFixed(6)),
    rows: data.rowCount,
    features: data.featureCount,
    classes: data.labelClasses ?? null,
    folds: boosters.length,
    rounds: boosters[0].roundCount,
    bestIteration: bestIteration ?? null,
  };
}

function summaryOf(data: DMatrix, result: CrossValidationResult, seconds: number): string {
  const { boosters, bestIteration } = result;
  const classes = data.labelClasses ? `, ${data.labelClasses.length} classes` : "";
  const rounds = boosters[0].roundCount;
  const best = bestIteration === undefined ? "" : `, the best is ${bestIteration + 1}`;
  const scores = Object.entries(finalScores(result)).map(([name, { mean, std }]) => [
    name,
    formatMetric(mean),
    `± ${formatMetric(std)}`,
  ]);
  return [
    `data     ${formatCount(data.rowCount)} rows × ${data.featureCount} features${classes}`,
    `folds    ${boosters.length}, ${rounds} rounds${best}, ${formatSeconds(seconds)}`,
    "",
    formatTable([["metric", "mean", "over the folds"], ...scores]),
  ].join("\n");
}

async function saveCurve(path: string, { history, bestIteration }: CrossValidationResult): Promise<void> {
  const { drawLearningCurve } = await import("../../plot/learning-curve-figure.ts");
  const means = Object.entries(history).map(([set, byMetric]) => [
    set,
    Object.fromEntries(
      Object.entries(byMetric).map(([metric, scores]) => [metric, scores.map(({ mean }) => mean)]),
    ),
  ]);
  const title = "Mean over the folds";
  await writeFigure(path, drawLearningCurve(Object.fromEntries(means), { bestIteration, title }));
}
