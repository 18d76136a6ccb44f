// `coppice datasets`: tables to try things on. Covertype is downloaded; forest-cover is generated and
// says so.

import type { Command } from "commander";
import type { Declarations } from "../../core/declaration.ts";
import { downloadCovertype } from "../../datasets/covertype.ts";
import { listed } from "../../input/formats/registry.ts";
import { outputEndings } from "../../input/formats/writers.ts";
import { shardTable, shardTableOptions } from "../../node/tables/shard-table.ts";
import { collectEach, integerFrom, requireFlags } from "../flags/flag-values.ts";
import { addFlags, flagValues } from "../flags/option-flags.ts";
import type { CommandContext } from "../terminal/context.ts";
import { checkWritable, parseTablePath } from "../terminal/output-files.ts";
import { formatBytes, formatCount } from "../terminal/text-table.ts";
import { saveCoverTable, saveForestCover } from "./forest-cover-file.ts";

interface ForestCoverFlags {
  readonly out: string;
  readonly rows: number;
  readonly seed: number;
}

export function addDatasetsCommand(program: Command, context: CommandContext): void {
  const datasets = program.command("datasets").description("Fetch or generate a table to try things on.");
  const outFlag = ["--out <file>", `where it goes: ${listed(outputEndings)}`, parseTablePath] as const;
  datasets
    .command("covertype")
    .usage("--out <file>")
    .description(
      "Download Forest Covertype from UCI (581,012 rows × 54 features, 7 classes; CC BY 4.0), checked by digest and counts.",
    )
    .option(...outFlag)
    .action(async ({ out }: { out: string }, command: Command) => {
      requireFlags(command, "out");
      await checkWritable(out);
      const table = await downloadCovertype({ signal: context.signal, onProgress: showDownload(context) });
      context.print(await saveCoverTable(out, table, "Covertype, UCI Machine Learning Repository"));
    });
  datasets
    .command("forest-cover")
    .usage("--out <file> [options]")
    .description(
      "Generate a synthetic stand-in with Covertype's columns. It is not real data: results on it say nothing about Covertype.",
    )
    .option(...outFlag)
    .option("--rows <n>", "how many rows", integerFrom(1, 10_000_000), 100_000)
    .option("--seed <n>", "seed; the same seed gives the same rows", integerFrom(0, 4294967295), 0)
    .action(async ({ out, rows, seed }: ForestCoverFlags, command: Command) => {
      requireFlags(command, "out");
      await checkWritable(out);
      context.print(await saveForestCover(out, { rows, seed }));
    });
  addShardCommand(datasets, context);
}

interface ShardFlags {
  readonly data: readonly string[];
  readonly out: string;
}

const { rowsPerFile, hasHeader, delimiter, missing } = shardTableOptions;
const shardFlags = {
  rowsPerFile,
  format: { ...shardTableOptions.format, choices: ["csv", "tsv", "parquet", "arrow"] },
  ...{ hasHeader, delimiter, missing },
} as const satisfies Declarations;

function addShardCommand(datasets: Command, context: CommandContext): void {
  const command = datasets
    .command("shard")
    .usage("--data <file> --out <folder> [options]")
    .description("Write any table as Parquet files of equal size, for training on several workers.")
    .option("--data <file>", "table to read; a glob, or the flag again, for several files", collectEach)
    .option("--out <folder>", "where part-00000.parquet and so on go");
  addFlags(command, shardFlags);
  command.action(async ({ data, out }: ShardFlags) => {
    requireFlags(command, "data", "out");
    const options = { ...flagValues(command, shardFlags), signal: context.signal };
    const { paths, rowCount } = await shardTable(data, out, options);
    context.print(`${out}: ${formatCount(rowCount)} rows in ${paths.length} files`);
  });
}

/** Notes the state of a download on a terminal, every 5 MB. */
function showDownload(context: CommandContext): ((received: number, total?: number) => void) | undefined {
  if (!context.progress.isTTY) return undefined;
  let shown = 0;
  return (received, total) => {
    if (received - shown < 5e6 && received !== total) return;
    shown = received;
    context.note(
      `downloaded ${formatBytes(received)}${total === undefined ? "" : ` of ${formatBytes(total)}`}`,
    );
  };
}
