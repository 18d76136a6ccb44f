// `coppice datasets`: tables to try things on. Covertype is downloaded; forest-cover is generated and
// says so.

import type { Command } from "commander";
import { downloadCovertype } from "../../datasets/covertype.ts";
import { columnsFormats, listed } from "../../input/formats/registry.ts";
import { outputEndings } from "../../input/formats/writers.ts";
import { shardTable } from "../../node/tables/shard-table.ts";
import type { DataFlags } from "../flags/data-flags.ts";
import { collectEach, integerFrom, requireFlags } from "../flags/flag-values.ts";
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

interface ShardFlags extends Pick<DataFlags, "format" | "header" | "delimiter" | "missing"> {
  readonly data: readonly string[];
  readonly out: string;
  readonly rows: number;
}

function addShardCommand(datasets: Command, context: CommandContext): void {
  datasets
    .command("shard")
    .usage("--data <file> --out <folder> [options]")
    .description("Write any table as Parquet files of equal size, for training on several workers.")
    .option("--data <file>", "table to read; a glob, or the flag again, for several files", collectEach)
    .option("--out <folder>", "where part-00000.parquet and so on go")
    .option("--rows <n>", "rows of a file", integerFrom(1), 1_000_000)
    .option("--format <name>", `${listed(columnsFormats)} (default: by the file's name)`)
    .option("--header", "the first line of a text table names the columns (default: looks)")
    .option("--no-header", "it does not")
    .option("--delimiter <character>", "between the cells of a text table (default: looks)")
    .option("--missing <text>", "cell that means missing, besides an empty one; may be repeated", collectEach)
    .action(async (flags: ShardFlags, command: Command) => {
      requireFlags(command, "data", "out");
      const { format, header: hasHeader, delimiter, missing, rows: rowsPerFile, out } = flags;
      const options = { format, hasHeader, delimiter, missing, rowsPerFile, signal: context.signal };
      const { paths, rowCount } = await shardTable(flags.data, out, options);
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
