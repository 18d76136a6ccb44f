// How objectives and metrics read the parameters they declare, and how model files spell them. Numbers are
// float32, as in XGBoost.

import { checkValue, type Declarations } from "../core/declaration.ts";
import { formatGeneral } from "../core/format-float.ts";
import type { ResolvedValuesOf } from "../core/parameter.ts";
import { parameterFloat } from "../core/parameter-float.ts";

/** Parameters by camelCase name; what is absent takes its default. */
export type ObjectiveParameters = Readonly<Record<string, unknown>>;

/**
 * The values of the declared parameters, defaults filled in, numbers as the float32 that XGBoost reads.
 *
 * @throws {CoppiceError} INVALID_PARAMETER when a value breaks its declared rule
 */
export function readParameters<D extends Declarations>(
  declarations: D,
  parameters: ObjectiveParameters,
): ResolvedValuesOf<D> {
  const values = Object.entries(declarations).map(([name, declaration]) => {
    const value = parameters[name] ?? declaration.default;
    if (value !== undefined) checkValue(name, declaration, value);
    return [name, typeof value === "number" ? parameterFloat(value) : value] as const;
  });
  return Object.fromEntries(values) as ResolvedValuesOf<D>;
}

/** A value as model files spell parameters. */
export function spellParameter(value: unknown): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "number" ? formatGeneral(Math.fround(value), 9) : String(value);
}
