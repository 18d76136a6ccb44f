// A metric: one number that says how good predictions are. Predictions are those of the objective's
// evaluation transform, group-major like the margins.

import type { Collective, MaybePromise } from "../core/collective.ts";
import type { Labels } from "../objective/objective.ts";

export interface MetricInput extends Labels {
  /** [groupCount × rowCount] group-major. */
  readonly predictions: Float32Array;
  readonly groupCount: number;
}

export interface Metric {
  /** As XGBoost prints it: "rmse", "error@0.7". */
  readonly name: string;
  readonly isHigherBetter: boolean;
  /** Over the rows of all peers; independent of row order and sharding. */
  evaluate(input: MetricInput, collective: Collective): MaybePromise<number>;
}
