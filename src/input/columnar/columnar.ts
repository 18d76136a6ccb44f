// What the readers of columnar files, Arrow and Parquet, have in common: their options, the part of a file that
// is read, and what becomes of the columns and errors of a file.

import { CoppiceError } from "../../core/errors.ts";
import type { ByteSource } from "../table/bytes.ts";
import { numbersToTexts, textsToNumbers } from "../table/convert.ts";
import {
  type ColumnKind,
  type ColumnValues,
  checkColumnNames,
  showColumn,
  type TableReader,
} from "../table/table.ts";

export interface ColumnarOptions {
  /** Texts that mean missing, besides null. */
  missing?: string | number | readonly (string | number)[] | undefined;
}

/** A part of a file's length, both in [0, 1]; the readers make whole batches or rows of it. */
export interface FileRange {
  readonly begin: number;
  readonly end: number;
}

export const wholeFile: FileRange = { begin: 0, end: 1 };

/** The bytes [begin, end) of a file as a part of its length. */
export function rangeOf(bytes: {
  readonly source: Pick<ByteSource, "byteLength">;
  readonly begin: number;
  readonly end: number;
}): FileRange {
  const { byteLength } = bytes.source;
  return { begin: bytes.begin / byteLength, end: bytes.end / byteLength };
}

const INDEX_COLUMN = /^__index_level_\d+__$/;

/** Whether pandas has added the column: it is no column of the table. */
export function isIndexColumn(name: string): boolean {
  return INDEX_COLUMN.test(name);
}

/** @throws {CoppiceError} INVALID_DATA when two columns have the same name */
export function checkColumns({ source, columns }: Pick<TableReader, "source" | "columns">): void {
  checkColumnNames(
    source,
    columns.map(({ name }) => name),
  );
}

/** Rows of a table that have been read, and where they stand. */
interface ReadRows {
  readonly rowCount: number;
  readonly placeOf: (row: number) => string;
}

/** The values of a column as what was asked for. @throws {CoppiceError} INVALID_DATA for a text that is no number */
export function asKind(
  reader: Pick<TableReader, "columns" | "hasNames">,
  column: number,
  kind: ColumnKind,
  values: ColumnValues,
  { rowCount, placeOf }: ReadRows,
): ColumnValues {
  if (values.kind === kind) return values;
  if (values.kind === "number") return numbersToTexts(values, rowCount);
  return textsToNumbers(values, rowCount, showColumn(reader, column), placeOf);
}

/** The error for a file that a library cannot read; one that names the file itself stays as it is. */
export function unreadable(
  source: string,
  what: string,
  cause: unknown,
  details: Readonly<Record<string, string>> = {},
): CoppiceError {
  if (cause instanceof CoppiceError && cause.message.includes(source)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CoppiceError("INVALID_DATA", `${source}: ${what}: ${reason}`, { source, ...details }, cause);
}
