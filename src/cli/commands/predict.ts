// `coppice predict`: a model and a table in, a table of predictions out, one row for a row.

import type { Command } from "commander";
import { Option } from "commander";
import { parallelOptions } from "../../booster/predict.ts";
import { outputEndings } from "../../input/formats/writers.ts";
import { type PredictionKind, predictColumns, predictionKinds } from "../../input/prediction-columns.ts";
import { writeCsv } from "../../input/text/write-csv.ts";
import { loadModel } from "../../node/files/model-files.ts";
import { writeTable } from "../../node/tables/write-table.ts";
import { nodePredictThreads } from "../../node/threads/threads.ts";
import { addDataFlags, type DataFlags, readForModel } from "../flags/data-flags.ts";
import { requireFlags } from "../flags/flag-values.ts";
import { addFlags, type FlagValues } from "../flags/option-flags.ts";
import { addRoundsFlag, roundsOf } from "../flags/rounds-flag.ts";
import type { CommandContext } from "../terminal/context.ts";
import { checkWritable, parseTablePath } from "../terminal/output-files.ts";
import { formatBytes, formatCount } from "../terminal/text-table.ts";

interface PredictFlags extends DataFlags, FlagValues<typeof parallelOptions> {
  readonly model: string;
  readonly output: string;
  readonly kind: PredictionKind;
  readonly rounds?: number | "all" | undefined;
}

export function addPredictCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("predict")
    .usage("--model <file> --data <file> [--output <file>] [options]")
    .description("Predict every row of a table. A label column, if there is one, is named and left out.")
    .option("--model <file>", "model to predict with: JSON or UBJSON, from here or from XGBoost")
    .addOption(
      new Option(
        "--kind <kind>",
        "value: probabilities of classes, else the predicted number; margin: before the objective's transform; " +
          "class: the most probable class; leaf: the leaf of every tree; contributions: SHAP values",
      )
        .choices(predictionKinds)
        .default("value"),
    )
    .option(
      "--output <file>",
      `where predictions go: ${outputEndings.join(", ")}, or - to print CSV`,
      (text) => (text === "-" ? text : parseTablePath(text)),
      "-",
    );
  addRoundsFlag(command);
  addFlags(command, parallelOptions);
  addDataFlags(command);
  command.action(async (flags: PredictFlags) => runPredict(command, flags, context));
}

async function runPredict(command: Command, flags: PredictFlags, context: CommandContext): Promise<void> {
  requireFlags(command, "model", "data");
  const { output, kind } = flags;
  if (output !== "-") await checkWritable(output);
  const booster = await loadModel(flags.model);
  const rounds = roundsOf(booster, flags.rounds, context);
  const data = await readForModel(flags, booster, context.signal, { needsLabel: false });
  const options = { kind, rounds, threads: flags.threads, signal: context.signal };
  const columns = await predictColumns(booster, data, options, nodePredictThreads);
  if (output === "-") {
    for (const chunk of writeCsv(columns)) await context.write(chunk);
    return;
  }
  const sizeBytes = await writeTable(output, columns);
  context.print(`${output}: ${formatCount(data.rowCount)} rows, ${formatBytes(sizeBytes)}`);
}
