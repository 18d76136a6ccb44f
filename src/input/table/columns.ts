// Columns in memory, for writing: predictions, generated tables.

import { CoppiceError } from "../../core/errors.ts";
import { checkColumnNames } from "./table.ts";

/** A column to write; NaN and null mean missing. */
export interface OutputColumn {
  readonly name: string;
  readonly values: Float32Array | Float64Array | Int32Array | readonly (string | null)[];
}

/**
 * The number of rows.
 *
 * @throws {CoppiceError} INVALID_DATA when there is no column, names repeat or lengths differ
 */
export function checkOutputColumns(columns: readonly OutputColumn[]): number {
  if (columns.length === 0) throw new CoppiceError("INVALID_DATA", "a table must have at least one column");
  checkColumnNames(
    "table to write",
    columns.map((column) => column.name),
  );
  const rowCount = columns[0].values.length;
  for (const { name, values } of columns) {
    if (values.length !== rowCount) {
      throw new CoppiceError(
        "INVALID_DATA",
        `columns must have equal lengths, got ${rowCount} for "${columns[0].name}" and ${values.length} for "${name}"`,
      );
    }
  }
  return rowCount;
}

/** A column's text values; undefined when it is numeric. */
export function textsOf(column: OutputColumn): readonly (string | null)[] | undefined {
  return ArrayBuffer.isView(column.values) ? undefined : column.values;
}
