// What the file of an objective says: who it is, what its margins mean, which parameters it reads, and the loss
// that these make. One that has no loss can only be predicted with. `createObjective` makes an Objective of it.

import type { Collective, MaybePromise } from "../core/collective.ts";
import type { Declarations } from "../core/declaration.ts";
import { type NoParameters, type ResolvedValuesOf, snakeCase } from "../core/parameter.ts";
import { parameterFloat } from "../core/parameter-float.ts";
import { estimateLabelMean, estimateNewtonStep } from "./base-score.ts";
import { checkLabelRule, type LabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import type { OutputRule } from "./output-rule.ts";
import { type ObjectiveParameters, readParameters, spellParameter } from "./parameters.ts";
import type { Task } from "./task.ts";
import { applyOutput } from "./transform.ts";

/** An objective whose models can be loaded and predicted with. */
export interface ObjectiveModule {
  /** XGBoost's name, which stands in the model file. */
  readonly name: string;
  /** Other names by which it may be asked for. */
  readonly aliases?: readonly string[];
  readonly task: Task;
  /** How margins become predictions; as they are by default. */
  readonly output?: OutputRule;
}

/** One that can be trained: with the parameters `P`, and the tree's parameters `T`, of which it has own defaults. */
export interface TrainableModule<P extends Declarations = NoParameters, T = NoParameters>
  extends ObjectiveModule {
  /** Those it reads. What several share is declared by one of them. */
  readonly parameters?: P;
  /** Tree parameters that take these values where the user gave none. */
  readonly treeDefaults?: T;
  /** The object of the model file that holds the values of all these. */
  readonly modelGroup?: string;
  /** The metrics that the command line shows, the last one watched; the default metric unless given. */
  readonly shownMetrics?: readonly string[];
  /** @throws {CoppiceError} INVALID_PARAMETER when the values do not make a loss */
  createLoss(values: ResolvedValuesOf<P> & T): Loss;
}

/** The loss for some values of the parameters. */
export interface Loss
  extends Pick<Objective, "computeGradients" | "defaultMetric" | "gradientKernel" | "needsAllRows"> {
  /** 1 by default. */
  readonly groupCount?: number;
  readonly labels: LabelRule;
  readonly baseScore: BaseScoreRule;
}

/** How the base score follows from the labels: their mean, the prediction after one Newton step, or its own way. */
export type BaseScoreRule =
  | "mean"
  | "newton"
  | ((labels: Labels, collective: Collective) => MaybePromise<Float32Array>);

/** Declares an objective that can be trained; checks that `createLoss` fits the parameters. */
export function defineObjective<
  const P extends Declarations = NoParameters,
  const T extends Readonly<Record<string, number>> = NoParameters,
>(module: TrainableModule<P, T>): TrainableModule<P, T> {
  return module;
}

/** The objective that a module makes with these parameters. */
export function createFromModule(module: TrainableModule, parameters: ObjectiveParameters): Objective {
  const { name, task, modelGroup, treeDefaults = {} } = module;
  const own = readParameters(module.parameters ?? {}, parameters);
  const ofTree = Object.entries<number>(treeDefaults).map(([key, value]) => {
    return [key, parameterFloat((parameters[key] ?? value) as number)] as const;
  });
  const values = { ...own, ...Object.fromEntries(ofTree) };
  const { labels: rule, baseScore, groupCount = 1, ...loss } = module.createLoss(values);
  return {
    ...loss,
    name,
    groupCount,
    numClass: task === "multiclass" ? groupCount : 0,
    treeDefaults,
    modelParameters: modelGroup === undefined ? {} : { [modelGroup]: spellAll(values) },
    checkLabels: (labels) => checkLabelRule(name, labels, rule),
    async estimateBaseScore(labels, collective) {
      if (baseScore === "mean") return estimateLabelMean(labels, collective);
      if (baseScore !== "newton") return baseScore(labels, collective);
      const margin = await estimateNewtonStep(loss, labels, collective);
      return applyOutput(module.output?.value, Float32Array.of(margin), groupCount, 1);
    },
  };
}

function spellAll(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [snakeCase(name), spellParameter(value)]),
  );
}
