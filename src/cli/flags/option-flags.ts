// Flags of options, made from their declarations: an option with a flag is one in every command that takes its
// table, in kebab-case, with the declared placeholder, rule, default and line of help. A value lies in the
// command's flags under the option's path: "threads", "run.checkpoint.keep".

import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type Declaration,
  type Declarations,
  describeRule,
  isValid,
  type ValuesOf,
} from "../../core/declaration.ts";
import { kebabCase } from "../../core/parameter.ts";
import { collectEach, collectList, failUsage } from "./flag-values.ts";

/** The options that flags give: each may be missing, but inside of a given object nothing that is required. */
export type FlagValues<D> = Partial<ValuesOf<D>>;

/**
 * Adds the flags of a table to `command`, those of options inside of options included.
 *
 * @param defaults what a flag means in this command when it is not given, by option
 */
export function addFlags<D extends Declarations>(
  command: Command,
  table: D,
  defaults: FlagValues<D> = {},
): void {
  addFlagsBelow(command, table, defaults as Readonly<Record<string, unknown>>, "");
}

function addFlagsBelow(
  command: Command,
  table: Declarations,
  defaults: Readonly<Record<string, unknown>>,
  path: string,
): void {
  for (const [name, declaration] of Object.entries(table)) {
    if (declaration.options) addFlagsBelow(command, declaration.options, {}, `${path}${name}.`);
    if (declaration.flag === undefined) continue;
    const options =
      declaration.type === "boolean" ? switches(name, declaration) : [valueFlag(name, declaration)];
    for (const option of options) {
      option.attributeName = () => path + name;
      if (defaults[name] !== undefined) option.default(defaults[name]);
      else if (declaration.type !== "boolean") option.description = withNotes(declaration);
      command.addOption(option);
    }
  }
}

/** "--eval-train"; "--no-profile" where that is the news; both where there is no default. */
function switches(name: string, declaration: Declaration): Option[] {
  const { default: value, doc } = declaration;
  const { flag } = writtenAs(name, declaration);
  if (value === true) return [new Option(`--no-${flag}`, doc)];
  const option = new Option(`--${flag}`, doc);
  return value === false ? [option] : [option, new Option(`--no-${flag}`, "the opposite")];
}

function valueFlag(name: string, declaration: Declaration): Option {
  const { flag, placeholder, list } = writtenAs(name, declaration);
  const option = new Option(`--${flag} <${placeholder}>`, declaration.doc);
  if (list === ",") return option.argParser(collectList);
  if (list === "..") return option.argParser(collectEach);
  return option.argParser((text: string) => {
    const isNumber = declaration.type === "integer" || declaration.type === "number";
    const value = isNumber && text.trim() !== "" ? Number(text) : text;
    if (isValid(declaration, value)) return value;
    throw new InvalidArgumentError(`It must be ${describeRule(declaration)}.`);
  });
}

/** The parts of a declared flag: "max-lag <ms>", "<columns,>". */
function writtenAs(
  name: string,
  { flag = "" }: Declaration,
): { readonly flag: string; readonly placeholder: string; readonly list: string } {
  const [, own = "", placeholder = "", list = ""] = /^([a-z-]*) ?(?:<([^,.>]*)(,|\.\.)?>)?$/.exec(flag) ?? [];
  return { flag: own || kebabCase(name), placeholder, list };
}

/** The line of help with choices and default, where it does not end with a default in words. */
function withNotes({ choices, default: value, doc = "" }: Declaration): string {
  const [, line, inWords] = /^(.*?)(?: \((default: .*)\))?$/.exec(doc) ?? [];
  const parts = choices ? [`choices: ${choices.join(", ")}`] : [];
  if (inWords !== undefined) parts.push(inWords);
  else if (value !== undefined) parts.push(`default: ${value}`);
  return parts.length > 0 ? `${line} (${parts.join("; ")})` : doc;
}

/**
 * The options of a table that the flags of `command` give. Ends the command on wrong usage: a flag of an object
 * of which a required entry is not given.
 */
export function flagValues<D extends Declarations>(command: Command, table: D): FlagValues<D> {
  const flags = command.opts();
  checkTogether(command, table, flags, "");
  return valuesIn(table, flags);
}

/** The same for flags that were looked at before, or have no objects among them. */
export function valuesIn<D extends Declarations>(table: D, flags: object): FlagValues<D> {
  return (valuesBelow(table, flags as Readonly<Record<string, unknown>>, "") ?? {}) as FlagValues<D>;
}

/** Undefined when none is given. */
function valuesBelow(
  table: Declarations,
  flags: Readonly<Record<string, unknown>>,
  path: string,
): Readonly<Record<string, unknown>> | undefined {
  const entries = Object.entries(table).flatMap(([name, { flag, options }]) => {
    const own = flag === undefined ? undefined : flags[path + name];
    const value = options ? valuesBelow(options, flags, `${path}${name}.`) : own;
    return value === undefined ? [] : [[name, value] as const];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function checkTogether(
  command: Command,
  table: Declarations,
  flags: Readonly<Record<string, unknown>>,
  path: string,
): void {
  for (const [name, { options }] of Object.entries(table)) {
    if (options === undefined) continue;
    const below = `${path}${name}.`;
    const given = command.options
      .map((option) => option.attributeName())
      .find((attribute) => attribute.startsWith(below) && flags[attribute] !== undefined);
    if (given === undefined) continue;
    const missing = Object.entries(options)
      .filter(
        ([entry, { isRequired, flag }]) =>
          isRequired && flag !== undefined && flags[below + entry] === undefined,
      )
      .map(([entry]) => flagOf(command, below + entry));
    if (missing.length > 0) failUsage(command, `${flagOf(command, given)} needs ${missing.join(" and ")}`);
    checkTogether(command, options, flags, below);
  }
}

/** How the flag of an option is typed. */
function flagOf(command: Command, path: string): string {
  return command.options.find((option) => option.attributeName() === path)?.long ?? path;
}

/** The flags of a table by their other names, in snake_case. */
export function flagAliases(table: Declarations): Readonly<Record<string, string>> {
  const entries = Object.entries(table).flatMap(([name, declaration]) => {
    const { flag } = writtenAs(name, declaration);
    const own = (declaration.aliases ?? []).map((alias) => [alias, flag] as const);
    return [...own, ...Object.entries(flagAliases(declaration.options ?? {}))];
  });
  return Object.fromEntries(entries);
}
