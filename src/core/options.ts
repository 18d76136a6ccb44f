// Names in an options object. A compiler refuses a misspelt one only where it sees the object written out;
// JavaScript, and options that come from elsewhere, need the check when they are used.

import { CoppiceError, showValue } from "./errors.ts";
import { nearestName } from "./parameter.ts";

/** The names of the options `T`; written as an object, so that the compiler sees that none is left out. */
export type OptionNames<T> = { readonly [Name in keyof Required<T>]: true };

/**
 * @param where what takes the options, for the message: "train()"
 * @throws {CoppiceError} INVALID_PARAMETER when `options` is no object or has a name that is not known,
 *   with the nearest known one; a name whose value is undefined says nothing and passes
 */
export function checkOptionNames(
  where: string,
  options: object,
  names: Readonly<Record<string, true>>,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `the options of ${where} must be an object, got ${showValue(options)}`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !Object.hasOwn(names, name)) throw unknownOption(where, name, names);
  }
}

function unknownOption(where: string, name: string, names: Readonly<Record<string, true>>): CoppiceError {
  const known = Object.keys(names);
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known: ${known.join(", ")}` : `did you mean \`${nearest}\`?`;
  return new CoppiceError("INVALID_PARAMETER", `unknown option \`${name}\` of ${where}; ${hint}`, {
    parameter: name,
    nearest: nearest ?? null,
  });
}
