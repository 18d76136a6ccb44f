// Columns to a file in the format that its name says. Whole or not at all.

import { type OutputFormat, outputFormatOf, writerOf } from "../../input/formats/writers.ts";
import type { OutputColumn } from "../../input/table/columns.ts";
import { places } from "../files/places.ts";

export type { OutputFormat } from "../../input/formats/writers.ts";
export type { OutputColumn } from "../../input/table/columns.ts";

/**
 * Writes a table.
 *
 * @param format by default told from the name: .csv, .parquet, .arrow (or .feather, .ipc)
 * @returns the number of bytes written
 * @throws {CoppiceError} INVALID_PARAMETER when the name tells no format, or the scheme of a URL is unknown; INVALID_DATA when the columns do
 *   not fit together or the file cannot be written
 */
export async function writeTable(
  path: string,
  columns: readonly OutputColumn[],
  format: OutputFormat = outputFormatOf(path),
): Promise<number> {
  return places.of(path).write(path, writerOf(format)(columns));
}
