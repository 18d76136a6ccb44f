// Evaluation sets during training and their metrics.

import type { Collective } from "../core/collective.ts";
import { toRowMajor } from "../core/row-group-layout.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { Metric } from "../metric/metric.ts";
import type { Labels } from "../objective/objective.ts";

/** Computes a metric of the user's own; `predictions` are [rowCount × groupCount] row-major. */
export interface CustomMetric {
  readonly name: string;
  /** False by default: smaller is better. */
  readonly isHigherBetter?: boolean | undefined;
  evaluate(predictions: Float32Array, data: DMatrix): number;
}

/** One evaluation set with the predictions for its rows. */
export interface EvaluationSet {
  readonly name: string;
  readonly data: DMatrix;
  /** What metrics see, as of the last round: [groupCount × rowCount] group-major. */
  readonly predictions: Float32Array;
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
  { data, predictions }: Pick<EvaluationSet, "data" | "predictions">,
  groupCount: number,
  metrics: readonly Metric[],
  customMetrics: readonly CustomMetric[],
  collective: Collective,
): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  const input = { ...labelsOf(data), predictions, groupCount };
  for (const metric of metrics) results[metric.name] = await metric.evaluate(input, collective);
  if (customMetrics.length > 0) {
    const rowMajor = toRowMajor(predictions, data.rowCount, groupCount);
    for (const metric of customMetrics) results[metric.name] = metric.evaluate(rowMajor, data);
  }
  return results;
}
