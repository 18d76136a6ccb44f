// What each column of a table is for. Everything that is neither label, weight, query id, base
// margin nor ignored is a feature, in the order of the table; text columns are categorical.

import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { CoppiceError, showValue } from "../../core/errors.ts";
import type { CategoryNames, LabelClass } from "../../data/dmatrix.ts";
import { type LabelKind, labelColumnKind } from "./labels.ts";
import { type ColumnKind, type ColumnRef, findColumn, showColumn, type TableReader } from "./table.ts";

export interface TableOptions {
  label?: ColumnRef | undefined;
  /** "number" (default) takes labels as they are; "class" codes labels of any kind 0, 1, .. in sorted order. */
  labelKind?: LabelKind | undefined;
  /** With `labelKind` "class": the coding to keep to, for validation and test data. */
  labelClasses?: readonly LabelClass[] | undefined;
  weight?: ColumnRef | undefined;
  /** The query of each row (ranking); rows of a query stand together. */
  queryId?: ColumnRef | undefined;
  /** One column, or one per output. */
  baseMargin?: ColumnRef | readonly ColumnRef[] | undefined;
  /** The features, in this order; by default all columns without another role. */
  features?: readonly ColumnRef[] | undefined;
  /** Columns to leave out. */
  ignore?: readonly ColumnRef[] | undefined;
  /** Numeric columns whose integers are categories. Text columns are categorical by themselves. */
  categorical?: readonly ColumnRef[] | undefined;
  /**
   * For `categorical` numeric columns: "dictionary" (default) numbers the values that occur, "codes"
   * takes the values themselves as category codes, as XGBoost does with feature type "c".
   */
  categoryEncoding?: "dictionary" | "codes" | undefined;
  /** One per feature: the categories to keep to, null for numeric features; for data of a known model. */
  categories?: readonly CategoryNames[] | undefined;
  /** Feature values that mean missing, besides an empty cell, null and NaN. */
  missing?: string | number | readonly (string | number)[] | undefined;
  /** Columns to read as text even if they look like numbers. */
  textColumns?: readonly ColumnRef[] | undefined;
  /** Columns to read as numbers whatever their first rows look like. */
  numericColumns?: readonly ColumnRef[] | undefined;
  /** Rows of a block of the result; 16384 by default. */
  blockRowCount?: number | undefined;
  signal?: AbortSignalLike | undefined;
}

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
