// How good a model is on a table: its metrics and, for classifiers, the confusion matrix.

import type { Booster } from "../booster/booster.ts";
import { type ParallelPredictOptions, predict } from "../booster/predict.ts";
import { solo } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { findParameter } from "../core/parameter.ts";
import { toGroupMajor } from "../core/row-group-layout.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { accuracyOf, type ConfusionMatrix, countConfusion } from "../metric/confusion-matrix.ts";
import { createMetric } from "../metric/registry.ts";
import {
  createObjective,
  objectiveParameters,
  shownMetrics,
  trainableObjectives,
} from "../objective/registry.ts";
import { isClassifier } from "../objective/task.ts";
import { evaluationTransform } from "../objective/transform.ts";
import type { ThreadHost } from "../parallel/port.ts";
import { evaluateMetrics, labelsOf } from "./evaluation.ts";
import { parseValue } from "./parameters.ts";

export interface Evaluation {
  /** By metric name; "accuracy" among them for classifiers. */
  readonly metrics: Readonly<Record<string, number>>;
  /** null unless the model is a classifier. */
  readonly confusion: ConfusionMatrix | null;
}

export interface EvaluateOptions extends Pick<ParallelPredictOptions, "threads" | "signal"> {
  /** How many of the model's rounds predict; all by default. */
  readonly rounds?: number | undefined;
  /** Names of metrics; those of the objective by default. */
  readonly metrics?: readonly string[] | undefined;
}

/**
 * Evaluates a model on a table with labels, over threads.
 *
 * @param threadHost starts threads; without it the caller's thread works alone
 * @throws {CoppiceError} INVALID_PARAMETER for a metric that does not exist
 */
export async function evaluateModel(
  booster: Booster,
  data: DMatrix,
  { rounds = booster.roundCount, metrics: given, ...options }: EvaluateOptions = {},
  threadHost?: ThreadHost,
): Promise<Evaluation> {
  const { groupCount, objective } = booster.model;
  const parameters = parametersOf(booster);
  const names = given ?? shownMetrics(objective.name) ?? [defaultMetricOf(objective.name, parameters)];
  const metrics = names.map((name) => createMetric(name, parameters));
  const margins = await predict(
    booster,
    data,
    { ...options, kind: "margin", rounds: [0, rounds] },
    threadHost,
  );
  const groupMajor = toGroupMajor(margins, data.rowCount, groupCount);
  const predictions = evaluationTransform(objective.name, groupMajor, groupCount, data.rowCount);
  const scores = await evaluateMetrics({ data, predictions }, groupCount, metrics, [], solo);
  if (!isClassifier(objective.name)) return { metrics: scores, confusion: null };
  const predicted = await predict(
    booster,
    data,
    { ...options, kind: "class", rounds: [0, rounds] },
    threadHost,
  );
  const { label, weight } = labelsOf(data);
  const confusion = countConfusion(label, predicted, classNamesOf(booster), weight);
  return { metrics: { ...scores, accuracy: accuracyOf(confusion) }, confusion };
}

function defaultMetricOf(objective: string, parameters: Record<string, unknown>): string {
  if (trainableObjectives.includes(objective)) return createObjective(objective, parameters).defaultMetric;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`--eval-metric\` must be given for a model of \`${objective}\`, got none`,
  );
}

/** What the classes of a classifier are called. */
export function classNamesOf({ labelClasses, model }: Booster): string[] {
  const classCount = Math.max(2, model.groupCount);
  return labelClasses?.map(String) ?? Array.from({ length: classCount }, (_, code) => String(code));
}

/** The parameters that the model file keeps of its objective, by our names. */
function parametersOf({ model }: Booster): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const group of Object.values(model.objective.parameters)) {
    for (const [name, text] of Object.entries(group)) {
      const own = findParameter(objectiveParameters, name);
      if (own !== undefined) parameters[own] = parseValue(own, objectiveParameters[own], text);
    }
  }
  if (model.numClass > 0) parameters.numClass = model.numClass;
  return parameters;
}
