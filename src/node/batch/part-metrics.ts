// Metrics of a table from those of its parts, for metrics that are weighted means over rows (or the root of
// one). What is no such mean (auc, ndcg, map, ...) needs all rows together.

import { CoppiceError } from "../../core/errors.ts";
import type { PartOutcome } from "../workers/batch-task.ts";

const MEANS =
  /^(rmse|rmsle|mae|mape|mphe|logloss|error|merror|mlogloss|accuracy|poisson-nloglik|gamma-nloglik|gamma-deviance|tweedie-nloglik)(@|$)/;
const ROOTS: readonly string[] = ["rmse", "rmsle"];

/** @throws {CoppiceError} UNSUPPORTED for a metric that parts do not give */
export function checkPartMetrics(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !MEANS.test(name));
  if (wrong === undefined) return names;
  throw new CoppiceError(
    "UNSUPPORTED",
    `the metric \`${wrong}\` cannot be put together from parts; evaluate the whole table with \`coppice eval\``,
    { parameter: "evaluate" },
  );
}

/** The metrics of all rows; parts without rows have none. */
export function combineMetrics(parts: readonly PartOutcome[]): Record<string, number> {
  const sums = new Map<string, number>();
  let weights = 0;
  for (const { metrics, weight } of parts) {
    if (metrics === null) continue;
    weights += weight;
    for (const [name, value] of Object.entries(metrics)) {
      const term = ROOTS.includes(name) ? value * value : value;
      sums.set(name, (sums.get(name) ?? 0) + weight * term);
    }
  }
  const means = [...sums].map(([name, sum]) => {
    const mean = sum / weights;
    return [name, ROOTS.includes(name) ? Math.sqrt(mean) : mean] as const;
  });
  return Object.fromEntries(means);
}
