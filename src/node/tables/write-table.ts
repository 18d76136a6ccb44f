// Columns to a file in the format that its name says: csv, parquet or arrow. Whole or not at all.

import { CoppiceError, showValue } from "../../core/errors.ts";
import { writeArrow } from "../../input/columnar/write-arrow.ts";
import { writeParquet } from "../../input/columnar/write-parquet.ts";
import { formatOfName } from "../../input/read-table.ts";
import type { OutputColumn } from "../../input/table/columns.ts";
import { writeCsv } from "../../input/text/write-csv.ts";
import { writeFileAtomic } from "../files/files.ts";

export type { OutputColumn } from "../../input/table/columns.ts";
export type OutputFormat = "csv" | "parquet" | "arrow";

/**
 * Writes a table.
 *
 * @param format by default told from the name: .csv, .parquet, .arrow (or .feather, .ipc)
 * @returns the number of bytes written
 * @throws {CoppiceError} INVALID_PARAMETER when the name tells no format; INVALID_DATA when the columns do
 *   not fit together or the file cannot be written
 */
export async function writeTable(
  path: string,
  columns: readonly OutputColumn[],
  format: OutputFormat = outputFormatOf(path),
): Promise<number> {
  const chunks = {
    csv: () => writeCsv(columns),
    parquet: () => writeParquet(columns),
    arrow: () => writeArrow(columns),
  };
  return writeFileAtomic(path, chunks[format]());
}

/** @throws {CoppiceError} INVALID_PARAMETER when the name tells no format that can be written */
export function outputFormatOf(path: string): OutputFormat {
  const format = path.toLowerCase().endsWith(".gz") ? undefined : formatOfName(path);
  if (format === "csv" || format === "parquet" || format === "arrow") return format;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `a table can be written to .csv, .parquet or .arrow, got ${showValue(path)}`,
    { path },
  );
}
