// Metrics that average a loss between one label and one prediction per row. Losses are float32, step by step.

import type { Declarations } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import type { NoParameters, ResolvedValuesOf } from "../core/parameter.ts";
import type { Task } from "../objective/task.ts";
import type { MetricInput } from "./metric.ts";
import type { MetricModule } from "./metric-module.ts";
import { meanLoss, sumLosses, type WeightedSum } from "./weighted-mean.ts";

/** Those with one prediction per row. */
const TASKS: readonly Task[] = ["regression", "binary", "ranking", "survival"];

/** The loss of label y under prediction p, both float32. */
type Loss = (y: number, p: number) => number;

interface ElementwiseMetric<P extends Declarations>
  extends Pick<MetricModule<P>, "name" | "argument" | "parameters"> {
  /** "mean" by default. */
  readonly parts?: "mean" | "root";
  /** From the sums to the metric, where `parts` does not tell it. */
  readonly finish?: (sum: WeightedSum) => number;
  createLoss(values: ResolvedValuesOf<P>, argument: number): Loss;
}

/** The metric that averages a loss over rows. */
export function elementwiseMetric<const P extends Declarations = NoParameters>(
  metric: ElementwiseMetric<P>,
): MetricModule<P> {
  const { createLoss, parts = "mean", finish = parts === "root" ? rootMean : meanLoss, ...module } = metric;
  return {
    ...module,
    tasks: TASKS,
    parts,
    create(values, { name, argument }) {
      const loss = createLoss(values, argument as number);
      return async (input, collective) => {
        checkSingleOutput(name, input);
        const { rowCount, label, predictions } = input;
        const losses = new Float64Array(rowCount);
        for (let row = 0; row < rowCount; row++) losses[row] = loss(label[row], predictions[row]);
        return finish(await sumLosses(losses, input, collective));
      };
    },
  };
}

function rootMean(sum: WeightedSum): number {
  return Math.sqrt(meanLoss(sum));
}

function checkSingleOutput(name: string, { groupCount }: MetricInput): void {
  if (groupCount === 1) return;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `the metric \`${name}\` needs one prediction per row, got ${groupCount}; ` +
      "for several classes use `merror`, `mlogloss` or `auc`",
    { metric: name },
  );
}
