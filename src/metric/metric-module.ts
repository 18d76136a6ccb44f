// What the file of a metric says: its name and what may follow it, the parameters it reads, what it is meant for,
// and how it comes together from parts of a table. `createMetric` makes a Metric of it.

import type { Declaration, Declarations } from "../core/declaration.ts";
import type { NoParameters, ResolvedValuesOf } from "../core/parameter.ts";
import type { Task } from "../objective/task.ts";
import type { Metric } from "./metric.ts";

export interface MetricModule<P extends Declarations = NoParameters> {
  /** XGBoost's name, without an argument. */
  readonly name: string;
  readonly isHigherBetter?: boolean;
  /** The tasks whose predictions it judges. */
  readonly tasks: readonly Task[];
  /**
   * How the metric of a table follows from those of its parts: as their mean by weight, or as the root of the
   * mean of their squares. Absent where all rows must be seen together.
   */
  readonly parts?: "mean" | "root";
  /** The number that may stand after "@"; `doc` says what it is, with an example. */
  readonly argument?: Declaration;
  /** Whether a "-" may stand at the end. */
  readonly mayHaveMinus?: boolean;
  /** The parameters of training that it reads. What it shares with an objective is declared by that. */
  readonly parameters?: P;
  create(values: ResolvedValuesOf<P>, called: CalledMetric): Metric["evaluate"];
}

/** How a metric was asked for. */
export interface CalledMetric {
  /** In full, as XGBoost prints it: "error@0.7". */
  readonly name: string;
  /** undefined where none was given and none is by default. */
  readonly argument: number | undefined;
  readonly hasMinus: boolean;
}

/** Declares a metric; checks that `create` fits the parameters. */
export function defineMetric<const P extends Declarations = NoParameters>(
  module: MetricModule<P>,
): MetricModule<P> {
  return module;
}
