// Objectives by XGBoost's names. A new one is a file and a line here, and a line in transform.ts.

import { CoppiceError } from "../core/errors.ts";
import { unknownName } from "../core/parameter.ts";
import { createGamma } from "./gamma.ts";
import { createHinge } from "./hinge.ts";
import { createLogistic } from "./logistic.ts";
import type { Objective } from "./objective.ts";
import type { ObjectiveParameters } from "./parameters.ts";
import { createPoisson } from "./poisson.ts";
import { createPseudoHuber } from "./pseudo-huber.ts";
import { createSoftmax } from "./softmax.ts";
import { createSquaredError } from "./squared-error.ts";
import { createSquaredLogError } from "./squared-log-error.ts";
import { isKnownObjective } from "./transform.ts";
import { createTweedie } from "./tweedie.ts";

const creators: Readonly<Record<string, (parameters: ObjectiveParameters) => Objective>> = {
  "reg:squarederror": createSquaredError,
  "reg:linear": createSquaredError,
  "reg:squaredlogerror": createSquaredLogError,
  "reg:logistic": (parameters) => createLogistic("reg:logistic", parameters),
  "reg:pseudohubererror": createPseudoHuber,
  "reg:gamma": createGamma,
  "reg:tweedie": createTweedie,
  "binary:logistic": (parameters) => createLogistic("binary:logistic", parameters),
  "binary:logitraw": (parameters) => createLogistic("binary:logitraw", parameters),
  "binary:hinge": createHinge,
  "count:poisson": createPoisson,
  "multi:softmax": (parameters) => createSoftmax("multi:softmax", parameters),
  "multi:softprob": (parameters) => createSoftmax("multi:softprob", parameters),
};

/** The objectives that can be trained. */
export const trainableObjectives: readonly string[] = Object.keys(creators);

/**
 * The objective of that name.
 *
 * @param parameters by camelCase name; absent ones take their defaults, others are ignored.
 *   `maxDeltaStep` must stand here only when the user gave it: count:poisson has its own default.
 * @throws {CoppiceError} INVALID_PARAMETER when the name or a parameter of the objective is wrong,
 *   UNSUPPORTED when models of the objective can be used but not trained
 */
export function createObjective(name: string, parameters: ObjectiveParameters = {}): Objective {
  if (!Object.hasOwn(creators, name)) {
    if (!isKnownObjective(name)) throw unknownName("objective", name, trainableObjectives);
    throw new CoppiceError(
      "UNSUPPORTED",
      `models of the objective \`${name}\` can be loaded and used here, but not trained`,
      { objective: name },
    );
  }
  const objective = creators[name](parameters);
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
