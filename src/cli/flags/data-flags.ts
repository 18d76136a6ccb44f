// Flags that say how a table is read and what its columns are for; the same in every command that
// takes a table.

import type { Command } from "commander";
import type { Booster } from "../../booster/booster.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import { formatOf, formatOfName, listed, tableFormats } from "../../input/formats/registry.ts";
import { type ReadTableOptions, readTable, type TableFormat } from "../../node/tables/read-table.ts";
import { collectEach, collectList, failUsage } from "./flag-values.ts";

export interface DataFlags {
  readonly data: readonly string[];
  readonly format?: TableFormat | undefined;
  readonly header?: boolean | undefined;
  readonly delimiter?: string | undefined;
  readonly missing?: readonly string[] | undefined;
  readonly label?: string | undefined;
  readonly labelKind?: "class" | "number" | undefined;
  readonly weight?: string | undefined;
  readonly queryId?: string | undefined;
  readonly baseMargin?: readonly string[] | undefined;
  readonly categorical?: readonly string[] | undefined;
  readonly ignore?: readonly string[] | undefined;
}

/** Adds the flags of reading a table to `command`. */
export function addDataFlags(command: Command): void {
  command
    .optionsGroup("Data:")
    .option("--data <file>", "table to read; a glob, or the flag again, for several files", collectEach)
    .option("--format <name>", `${listed(tableFormats)} (default: by the file's name)`)
    .option("--header", "the first line of a text table names the columns (default: looks)")
    .option("--no-header", "it does not")
    .option("--delimiter <character>", "between the cells of a text table (default: looks)")
    .option("--missing <text>", "cell that means missing, besides an empty one; may be repeated", collectEach)
    .option(
      "--label <column>",
      "column of the label: a name, or a position from 0, or from the end: -1 is the last",
    )
    .option("--weight <column>", "column of the row weights")
    .option("--query-id <column>", "column of the query ids of ranking data")
    .option("--base-margin <columns>", "columns of the margins to start from, one per output", collectList)
    .option(
      "--categorical <columns>",
      "numeric columns that hold categories; text columns do anyway",
      collectList,
    )
    .option("--ignore <columns>", "columns to leave out", collectList);
}

/** The options of reading that `flags` ask for. */
export function readOptions(flags: DataFlags): ReadTableOptions {
  const { label, weight, queryId, baseMargin, categorical, ignore, missing } = flags;
  const { format, header: hasHeader, delimiter } = flags;
  const columns = { label, weight, queryId, baseMargin, categorical, ignore, missing };
  return { ...columns, format, hasHeader, delimiter };
}

/**
 * Reads a table as the model expects it: its features by name where it has names, else in order, and
 * categories and label classes by its own coding. Other columns of a named table are left out.
 */
export async function readForModel(
  flags: DataFlags,
  booster: Booster,
  signal: AbortSignal,
  { needsLabel }: { needsLabel: boolean },
): Promise<DMatrix> {
  const { model, labelClasses } = booster;
  const names = model.featureNames.length > 0 ? model.featureNames : undefined;
  const categories = model.categories.length > 0 ? model.categories : undefined;
  const { label, ignore = [], ...options } = readOptions(flags);
  // A label that is not needed may be anything: it is left out unread.
  const columns = needsLabel
    ? { label, ignore, labelKind: labelClasses ? ("class" as const) : ("number" as const), labelClasses }
    : { ignore: label === undefined ? ignore : [...ignore, label] };
  return readTable(flags.data, { ...options, ...columns, features: names, categories, signal });
}

/** The label has no default: which column is predicted is the user's to say. Ends in wrong usage. */
export function requireLabel(command: Command, { data, format, label }: DataFlags): void {
  if (label !== undefined) return;
  // The rows of libsvm begin with their label; a name that tells no format may mean libsvm too.
  const likely = format ?? formatOfName(data[0]);
  if (likely !== undefined && formatOf(likely)?.kind !== "matrix")
    failUsage(command, "--label is needed: the column to predict, by name or position");
}
