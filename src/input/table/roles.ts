// What each column of a table is for. Everything that is neither label, weight, query id, base
// margin nor ignored is a feature, in the order of the table; text columns are categorical.

import type { Declarations, ValuesOf } from "../../core/declaration.ts";
import { abortSignal } from "../../core/declaration.ts";
import { CoppiceError, showValue } from "../../core/errors.ts";
import type { CategoryNames, LabelClass } from "../../data/dmatrix.ts";
import { type LabelKind, labelColumnKind } from "./labels.ts";
import { type ColumnKind, type ColumnRef, findColumn, showColumn, type TableReader } from "./table.ts";

type ColumnList = readonly ColumnRef[];

export const tableOptions = {
  /** The column that is predicted. */
  label: {
    type: "any",
    of: undefined as unknown as ColumnRef,
    flag: "<column>",
    doc: "column of the label: a name, or a position from 0, or from the end: -1 is the last",
  },
  /** "number" (default) takes labels as they are; "class" codes labels of any kind 0, 1, .. in sorted order. */
  labelKind: { type: "string", choices: ["number", "class"] satisfies LabelKind[], default: "number" },
  /** With `labelKind` "class": the coding to keep to, for validation and test data. */
  labelClasses: { type: "any", of: undefined as unknown as readonly LabelClass[] },
  /** The weight of each row. */
  weight: {
    type: "any",
    of: undefined as unknown as ColumnRef,
    flag: "<column>",
    doc: "column of the row weights",
  },
  /** The query of each row (ranking); rows of a query stand together. */
  queryId: {
    type: "any",
    of: undefined as unknown as ColumnRef,
    flag: "<column>",
    doc: "column of the query ids of ranking data",
  },
  /** One column, or one per output. */
  baseMargin: {
    type: "any",
    of: undefined as unknown as ColumnRef | ColumnList,
    flag: "<columns,>",
    doc: "columns of the margins to start from, one per output",
  },
  /** The features, in this order; by default all columns without another role. */
  features: { type: "any", of: undefined as unknown as ColumnList },
  /** Numeric columns whose integers are categories. Text columns are categorical by themselves. */
  categorical: {
    type: "any",
    of: undefined as unknown as ColumnList,
    flag: "<columns,>",
    doc: "numeric columns that hold categories; text columns do anyway",
  },
  /** Columns to leave out. */
  ignore: {
    type: "any",
    of: undefined as unknown as ColumnList,
    flag: "<columns,>",
    doc: "columns to leave out",
  },
  /**
   * For `categorical` numeric columns: "dictionary" (default) numbers the values that occur, "codes"
   * takes the values themselves as category codes, as XGBoost does with feature type "c".
   */
  categoryEncoding: { type: "string", choices: ["dictionary", "codes"], default: "dictionary" },
  /** One per feature: the categories to keep to, null for numeric features; for data of a known model. */
  categories: { type: "any", of: undefined as unknown as readonly CategoryNames[] },
  /** Feature values that mean missing, besides an empty cell, null and NaN. */
  missing: {
    type: "any",
    of: undefined as unknown as string | number | readonly (string | number)[],
    flag: "<text..>",
    doc: "cell that means missing, besides an empty one; may be repeated",
  },
  /** Columns to read as text even if they look like numbers. */
  textColumns: { type: "any", of: undefined as unknown as ColumnList },
  /** Columns to read as numbers whatever their first rows look like. */
  numericColumns: { type: "any", of: undefined as unknown as ColumnList },
  /** Rows of a block of the result; 16384 by default. */
  blockRowCount: { type: "integer", minimum: 1, default: 16384 },
  /** Ends the reading. */
  signal: abortSignal,
} as const satisfies Declarations;

export interface TableOptions extends ValuesOf<typeof tableOptions> {}

/** A column with a role: where it stands, and as what it is read. */
export interface RoleColumn {
  readonly column: number;
  readonly kind: ColumnKind;
  readonly title: string;
}

export interface FeatureColumn extends RoleColumn {
  /** null for numeric features; "codes" for values that are codes already; else by dictionary. */
  readonly coding: null | "codes" | "dictionary";
  readonly fixed: CategoryNames;
}

export interface Roles {
  readonly label: RoleColumn | undefined;
  readonly weight: RoleColumn | undefined;
  readonly queryId: RoleColumn | undefined;
  readonly baseMargin: readonly RoleColumn[];
  readonly features: readonly FeatureColumn[];
}

