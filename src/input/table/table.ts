// A table as its readers give it: named columns, read once in blocks of rows, and of a block only
// the columns that were asked for, one at a time. Nobody ever holds the text or the objects of the
// whole table. Missing is NaN in a numeric column and code -1 in a text column.

import type { MaybePromise } from "../../core/collective.ts";
import { CoppiceError, showValue } from "../../core/errors.ts";
import { nearestName } from "../../core/parameter.ts";

/** How the values of a column are read. */
export type ColumnKind = "number" | "string";

export interface TableColumn {
  readonly name: string;
  /** What the column holds; "other" is what no reader can turn into numbers or text. */
  readonly kind: ColumnKind | "other";
  /** The file's own word for the type, for messages. */
  readonly type: string;
  /** Numbers that the file itself calls categories. Text always is. */
  readonly isCategorical?: boolean | undefined;
}

/** A column to read, and as what. */
export interface ColumnRequest {
  readonly column: number;
  readonly kind: ColumnKind;
  /** Numbers need be right only after rounding to float32; by default they are right as doubles. */
  readonly float32?: boolean | undefined;
}

/** One column of a block. The arrays may be overwritten once another column or block is asked for. */
export type ColumnValues = NumberValues | StringValues;

export interface NumberValues {
  readonly kind: "number";
  /** Length at least rowCount. */
  readonly values: Float64Array | Float32Array;
}

export interface StringValues {
  readonly kind: "string";
  /** Positions in `dictionary`, -1 where missing. */
  readonly codes: Int32Array;
  /** May grow from block to block; the text of a code never changes while the array is the same. */
  readonly dictionary: readonly string[];
}

export interface TableBlock {
  readonly rowCount: number;
  /** The requested column `request` (a position in the requests); ask for each at most once. */
  readColumn(request: number): MaybePromise<ColumnValues>;
  /** Where a row of the block stands, for messages: `path:line` or `path, row n`. */
  placeOf(row: number): string;
}

export interface TableReader {
  /** What messages call the table. */
  readonly source: string;
  /** Whether the names come from the table itself; else they are "0", "1", and so on. */
  readonly hasNames: boolean;
  readonly columns: readonly TableColumn[];
  /** Between the cells of a text table. */
  readonly delimiter?: string | undefined;
  /** Whether it is a part of a table, which may have no rows. */
  readonly isPart?: boolean | undefined;
  /** About how many rows there are, where that can be told without reading them. */
  estimateRowCount?(): MaybePromise<number | undefined>;
  /** All rows in order, in blocks; may be called once. */
  read(requests: readonly ColumnRequest[]): AsyncIterable<TableBlock>;
  close(): Promise<void>;
}

/** A column by its name, or by its position: from 0, or negative from the end. */
export type ColumnRef = string | number;

/**
 * The position of the column that `ref` means. A text that is no column's name but an integer counts
 * as a position, as it comes from a command line.
 *
 * @throws {CoppiceError} INVALID_DATA with the nearest names when there is no such column
 */
export function findColumn(
  reader: Pick<TableReader, "source" | "columns" | "hasNames">,
  ref: ColumnRef,
  role: string,
): number {
  const { columns } = reader;
  if (typeof ref === "string" && reader.hasNames) {
    const found = columns.findIndex((column) => column.name === ref);
    if (found >= 0) return found;
  }
  const position = typeof ref === "number" || /^[+-]?\d+$/.test(ref) ? Number(ref) : NaN;
  const index = position < 0 ? columns.length + position : position;
  if (Number.isInteger(index) && index >= 0 && index < columns.length) return index;
  throw missingColumn(reader, ref, role);
}

function missingColumn(
  reader: Pick<TableReader, "source" | "columns" | "hasNames">,
  ref: ColumnRef,
  role: string,
): CoppiceError {
  const { source, columns, hasNames } = reader;
  const details = { role, column: ref, source };
  if (typeof ref === "number" || !hasNames) {
    const rule = `a position in [-${columns.length}, ${columns.length})`;
    const reason = hasNames || typeof ref === "number" ? "" : " because the table has no header";
    return new CoppiceError(
      "INVALID_DATA",
      `${source}: \`${role}\` must be ${rule}${reason}, got ${showValue(ref)}`,
      details,
    );
  }
  const names = columns.map((column) => column.name);
  // Any two short names are near each other.
  const nearest = ref.length < 3 ? undefined : nearestName(ref, names);
  const hint = nearest === undefined ? "" : ` (did you mean ${showValue(nearest)}?)`;
  const listed = names.slice(0, 12).map(showValue).join(", ");
  const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
  return new CoppiceError(
    "INVALID_DATA",
    `${source}: \`${role}\` must be a column of the table, got ${showValue(ref)}${hint}; its columns are ${listed}${more}`,
    { ...details, nearest: nearest ?? null },
  );
}

/** @throws {CoppiceError} INVALID_DATA when two columns have the same name */
export function checkColumnNames(source: string, names: readonly string[]): void {
  const first = new Map<string, number>();
  for (let i = 0; i < names.length; i++) {
    const earlier = first.get(names[i]);
    if (earlier !== undefined) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${source}: column names must be unique, got ${showValue(names[i])} for columns ${earlier} and ${i}`,
        { column: names[i], source },
      );
    }
    first.set(names[i], i);
  }
}

/** A column's name as messages give it: quoted, or "column 3" in a table without names. */
export function showColumn(reader: Pick<TableReader, "columns" | "hasNames">, column: number): string {
  return reader.hasNames ? `column ${showValue(reader.columns[column].name)}` : `column ${column}`;
}
