// Histograms as plain objects: for every feature and every state of it (a bin, or missing) the sums of
// the rows that are in it, found by looking every value up among the cuts from left to right.

import type { Sums } from "./naive-gain.ts";
import type { PlainTable } from "./plain-table.ts";

/** The bin of a value: the first cut above it, the last bin when there is none; the bin count when missing. */
export function naiveState(table: PlainTable, feature: number, value: number): number {
  const cuts = table.cuts[feature];
  if (Number.isNaN(value)) return cuts.length;
  if (table.isCategorical[feature]) return cuts.indexOf(Math.trunc(value));
  const bin = cuts.findIndex((cut) => cut > value);
  return bin < 0 ? cuts.length - 1 : bin;
}

/** Per feature the sums of each bin, and last those of the rows in which it is missing. */
export function naiveHistogram(
  table: PlainTable,
  gradients: Float32Array,
  rows: Iterable<number>,
): { grad: number; hess: number }[][] {
  const sums = table.cuts.map((cuts) =>
    Array.from({ length: cuts.length + 1 }, () => ({ grad: 0, hess: 0 })),
  );
  for (const row of rows) {
    for (let f = 0; f < table.featureCount; f++) {
      const entry = sums[f][naiveState(table, f, table.rows[row][f])];
      entry.grad += gradients[2 * row];
      entry.hess += gradients[2 * row + 1];
    }
  }
  return sums;
}

/** The sums of one list of states together. */
export function totalOf(states: readonly Sums[]): Sums {
  return states.reduce((sum, s) => ({ grad: sum.grad + s.grad, hess: sum.hess + s.hess }), {
    grad: 0,
    hess: 0,
  });
}
