// The parameters of objectives, declared once, and how an objective reads and spells its own. Values
// are float32, as in XGBoost.

import { checkValue } from "../core/declaration.ts";
import { formatGeneral } from "../core/format-float.ts";
import { findDeclaration, type ParameterDeclaration } from "../core/parameter.ts";
import { parameterFloat } from "../core/parameter-float.ts";

export const objectiveParameterDeclarations: readonly ParameterDeclaration[] = [
  {
    name: "numClass",
    type: "integer",
    default: undefined,
    minimum: 0,
    doc: "Number of classes of multi:softmax and multi:softprob.",
  },
  {
    name: "scalePosWeight",
    type: "number",
    default: 1,
    minimum: 0,
    doc: "Factor on the weight of rows whose label is 1.",
  },
  {
    name: "tweedieVariancePower",
    type: "number",
    default: 1.5,
    minimum: 1,
    maximum: 2,
    exclusiveMaximum: true,
    doc: "Variance power of reg:tweedie: towards 1 a Poisson, towards 2 a gamma distribution.",
  },
  {
    name: "huberSlope",
    type: "number",
    default: 1,
    minimum: 0,
    exclusiveMinimum: true,
    doc: "Residual at which reg:pseudohubererror turns from squared to absolute error.",
  },
];

/** Parameters by camelCase name; what is absent takes its default. */
export type ObjectiveParameters = Readonly<Record<string, unknown>>;

/**
 * The value of an objective's own numeric parameter as the float32 that XGBoost reads, its default when absent.
 *
 * @throws {CoppiceError} INVALID_PARAMETER when the value breaks the declared rule
 */
export function readParameter(parameters: ObjectiveParameters, name: string): number {
  const declaration = findDeclaration(objectiveParameterDeclarations, name);
  const value = parameters[name] ?? declaration?.default;
  if (declaration !== undefined) checkValue(declaration.name, declaration, value);
  return parameterFloat(value as number);
}

/** A number as model files spell parameters. */
export function spellParameter(value: number): string {
  return formatGeneral(Math.fround(value), 9);
}
