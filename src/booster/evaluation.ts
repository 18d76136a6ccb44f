// Evaluation sets during training: their margins, kept up to date tree by tree, and their metrics.

import type { Collective } from "../core/collective.ts";
import { toRowMajor } from "../core/row-group-layout.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { Features } from "../data/features.ts";
import type { Metric } from "../metric/metric.ts";
import type { Labels } from "../objective/objective.ts";

/** Computes a metric of the user's own; `predictions` are [rowCount × groupCount] row-major. */
export interface CustomMetric {
  readonly name: string;
  /** False by default: smaller is better. */
  readonly isHigherBetter?: boolean | undefined;
  evaluate(predictions: Float32Array, data: DMatrix): number;
}

/** One evaluation set with the margins of its rows. */
export interface EvaluationSet {
  readonly name: string;
  readonly data: DMatrix;
  /** Those of `data`, with category codes as the model has them. */
  readonly features: Features;
  /** [groupCount × rowCount] group-major. */
  readonly margins: Float32Array;
  /** Whether the margins are those of the training set, which training itself keeps. */
  readonly isTraining: boolean;
}

/** What metrics and objectives need of a table. */
export function labelsOf(data: DMatrix): Labels {
  return {
    rowCount: data.rowCount,
    label: data.label!,
    weight: data.weight,
    queryOffsets: data.queryOffsets,
  };
}

/** The metrics of one evaluation set, by name. */
export async function evaluateMetrics(
  set: EvaluationSet,
  predictions: Float32Array,
  groupCount: number,
  metrics: readonly Metric[],
  customMetrics: readonly CustomMetric[],
  collective: Collective,
): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  const input = { ...labelsOf(set.data), predictions, groupCount };
  for (const metric of metrics) results[metric.name] = await metric.evaluate(input, collective);
  if (customMetrics.length > 0) {
    const rowMajor = toRowMajor(predictions, set.data.rowCount, groupCount);
    for (const metric of customMetrics) results[metric.name] = metric.evaluate(rowMajor, set.data);
  }
  return results;
}
