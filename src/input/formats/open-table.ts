// Sources, one after another, as one table with columns.

import { CoppiceError } from "../../core/errors.ts";
import type { ByteSource } from "../table/bytes.ts";
import { concatTables } from "../table/concat.ts";
import type { TableReader } from "../table/table.ts";
import type { ColumnsFormat } from "./format.ts";
import type { ReadTableOptions } from "./read-options.ts";
import { formatOf, formatOfSource, type TableFormat } from "./registry.ts";

/**
 * Opens a table for readers that want its rows rather than a DMatrix.
 *
 * @throws {CoppiceError} INVALID_DATA when a file is not what it must be; UNSUPPORTED for libsvm
 */
export async function openTable(
  sources: readonly ByteSource[],
  options: ReadTableOptions = {},
): Promise<TableReader> {
  const { format } = await columnsFormatOf(sources[0], options.format);
  return concatTables(
    sources.map((source) => (first: TableReader | undefined) => format.open(source, options, first)),
  );
}

/**
 * The format of a source that must have columns, and its name.
 *
 * @throws {CoppiceError} UNSUPPORTED when it has none
 */
export async function columnsFormatOf(
  source: ByteSource | undefined,
  asked: TableFormat | undefined,
): Promise<{ name: TableFormat; format: ColumnsFormat }> {
  const name = await formatOfSource(source, asked);
  const format = formatOf(name);
  if (format.kind === "columns") return { name, format };
  throw new CoppiceError(
    "UNSUPPORTED",
    `${source?.name}: ${name} has no columns; read it as a DMatrix, which is sparse`,
  );
}
