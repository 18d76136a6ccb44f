// Objectives by XGBoost's names. A new one is a file and a line in all.ts; `npm run build:outputs` then notes what
// prediction needs to know of it.

import { CoppiceError } from "../core/errors.ts";
import { type JoinedParameters, joinParameters, unknownName } from "../core/parameter.ts";
import * as all from "./all.ts";
import type { Objective } from "./objective.ts";
import { createFromModule, type ObjectiveModule, type TrainableModule } from "./objective-module.ts";
import type { ObjectiveParameters } from "./parameters.ts";
import type { Task } from "./task.ts";

type Module = (typeof all)[keyof typeof all];

export const objectiveModules: readonly ObjectiveModule[] = Object.values(all);

const trainable = objectiveModules.filter((module) => "createLoss" in module) as TrainableModule[];

/** The parameters of all objectives. */
export const objectiveParameters: JoinedParameters<Module> = joinParameters(Object.values<Module>(all));

/** The objectives that can be trained, with their other names. */
export const trainableObjectives: readonly string[] = trainable.flatMap(namesOf);

/** All names of an objective. */
export function namesOf({ name, aliases = [] }: ObjectiveModule): string[] {
  return [name, ...aliases];
}

/** undefined for an objective that is not known. */
export function taskOf(name: string): Task | undefined {
  return objectiveModules.find((module) => namesOf(module).includes(name))?.task;
}

/** The metrics that are shown unless others are asked for, where the default metric is not enough. */
export function shownMetrics(name: string): readonly string[] | undefined {
  return findTrainable(name)?.shownMetrics;
}

/**
 * The objective of that name.
 *
 * @param parameters by camelCase name; absent ones take their defaults, others are ignored. Tree parameters
 *   must stand here only when the user gave them: count:poisson has its own default of one.
 * @throws {CoppiceError} INVALID_PARAMETER when the name or a parameter of the objective is wrong,
 *   UNSUPPORTED when models of the objective can be used but not trained
 */
export function createObjective(name: string, parameters: ObjectiveParameters = {}): Objective {
  const module = findTrainable(name);
  if (module === undefined) {
    if (taskOf(name) === undefined) throw unknownName("objective", name, trainableObjectives);
    throw new CoppiceError(
      "UNSUPPORTED",
      `models of the objective \`${name}\` can be loaded and used here, but not trained`,
      { objective: name },
    );
  }
  const objective = createFromModule(module, parameters);
  const numClass = parameters.numClass ?? 0;
  if (objective.numClass === 0 && (numClass as number) > 1) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`numClass\` is for \`multi:softprob\` and \`multi:softmax\` only, got ${numClass} with \`${name}\``,
      { parameter: "numClass" },
    );
  }
  return objective;
}

function findTrainable(name: string): TrainableModule | undefined {
  return trainable.find((module) => namesOf(module).includes(name));
}
