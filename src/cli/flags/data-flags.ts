// Flags that say how a table is read and what its columns are for; the same in every command that
// takes a table.

import type { Command } from "commander";
import type { Booster } from "../../booster/booster.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import { readTableOptions } from "../../input/formats/read-options.ts";
import { formatOf, formatOfName } from "../../input/formats/registry.ts";
import { type ReadTableOptions, readTable } from "../../node/tables/read-table.ts";
import { collectEach, failUsage } from "./flag-values.ts";
import { addFlags, type FlagValues, valuesIn } from "./option-flags.ts";

export interface DataFlags extends FlagValues<typeof readTableOptions> {
  readonly data: readonly string[];
}

/** Adds the flags of reading a table to `command`. */
export function addDataFlags(command: Command): void {
  command
    .optionsGroup("Data:")
    .option("--data <file>", "table to read; a glob, or the flag again, for several files", collectEach);
  addFlags(command, readTableOptions);
}

/** The options of reading that `flags` ask for. */
export function readOptions(flags: DataFlags): ReadTableOptions {
  return valuesIn(readTableOptions, flags);
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
