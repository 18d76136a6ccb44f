// auc and aucpr of ranked queries: the mean of the areas of the queries that have one. The weight of a
// query is that of its first row.

import type { Collective } from "../core/collective.ts";
import { countAllRows, sumColumnsExactly } from "../core/exact-sum.ts";
import { argsortDescending } from "./argsort.ts";
import { areaUnderPrecisionRecall } from "./curve.ts";
import type { MetricInput } from "./metric.ts";

/** @returns NaN when no query has an area */
export async function areaOfQueries(
  name: "auc" | "aucpr",
  input: MetricInput,
  collective: Collective,
): Promise<number> {
  const offsets = input.queryOffsets!;
  const queryCount = offsets.length - 1;
  const areas = new Float64Array(queryCount);
  const isValid = new Float64Array(queryCount);
  for (let q = 0; q < queryCount; q++) {
    const scores = input.predictions.subarray(offsets[q], offsets[q + 1]);
    const label = input.label.subarray(offsets[q], offsets[q + 1]);
    const area =
      name === "auc"
        ? areaOverPairs(scores, label)
        : areaUnderPrecisionRecall({ scores, label, weight: undefined }).area;
    if (Number.isNaN(area)) continue;
    areas[q] = area;
    isValid[q] = 1;
  }
  const allQueries = await countAllRows(queryCount, collective);
  const [sum, count] = await sumColumnsExactly([areas, isValid], allQueries, collective);
  return count === 0 ? Number.NaN : sum / count;
}

/**
 * The share of pairs of rows that the scores put in the order of the labels, equal scores counting
 * half. XGBoost parity: pairs of equal labels count too, in row order; fewer than three rows have no area.
 */
function areaOverPairs(scores: Float32Array, label: Float32Array): number {
  if (label.length < 3) return Number.NaN;
  const order = argsortDescending(label);
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    for (let j = i + 1; j < order.length; j++) {
      const difference = scores[order[i]] - scores[order[j]];
      if (difference > 0) sum += 1;
      else if (difference === 0) sum += 0.5;
    }
  }
  return sum / ((order.length * (order.length - 1)) / 2);
}
