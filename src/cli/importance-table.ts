// The importance of features by all measures side by side, the most important first.

import type { Booster } from "../booster/booster.ts";
import type { ImportanceMeasure } from "../plot/importance-figure.ts";
import { formatCount, formatMetric, formatTable } from "./text-table.ts";

export interface ImportanceRow extends Readonly<Record<ImportanceMeasure, number>> {
  readonly feature: string;
}

const measures: readonly ImportanceMeasure[] = ["weight", "gain", "cover", "totalGain", "totalCover"];

/** One row for each feature that the model splits on, ordered by `measure`. */
export function importanceTable(booster: Booster, measure: ImportanceMeasure): ImportanceRow[] {
  const byMeasure = measures.map((name) => booster.importance(name));
  return Object.keys(byMeasure[0])
    .map((feature) => {
      const values = measures.map((name, m) => [name, byMeasure[m][feature] ?? 0]);
      return { feature, ...Object.fromEntries(values) } as ImportanceRow;
    })
    .sort((a, b) => b[measure] - a[measure]);
}

/** The first `limit` rows as lines for a terminal. */
export function describeImportance(importance: readonly ImportanceRow[], limit: number): string {
  const shown = importance.slice(0, limit);
  const table = formatTable([
    ["feature", "splits", "gain", "total gain", "cover"],
    ...shown.map((row) => [
      row.feature,
      formatCount(row.weight),
      formatMetric(row.gain),
      formatMetric(row.totalGain),
      formatMetric(row.cover),
    ]),
  ]);
  const rest = importance.length - shown.length;
  return rest > 0 ? `${table}\nand ${rest} more features` : table;
}
