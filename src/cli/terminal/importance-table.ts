// The importance of features by all measures side by side, the most important first. Trees have the
// five of XGBoost; a linear model has its coefficients.

import type { Booster } from "../../booster/booster.ts";
import type { ImportanceKind } from "../../booster/importance.ts";
import type { ImportanceMeasure } from "../../plot/importance-figure.ts";
import { formatCount, formatMetric, formatTable } from "./text-table.ts";

/** A feature with its value by each measure that the model has. */
export type ImportanceRow = { readonly feature: string } & Readonly<
  Partial<Record<ImportanceMeasure, number>>
>;

const kinds: readonly ImportanceKind[] = ["weight", "gain", "cover", "totalGain", "totalCover"];

/** What is shown of a model: `wanted`, or the coefficients of a linear one. */
export function measureFor(booster: Booster, wanted: ImportanceKind): ImportanceMeasure {
  return booster.model.linearWeights === null ? wanted : "coefficient";
}

/** One row for each feature that the model uses, ordered by the magnitude of `measure`. */
export function importanceTable(booster: Booster, measure: ImportanceMeasure): ImportanceRow[] {
  const columns: [ImportanceMeasure, Record<string, number>][] =
    measure === "coefficient"
      ? [[measure, booster.importance("weight")]]
      : kinds.map((kind) => [kind, booster.importance(kind)]);
  const size = (row: ImportanceRow) => Math.abs(row[measure] ?? 0);
  return Object.keys(columns[0][1])
    .map((feature) => ({
      feature,
      ...Object.fromEntries(columns.map(([name, values]) => [name, values[feature] ?? 0])),
    }))
    .sort((a, b) => size(b) - size(a));
}

/** The magnitudes of one measure by feature, for a figure. */
export function magnitudes(
  importance: readonly ImportanceRow[],
  measure: ImportanceMeasure,
): Record<string, number> {
  return Object.fromEntries(importance.map((row) => [row.feature, Math.abs(row[measure] ?? 0)]));
}

const headings: readonly (readonly [ImportanceMeasure, string])[] = [
  ["coefficient", "coefficient"],
  ["weight", "splits"],
  ["gain", "gain"],
  ["totalGain", "total gain"],
  ["cover", "cover"],
];

/** The first `limit` rows as lines for a terminal. */
export function describeImportance(importance: readonly ImportanceRow[], limit: number): string {
  const shown = importance.slice(0, limit);
  const columns = headings.filter(([measure]) => importance[0]?.[measure] !== undefined);
  const table = formatTable([
    ["feature", ...columns.map(([, heading]) => heading)],
    ...shown.map((row) => [
      row.feature,
      ...columns.map(([measure]) =>
        measure === "weight" ? formatCount(row[measure] ?? 0) : formatMetric(row[measure] ?? 0),
      ),
    ]),
  ]);
  const rest = importance.length - shown.length;
  return rest > 0 ? `${table}\nand ${rest} more features` : table;
}
