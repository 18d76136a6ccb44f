// What an objective is for: it decides how labels are read and what predictions mean.

import { outputs } from "./outputs.ts";

export type Task = "regression" | "binary" | "multiclass" | "ranking" | "survival";

/** Whether the predictions of the objective mean classes. */
export function isClassifier(objectiveName: string): boolean {
  return !!outputs[objectiveName]?.classes;
}

/** Labels of classifiers are coded, whatever they are; those of other objectives are numbers. */
export function labelKindOf(objectiveName: string): "number" | "class" {
  return isClassifier(objectiveName) ? "class" : "number";
}
