// Tables by their paths: one file, several, or a glob, in any supported format.

import type { DMatrix } from "../data/dmatrix.ts";
import { type ReadTableOptions, readSources, readSourcesSplit } from "../input/read-table.ts";
import type { SplitOptions } from "../input/table/table-dmatrix.ts";
import { checkSplitOptions, checkTableOptions } from "../input/table-option-names.ts";
import { expandPaths, fileSource } from "./files.ts";

export type { ReadTableOptions, TableFormat } from "../input/read-table.ts";

/**
 * Reads one or several files as one table, in the order of their names.
 *
 * @param paths a path, a glob, or a list of both
 * @example await readTable("data/train-*.parquet", { label: "Cover_Type", labelKind: "class" })
 * @throws {CoppiceError} INVALID_DATA when a file is missing or not what it must be
 */
export async function readTable(
  paths: string | readonly string[],
  options: ReadTableOptions = {},
): Promise<DMatrix> {
  checkTableOptions(options);
  return readSources(await openAll(paths), options);
}

/**
 * Reads files into training and validation rows: a row is a validation row when the hash of the seed
 * and its number is below `validFraction`; rows of a query stay together.
 *
 * @throws {CoppiceError} INVALID_DATA as `readTable`; INVALID_PARAMETER for a fraction outside (0, 1)
 */
export async function readTableSplit(
  paths: string | readonly string[],
  options: ReadTableOptions & SplitOptions,
): Promise<{ train: DMatrix; valid: DMatrix }> {
  checkSplitOptions(options);
  return readSourcesSplit(await openAll(paths), options);
}

async function openAll(paths: string | readonly string[]) {
  const sources = [];
  for (const path of await expandPaths(paths)) sources.push(await fileSource(path));
  return sources;
}