/** @throws {CoppiceError} INVALID_DATA when a column is not there or cannot be what it is to be */
export function assignRoles(reader: TableReader, options: TableOptions): Roles {
  const kinds = columnKinds(reader, options);
  const find = (ref: ColumnRef | undefined, role: string, kind?: ColumnKind): RoleColumn | undefined => {
    if (ref === undefined) return undefined;
    const column = findColumn(reader, ref, role);
    return {
      column,
      kind: kind ?? usableKind(reader, column, kinds[column]),
      title: showColumn(reader, column),
    };
  };
  const label = find(options.label, "label");
  const margins = options.baseMargin === undefined ? [] : [options.baseMargin].flat();
  const roles = {
    label: label && { ...label, kind: checkedLabelKind(reader, label, options) },
    weight: find(options.weight, "weight", "number"),
    queryId: find(options.queryId, "queryId"),
    baseMargin: margins.map((ref) => find(ref as ColumnRef, "baseMargin", "number")!),
  };
  const taken = [roles.label, roles.weight, roles.queryId, ...roles.baseMargin].flatMap((r) =>
    r ? [r.column] : [],
  );
  return { ...roles, features: featureColumns(reader, options, kinds, new Set(taken)) };
}

function columnKinds(reader: TableReader, options: TableOptions): (ColumnKind | "other")[] {
  const kinds = reader.columns.map((column) => column.kind);
  for (const ref of options.textColumns ?? []) kinds[findColumn(reader, ref, "textColumns")] = "string";
  for (const ref of options.numericColumns ?? []) kinds[findColumn(reader, ref, "numericColumns")] = "number";
  return kinds;
}

function usableKind(reader: TableReader, column: number, kind: ColumnKind | "other"): ColumnKind {
  if (kind !== "other") return kind;
  throw new CoppiceError(
    "INVALID_DATA",
    `${reader.source}: ${showColumn(reader, column)} must hold numbers or text, got type ${reader.columns[column].type}; leave it out with \`ignore\``,
    { column: reader.columns[column].name },
  );
}

function checkedLabelKind(reader: TableReader, label: RoleColumn, options: TableOptions): ColumnKind {
  const { labelKind = "number", labelClasses } = options;
  if (labelKind === "number" && label.kind === "string") {
    throw new CoppiceError(
      "INVALID_DATA",
      `${reader.source}: the label (${label.title}) must be numeric for \`labelKind\` "number", got text; use "class" for classes`,
      { column: reader.columns[label.column].name },
    );
  }
  return labelColumnKind(labelKind, label.kind, labelClasses);
}

function featureColumns(
  reader: TableReader,
  options: TableOptions,
  kinds: readonly (ColumnKind | "other")[],
  taken: ReadonlySet<number>,
): FeatureColumn[] {
  const columns = options.features
    ? chosenFeatures(reader, options.features, taken)
    : remainingColumns(reader, options.ignore ?? [], taken);
  if (columns.length === 0) {
    throw new CoppiceError("INVALID_DATA", `${reader.source}: a table must have at least one feature column`);
  }
  const listed = new Set(options.categorical?.map((ref) => findColumn(reader, ref, "categorical")));
  const { categories } = options;
  if (categories && categories.length !== columns.length) {
    throw new CoppiceError(
      "INVALID_DATA",
      `${reader.source}: the table must have ${categories.length} features like the model or table it is read for, got ${columns.length}`,
    );
  }
  return columns.map((column, f) => {
    const title = showColumn(reader, column);
    // With dictionaries given, a feature without one is numeric whatever the first rows look like.
    if (categories) return knownFeature(column, title, categories[f], listed.has(column));
    const kind = usableKind(reader, column, kinds[column]);
    const isCategorical = kind === "string" || listed.has(column) || reader.columns[column].isCategorical;
    const isCoded = kind === "number" && listed.has(column) && options.categoryEncoding === "codes";
    const coding = isCoded ? "codes" : isCategorical ? "dictionary" : null;
    return { column, kind, title, coding, fixed: null };
  });
}

function knownFeature(column: number, title: string, fixed: CategoryNames, isListed: boolean): FeatureColumn {
  if (!fixed) return { column, kind: "number", title, coding: isListed ? "codes" : null, fixed };
  const kind = typeof fixed[0] === "number" ? "number" : "string";
  return { column, kind, title, coding: "dictionary", fixed };
}

function chosenFeatures(
  reader: TableReader,
  refs: readonly ColumnRef[],
  taken: ReadonlySet<number>,
): number[] {
  const columns = refs.map((ref) => findColumn(reader, ref, "features"));
  columns.forEach((column, i) => {
    if (taken.has(column) || columns.indexOf(column) !== i) {
      const reason = taken.has(column) ? "which has another role" : "twice";
      throw new CoppiceError(
        "INVALID_PARAMETER",
        `\`features\` must be distinct columns without another role, got ${showValue(refs[i])} ${reason}`,
        { parameter: "features" },
      );
    }
  });
  return columns;
}

function remainingColumns(
  reader: TableReader,
  ignore: readonly ColumnRef[],
  taken: ReadonlySet<number>,
): number[] {
  const ignored = new Set(ignore.map((ref) => findColumn(reader, ref, "ignore")));
  return reader.columns.flatMap((_, column) => (taken.has(column) || ignored.has(column) ? [] : [column]));
}
