// The formats that are written too, apart from the registry: a page that reads tables need not load what writes
// them. A writer is a function and its line here.

import { CoppiceError, showValue } from "../../core/errors.ts";
import { writeArrow } from "../columnar/write-arrow.ts";
import { writeParquet } from "../columnar/write-parquet.ts";
import { unpackedName } from "../table/bytes.ts";
import type { OutputColumn } from "../table/columns.ts";
import { writeCsv } from "../text/write-csv.ts";
import { formatOf, formatOfName, listed, type TableFormat, unknownFormat } from "./registry.ts";

/** The bytes of a file in portions. @throws {CoppiceError} INVALID_DATA when the columns do not fit together */
type TableWriter = (
  columns: readonly OutputColumn[],
) => Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>;

const writers = {
  csv: writeCsv,
  parquet: writeParquet,
  arrow: (columns) => writeArrow(columns),
} as const satisfies Partial<Record<TableFormat, TableWriter>>;

/** The name of a format that is written. */
export type OutputFormat = keyof typeof writers;

export const outputFormats = Object.keys(writers) as readonly OutputFormat[];

/** @throws {CoppiceError} INVALID_PARAMETER for a name of no format that is written */
export function writerOf(format: OutputFormat): TableWriter {
  if (!outputFormats.includes(format)) throw unknownFormat(outputFormats, format);
  return writers[format];
}

/** What names of files of the format end in. @throws {CoppiceError} as `writerOf` */
export function outputEndingOf(format: OutputFormat): string {
  if (!outputFormats.includes(format)) throw unknownFormat(outputFormats, format);
  return `.${formatOf(format).extensions[0]}`;
}

/** ".csv", ".parquet", and so on. */
export const outputEndings: readonly string[] = outputFormats.map(outputEndingOf);

/** The format that a file is to be written in by its name. @throws {CoppiceError} INVALID_PARAMETER when there is none */
export function outputFormatOf(path: string): OutputFormat {
  const format = unpackedName(path) === path ? formatOfName(path) : undefined;
  const found = outputFormats.find((name) => name === format);
  if (found !== undefined) return found;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `a table can be written to ${listed(outputEndings)}, got ${showValue(path)}`,
    { path },
  );
}
