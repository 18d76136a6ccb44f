// Options objects and their check. A compiler refuses a misspelt name only where it sees the object written out;
// JavaScript, and options that come from elsewhere, need the check when they are used.

import { checkValue, type Declarations } from "./declaration.ts";
import { CoppiceError, showValue } from "./errors.ts";
import { nearestName } from "./parameter.ts";

/**
 * The names of the options `T`, for entries where every byte counts and a table of declarations is too much;
 * written as an object, so that the compiler sees that none is left out.
 */
export type OptionNames<T> = { readonly [Name in keyof Required<T>]: true };

type KnownNames = Readonly<Record<string, unknown>>;

/**
 * Checks an options object by its table: its names, every value that is given, and that what is required is
 * given; the same for options inside of options.
 *
 * @param where what takes the options, for the message: "train()"
 * @param path what stands before a name in the message: "run."
 * @throws {CoppiceError} INVALID_PARAMETER naming option, rule and value
 */
export function checkOptions(where: string, table: Declarations, options: object, path: string = ""): void {
  checkOptionNames(where, options, table);
  for (const [name, declaration] of Object.entries(table)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value === undefined && !declaration.isRequired) continue;
    checkValue(path + name, declaration, value);
    if (declaration.options)
      checkOptions(path + name, declaration.options, value as object, `${path}${name}.`);
  }
}

/**
 * @param where what takes the options, for the message: "train()"
 * @throws {CoppiceError} INVALID_PARAMETER when `options` is no object or has a name that is not known,
 *   with the nearest known one; a name whose value is undefined says nothing and passes
 */
export function checkOptionNames(where: string, options: object, names: KnownNames): void {
  checkNames(where, options, names, (name, known) => {
    const nearest = nearestName(name, known);
    return nearest && `did you mean \`${nearest}\`?`;
  });
}

/** The same with all names instead of the nearest, for entries where every byte counts. */
export function checkNames(
  where: string,
  options: object,
  names: KnownNames,
  hint?: (name: string, known: readonly string[]) => string | undefined,
): void {
  const refuse = (message: string, parameter: string) => {
    throw new CoppiceError("INVALID_PARAMETER", message, { parameter });
  };
  if (Object(options) !== options) {
    refuse(`the options of ${where} must be an object, got ${showValue(options)}`, "options");
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(names, name)) continue;
    const known = Object.keys(names);
    const rest = hint?.(name, known) ?? `known: ${known.join(", ")}`;
    refuse(`unknown option \`${name}\` of ${where}; ${rest}`, name);
  }
}
