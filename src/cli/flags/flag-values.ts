// Values of flags, read from text; what breaks the rule is wrong usage.

import { type Command, InvalidArgumentError } from "commander";

/** A parser of whole numbers from `minimum` on. */
export function integerFrom(
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    const range =
      maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `in [${minimum}, ${maximum}]`;
    throw new InvalidArgumentError(`It must be an integer ${range}.`);
  };
}

/** A number of at least 0. */
export function parseNonNegative(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && value < Infinity) return value;
  throw new InvalidArgumentError("It must be a number of at least 0.");
}

/** A parser of paths that must end in one of `extensions`, or be one of `others`. */
export function pathEndingIn(
  extensions: readonly string[],
  others: readonly string[] = [],
): (text: string) => string {
  return (text) => {
    if (others.includes(text) || extensions.some((extension) => text.toLowerCase().endsWith(extension)))
      return text;
    const list = extensions.length > 1 ? `one of ${extensions.join(", ")}` : extensions[0];
    const also = others.length > 0 ? `, or be ${others.map((other) => `"${other}"`).join(", ")}` : "";
    throw new InvalidArgumentError(`It must end in ${list}${also}.`);
  };
}

/** "a,b" and a repeated flag both give several. */
export function collectList(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, ...text.split(",").map((part) => part.trim())];
}

/** A repeated flag gives several; commas stay. */
export function collectEach(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}

/** Ends the command with `message`, as wrong usage. */
export function failUsage(command: Command, message: string): never {
  return command.error(`error: ${message}`, { exitCode: 2 });
}

/**
 * Ends the command when one of `names` was not given. Commander's own required options are looked at
 * before unknown ones, and a misspelt flag would be called a missing one.
 */
export function requireFlags(command: Command, ...names: readonly string[]): void {
  for (const name of names) {
    if (command.getOptionValue(name) !== undefined) continue;
    const option = command.options.find((candidate) => candidate.attributeName() === name);
    failUsage(command, `${option?.flags} is needed`);
  }
}
