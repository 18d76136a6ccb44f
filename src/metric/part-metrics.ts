// Metrics of a table from those of its parts, for metrics that say how parts make the whole. What needs all rows
// together (auc, ndcg, map, ...) is refused.

import { CoppiceError } from "../core/errors.ts";
import { partRuleOf } from "./registry.ts";

/** "accuracy" is no metric by name: classifiers have it beside their confusion matrix. */
function ruleOf(name: string): "mean" | "root" | undefined {
  return name === "accuracy" ? "mean" : partRuleOf(name);
}

/** What is known of a part. */
export interface PartMetrics {
  /** Sum of the rows' weights. */
  readonly weight: number;
  /** Null where it has no rows. */
  readonly metrics: Readonly<Record<string, number>> | null;
}

/** @throws {CoppiceError} UNSUPPORTED for a metric that parts do not give */
export function checkPartMetrics(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => ruleOf(name) === undefined);
  if (wrong === undefined) return names;
  throw new CoppiceError(
    "UNSUPPORTED",
    `the metric \`${wrong}\` cannot be put together from parts; evaluate the whole table with \`coppice eval\``,
    { parameter: "evaluate" },
  );
}

/** The metrics of all rows; parts without rows have none. */
export function combineMetrics(parts: readonly PartMetrics[]): Record<string, number> {
  const sums = new Map<string, number>();
  let weights = 0;
  for (const { metrics, weight } of parts) {
    if (metrics === null) continue;
    weights += weight;
    for (const [name, value] of Object.entries(metrics)) {
      const term = ruleOf(name) === "root" ? value * value : value;
      sums.set(name, (sums.get(name) ?? 0) + weight * term);
    }
  }
  const means = [...sums].map(([name, sum]) => {
    const mean = sum / weights;
    return [name, ruleOf(name) === "root" ? Math.sqrt(mean) : mean] as const;
  });
  return Object.fromEntries(means);
}
