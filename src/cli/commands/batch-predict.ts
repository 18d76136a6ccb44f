// `coppice batch-predict`: every file of a table becomes a file of predictions, on several workers; what is
// finished stays so when the command is given again.

import { type Command, Option } from "commander";
import { type OutputFormat, outputFormats } from "../../input/formats/writers.ts";
import { type PredictionKind, predictionKinds } from "../../input/prediction-columns.ts";
import { type BatchResult, batchPredict } from "../../node/batch/batch-predict.ts";
import { runWorker } from "../../node/workers/worker-program.ts";
import { addDataFlags, type DataFlags, readOptions } from "../flags/data-flags.ts";
import { failUsage, integerFrom, requireFlags } from "../flags/flag-values.ts";
import { addRayFlags, checkRayFlags, type RayFlags } from "../flags/ray-flags.ts";
import { engineOf } from "../flags/worker-flags.ts";
import type { CommandContext } from "../terminal/context.ts";
import { formatCount, formatMetric } from "../terminal/text-table.ts";

interface BatchFlags extends DataFlags, RayFlags {
  readonly model: string;
  readonly output: string;
  readonly outputFormat: OutputFormat;
  readonly kind: PredictionKind;
  readonly evaluate?: boolean | undefined;
  readonly drift?: boolean | undefined;
  readonly workers: number;
  readonly maxFailures?: number | undefined;
  readonly overwrite?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export function addBatchPredictCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("batch-predict")
    .usage("--model <file> --data <glob> --output <folder> [--workers <n>] [options]")
    .description(
      "Predict a table of many files on several workers: a file of predictions for each. Given again it does " +
        "only what is missing.",
    )
    .option("--model <file>", "model to predict with: JSON or UBJSON, from here or from XGBoost")
    .option("--output <folder>", "folder of the predictions")
    .addOption(
      new Option("--output-format <name>", "of the predictions").choices(outputFormats).default("parquet"),
    )
    .addOption(new Option("--kind <kind>", "as for predict").choices(predictionKinds).default("value"))
    .option("--evaluate", "compute the metrics of all parts together; needs --label")
    .option("--drift", "compare the rows with the training rows, as drift does")
    .option("--overwrite", "replace the predictions of another model or of other options")
    .option("--json", "print one JSON object and nothing else")
    .optionsGroup("Workers:")
    .option("--workers <n>", "how many workers", integerFrom(1, 1024), 1)
    .addOption(
      new Option("--engine <name>", "who starts them: this command, a Ray cluster, or (env) mpirun, srun")
        .choices(["processes", "ray", "env"])
        .default(undefined, "processes"),
    )
    .option(
      "--max-failures <n>",
      "lost workers to replace before giving up (default: 3 per worker)",
      integerFrom(0),
    );
  addRayFlags(command);
  addDataFlags(command);
  command.action(async (flags: BatchFlags) => runBatch(command, flags, context));
}

async function runBatch(command: Command, flags: BatchFlags, context: CommandContext): Promise<void> {
  requireFlags(command, "model", "data", "output");
  checkRayFlags(command, flags);
  if (flags.evaluate && flags.label === undefined) failUsage(command, "--evaluate needs --label");
  const engine = engineOf(flags);
  if ("launchedAs" in engine && engine.launchedAs.rank > 0) {
    // Its heartbeat and its connections would keep the process.
    process.exit(await runWorker(process.env, context.note));
  }
  const { model, data, output, kind, evaluate, drift, workers, maxFailures, overwrite } = flags;
  const result = await batchPredict({
    ...{ model, data, output, kind, evaluate, drift, workers, maxFailures, overwrite, engine },
    format: flags.outputFormat,
    table: readOptions(flags),
    onPart: ({ output: path, rowCount }, finished, total) =>
      context.note(`${finished}/${total}  ${path}: ${formatCount(rowCount)} rows`),
    onFailure: (message) => context.note(`coppice: ${message}`),
    signal: context.signal,
  });
  context.print(flags.json ? JSON.stringify(result) : describe(output, result));
}

function describe(output: string, { parts, rowCount, metrics, drift, failures }: BatchResult): string {
  const before = parts.filter(({ wasFinished }) => wasFinished).length;
  const known = before === 0 ? "" : `, ${before} of them finished before`;
  const lines = [`${output}: ${formatCount(rowCount)} rows in ${parts.length} parts${known}`];
  if (failures > 0) lines.push(`${failures} workers were lost and replaced`);
  if (metrics !== null) {
    const scores = Object.entries(metrics).map(([name, value]) => `${name} ${formatMetric(value)}`);
    lines.push(`metrics  ${scores.join("  ")}`);
  }
  const moved = [...(drift?.features ?? []), ...(drift?.predictions ?? [])]
    .filter(({ stabilityIndex }) => (stabilityIndex ?? 0) > 0.1)
    .map(({ name, stabilityIndex }) => `${name} ${stabilityIndex?.toFixed(3)}`);
  if (drift !== null) lines.push(`drift    ${moved.length === 0 ? "no column moved" : moved.join("  ")}`);
  return lines.join("\n");
}
