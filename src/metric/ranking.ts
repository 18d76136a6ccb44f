// ndcg, map and pre: how well scores order the rows of each query, averaged over queries by weight. All
// rows are one query when there are no query groups. The weight of a query is that of its first row.
// "@k" looks at the best k rows only; a "-" at the end scores queries without relevant rows 0, not 1.

import { CoppiceError } from "../core/errors.ts";
import { countAllRows, sumColumnsExactly } from "../core/exact-sum.ts";
import { log } from "../core/math/exp-log.ts";
import { argsortDescending } from "./argsort.ts";
import type { MetricInput } from "./metric.ts";
import { defineMetric, type MetricModule } from "./metric-module.ts";

type RankingName = "ndcg" | "map" | "pre";

/** The score of one query, NaN without relevant rows; labels in the order of the predictions. */
type QueryScore = (ranked: Float32Array, k: number) => number;

export const ndcg: MetricModule = rankingMetric("ndcg", normalizedGain);
export const map: MetricModule = rankingMetric("map", meanAveragePrecision);
export const pre: MetricModule = rankingMetric("pre", precision);

function rankingMetric(name: RankingName, scoreOf: QueryScore): MetricModule {
  return defineMetric({
    name,
    isHigherBetter: true,
    tasks: ["ranking"],
    argument: { type: "integer", minimum: 1, doc: `a number of rows, as in \`${name}@5\`` },
    mayHaveMinus: true,
    create:
      (_, { name: called, argument: k = Infinity, hasMinus }) =>
      async (input, collective) => {
        const offsets = input.queryOffsets ?? Uint32Array.of(0, input.rowCount);
        const queryCount = offsets.length - 1;
        const values = new Float64Array(queryCount);
        const weights = new Float64Array(queryCount);
        for (let q = 0; q < queryCount; q++) {
          weights[q] = input.weight && input.queryOffsets ? input.weight[offsets[q]] : 1;
          const ranked = rankedLabels(input, offsets[q], offsets[q + 1]);
          if (name !== "ndcg") checkBinary(called, ranked);
          const score = scoreOf(ranked, k);
          if (!Number.isNaN(score)) values[q] = score * weights[q];
          // XGBoost parity: ndcg does not weigh the 1 of such a query.
          else if (!hasMinus) values[q] = name === "ndcg" ? 1 : weights[q];
        }
        const allQueries = await countAllRows(queryCount, collective);
        const [sum, weight] = await sumColumnsExactly([values, weights], allQueries, collective);
        return weight === 0 ? 0 : Math.min(1, sum / weight);
      },
  });
}

function rankedLabels({ predictions, label }: MetricInput, begin: number, end: number): Float32Array {
  const order = argsortDescending(predictions.subarray(begin, end));
  return Float32Array.from(order, (i) => label[begin + i]);
}

function normalizedGain(ranked: Float32Array, k: number): number {
  const ideal = discountedGain(ranked.slice().sort().reverse(), k);
  return ideal === 0 ? Number.NaN : discountedGain(ranked, k) / ideal;
}

/** Sum over the best k of (2^label - 1) / log2(rank + 1). */
function discountedGain(ranked: Float32Array, k: number): number {
  let sum = 0;
  for (let i = 0; i < ranked.length && i < k; i++) {
    sum += (2 ** ranked[i] - 1) / (log(i + 2) / Math.LN2);
  }
  return sum;
}

function meanAveragePrecision(ranked: Float32Array, k: number): number {
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < ranked.length; i++) {
    hits += ranked[i];
    if (i < k) sum += (hits / (i + 1)) * ranked[i];
  }
  return hits > 0 ? sum / Math.min(hits, k) : Number.NaN;
}

function precision(ranked: Float32Array, k: number): number {
  const count = Math.min(k, ranked.length);
  let hits = 0;
  for (let i = 0; i < count; i++) hits += ranked[i];
  return count === 0 ? 0 : hits / count;
}

function checkBinary(name: string, labels: Float32Array): void {
  for (const label of labels) {
    if (label === 0 || label === 1) continue;
    throw new CoppiceError(
      "INVALID_DATA",
      `\`label\` must be 0 or 1 for the metric \`${name}\`, got ${label}`,
    );
  }
}
