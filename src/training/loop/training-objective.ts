// What the parameters of a training say about its objective and metrics, and what these say about the parameters.

import type { Collective } from "../../core/collective.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import type { Metric } from "../../metric/metric.ts";
import { createMetric } from "../../metric/registry.ts";
import { type CustomObjectiveFunction, customObjective } from "../../objective/custom.ts";
import type { Objective } from "../../objective/objective.ts";
import { createObjective, taskOf } from "../../objective/registry.ts";
import { type TreeParameters, treeParameterDeclarations } from "../../tree/tree-parameters.ts";
import type { ResolvedParameters } from "../parameters.ts";
import type { TrainOptions } from "../train-options.ts";

/** The classes of a table's labels: as many as its dictionary has, or the largest label + 1. */
export function countClasses({ label, labelClasses }: DMatrix): number {
  if (labelClasses !== undefined && labelClasses.length > 0) return labelClasses.length;
  let count = 0;
  for (const value of label!) count = Math.max(count, Math.floor(value) + 1);
  return count;
}

/** Counts the classes of multi:* when the user did not: the label's dictionary, or the largest label + 1. */
export async function withClassCount(
  parameters: ResolvedParameters,
  data: DMatrix,
  collective: Collective,
): Promise<ResolvedParameters> {
  if (taskOf(parameters.objective) !== "multiclass" || parameters.given.has("numClass")) return parameters;
  const count = Float64Array.of(countClasses(data));
  await collective.allReduceMax(count);
  return { ...parameters, all: { ...parameters.all, numClass: count[0] } };
}

export function createObjectiveFor(
  parameters: ResolvedParameters,
  custom: CustomObjectiveFunction | undefined,
): Objective {
  const own = objectiveParameters(parameters);
  if (custom !== undefined) return customObjective(custom, { like: parameters.objective, parameters: own });
  return createObjective(parameters.objective, own);
}

/** What an objective is made from: of the tree's parameters only those given, for it may have own defaults. */
export function objectiveParameters({ all, given }: ResolvedParameters): Readonly<Record<string, unknown>> {
  const isFor = ([name]: [string, unknown]) => given.has(name) || !(name in treeParameterDeclarations);
  return Object.fromEntries(Object.entries(all).filter(isFor));
}

/** The tree's parameters, with the objective's own defaults where the user gave nothing. */
export function withTreeDefaults({ tree, given }: ResolvedParameters, objective: Objective): TreeParameters {
  const defaults = Object.entries(objective.treeDefaults ?? {}).filter(([name]) => !given.has(name));
  return { ...tree, ...Object.fromEntries(defaults) };
}

export function metricsOf(
  parameters: ResolvedParameters,
  objective: Objective,
  options: TrainOptions,
): Metric[] {
  const names = parameters.evalMetrics;
  if (names.length > 0) return names.map((name) => createMetric(name, parameters.all));
  const hasOwn = options.metrics !== undefined && options.metrics.length > 0;
  return hasOwn ? [] : [createMetric(objective.defaultMetric, parameters.all)];
}
