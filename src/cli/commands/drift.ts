// `coppice drift`: how far the rows of a table are from the rows a model was trained on.

import type { Command } from "commander";
import { profileOf } from "../../booster/training-profile.ts";
import { CoppiceError } from "../../core/errors.ts";
import { loadModel } from "../../node/files/model-files.ts";
import type { NamedDrift } from "../../serve/drift/drift-monitor.ts";
import { tableDrift } from "../../serve/drift/table-drift.ts";
import { addDataFlags, type DataFlags, readForModel } from "../flags/data-flags.ts";
import { integerFrom, pathEndingIn, requireFlags } from "../flags/flag-values.ts";
import type { CommandContext } from "../terminal/context.ts";
import { checkWritable, writeFigure } from "../terminal/output-files.ts";
import { formatCount } from "../terminal/text-table.ts";

interface DriftFlags extends DataFlags {
  readonly model: string;
  readonly top: number;
  readonly figure?: string | undefined;
  readonly json?: boolean | undefined;
}

export function addDriftCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("drift")
    .description(
      "Print how far a table is from the rows a model was trained on: the population stability index of every " +
        "feature and prediction, below 0.1 unchanged, above 0.2 changed.",
    )
    .option("--model <file>", "model that carries its training profile, as `coppice train` writes it")
    .option("--top <n>", "columns to print, those that moved most first", integerFrom(1), 20)
    .option("--figure <file>", "where the indices go as a figure", pathEndingIn([".svg"]))
    .option("--json", "print one JSON object and nothing else");
  addDataFlags(command);
  command.action(async (flags: DriftFlags) => runDrift(command, flags, context));
}

async function runDrift(command: Command, flags: DriftFlags, context: CommandContext): Promise<void> {
  requireFlags(command, "model", "data");
  await checkWritable(flags.figure);
  const booster = await loadModel(flags.model);
  const profile = profileOf(booster.model.attributes);
  if (profile === undefined) {
    throw new CoppiceError(
      "INVALID_MODEL",
      `${flags.model}: the model carries no training profile; \`coppice train\` and withTrainingProfile write one`,
    );
  }
  const data = await readForModel(flags, booster, context.signal, { needsLabel: false });
  const report = tableDrift(booster, profile, data);
  const columns = [...report.features, ...report.predictions];
  columns.sort((a, b) => (b.stabilityIndex ?? -1) - (a.stabilityIndex ?? -1) || (a.name < b.name ? -1 : 1));
  if (flags.figure !== undefined) {
    const { drawDrift } = await import("../../plot/drift-figure.ts");
    await writeFigure(flags.figure, drawDrift(columns));
  }
  if (flags.json) {
    context.print(JSON.stringify(report));
    return;
  }
  const of = `${formatCount(report.rowCount)} rows against ${formatCount(report.trainingRowCount)} of training`;
  context.print(`${of}\n\n${describe(columns.slice(0, flags.top))}`);
  const rest = columns.length - flags.top;
  if (rest > 0) context.print(`and ${rest} columns that moved less`);
}

function describe(columns: readonly NamedDrift[]): string {
  const width = Math.max(6, ...columns.map(({ name }) => name.length));
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(9);
  const lines = columns.map(({ name, stabilityIndex, missingShare, unseenShare }) => {
    const index = stabilityIndex === null ? "-" : stabilityIndex.toFixed(4);
    const verdict = stabilityIndex === null ? "too few rows" : verdictOf(stabilityIndex);
    return `${name.padEnd(width)} ${index.padStart(8)} ${percent(missingShare)} ${percent(unseenShare)}  ${verdict}`;
  });
  const header = `${"column".padEnd(width)} ${"index".padStart(8)} ${"missing".padStart(9)} ${"unseen".padStart(9)}`;
  return [header, ...lines].join("\n");
}

function verdictOf(index: number): string {
  if (index > 0.2) return "changed";
  return index > 0.1 ? "look at it" : "unchanged";
}
