// Any supported file as a DMatrix. Takes sources, so it runs wherever bytes can be had.

import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { openTable } from "./formats/open-table.ts";
import { type ReadTableOptions, readTableOptions, readTableSplitOptions } from "./formats/read-options.ts";
import { formatOf, formatOfSource } from "./formats/registry.ts";
import { type SplitOptions, tableToDMatrix, tableToSplit } from "./sink/table-dmatrix.ts";
import type { ByteSource } from "./table/bytes.ts";

export type { ReadTableOptions } from "./formats/read-options.ts";
export type { TableFormat } from "./formats/registry.ts";

/**
 * Reads sources, one after another, as one table, and closes them.
 *
 * @throws {CoppiceError} INVALID_DATA when a file is not what it must be, naming file and line or row
 */
export async function readSources(
  sources: readonly ByteSource[],
  options: ReadTableOptions = {},
): Promise<DMatrix> {
  checkOptions("readTable()", readTableOptions, options);
  const name = await formatOfSource(sources[0], options.format);
  const format = formatOf(name);
  if (format.kind === "matrix") return format.read(sources, options);
  return tableToDMatrix(await openTable(sources, { ...options, format: name }), options);
}

/** Reads sources into training and validation rows, told apart as by `tableToSplit`. */
export async function readSourcesSplit(
  sources: readonly ByteSource[],
  options: ReadTableOptions & SplitOptions,
): Promise<{ train: DMatrix; valid: DMatrix }> {
  checkOptions("readTableSplit()", readTableSplitOptions, options);
  const name = await formatOfSource(sources[0], options.format);
  const format = formatOf(name);
  if (format.kind === "matrix") return format.readSplit(sources, options);
  return tableToSplit(await openTable(sources, { ...options, format: name }), options);
}
