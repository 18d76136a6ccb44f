// What an objective means for the user: how labels are read, which metrics are shown unless others
// are asked for, whether there is a confusion matrix.

import { CoppiceError } from "../core/errors.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { createMetric } from "../metric/registry.ts";
import { createObjective, trainableObjectives } from "../objective/registry.ts";
import type { TrainParameters } from "./parameters.ts";

/** Whether the outputs of `objective` are classes. */
export function isClassification(objective: string): boolean {
  return objective.startsWith("multi:") || objective.startsWith("binary:");
}

/** Labels of classifiers are coded, whatever they are; those of other objectives are numbers. */
export function labelKindOf(objective: string): "number" | "class" {
  return isClassification(objective) ? "class" : "number";
}

/** The metrics shown by default; the last one is what early stopping watches. */
export function defaultMetrics(objective: string): readonly string[] | undefined {
  if (objective.startsWith("multi:")) return ["merror", "mlogloss"];
  if (objective === "binary:logistic" || objective === "binary:logitraw") return ["error", "logloss"];
  return undefined;
}

/** @throws {CoppiceError} INVALID_DATA when the labels do not have as many classes as `objective` needs */
export function checkClasses(objective: string, { labelClasses }: DMatrix): void {
  if (labelClasses === undefined || !isClassification(objective)) return;
  const found = labelClasses.slice(0, 5).map((name) => JSON.stringify(name));
  const shown = found.join(", ") + (labelClasses.length > 5 ? ", …" : "");
  if (labelClasses.length < 2) {
    throw new CoppiceError("INVALID_DATA", `the labels must have two classes or more, got only ${shown}`);
  }
  if (objective.startsWith("binary:") && labelClasses.length > 2) {
    throw new CoppiceError(
      "INVALID_DATA",
      `\`${objective}\` needs labels of two classes, got ${labelClasses.length} (${shown}); \`multi:softprob\` takes more`,
    );
  }
}

/**
 * Looks at the names of objective and metrics before anything is read.
 *
 * @throws {CoppiceError} INVALID_PARAMETER or UNSUPPORTED for what cannot be trained
 */
export function checkObjective(parameters: TrainParameters): void {
  const { objective, evalMetric } = parameters;
  if (objective !== undefined && !trainableObjectives.includes(objective)) createObjective(objective);
  for (const name of evalMetric === undefined ? [] : [evalMetric].flat())
    createMetric(name, { ...parameters });
}
