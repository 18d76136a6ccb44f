// Flags of the training parameters, made from their declarations: kebab-case, XGBoost's snake_case
// and its aliases all mean the same flag, with the declared range, default and line of help.

import { type Command, InvalidArgumentError, Option } from "commander";
import { checkValue, type Declaration } from "../../core/declaration.ts";
import { CoppiceError } from "../../core/errors.ts";
import { findParameter, kebabCase, snakeCase } from "../../core/parameter.ts";
import { crossValidationOptions } from "../../training/cross-validation.ts";
import {
  fromXGBoostParams,
  parseValue,
  type TrainParameters,
  trainParameterDeclarations,
} from "../../training/parameters.ts";
import { trainOptions } from "../../training/train-options.ts";
import { flagAliases } from "./option-flags.ts";

/** What scripts written for XGBoost may pass; accepted where the value is what coppice does anyway. */
const foreignFlags = [
  "tree_method",
  "booster",
  "device",
  "multi_strategy",
  "process_type",
  "sampling_method",
  "validate_parameters",
  "verbosity",
];

/** Flags of options by their other names. */
const otherAliases: Readonly<Record<string, string>> = {
  ...flagAliases(trainOptions),
  ...flagAliases(crossValidationOptions),
  model_out: "model",
};

/** Adds one flag per training parameter to `command`. */
export function addParameterFlags(command: Command): void {
  command.optionsGroup("Parameters (XGBoost's names and meanings; also spelled --max_depth):");
  for (const [name, declaration] of Object.entries(trainParameterDeclarations)) {
    command.addOption(parameterOption(name, declaration));
  }
  for (const name of foreignFlags) {
    command.addOption(new Option(`--${kebabCase(name).replaceAll("_", "-")} <value>`).hideHelp());
  }
}

function parameterOption(name: string, declaration: Declaration): Option {
  const flag = `--${kebabCase(name)}`;
  const option = new Option(`${flag} <${placeholder(declaration)}>`, describe(declaration));
  option.argParser((text: string, earlier: unknown) => {
    try {
      if (name === "evalMetric") return [...((earlier as string[]) ?? []), ...text.split(",")];
      // Messages then name the flag as it is typed.
      const value = parseValue(flag, declaration, text);
      checkValue(flag, declaration, value);
      return value;
    } catch (error) {
      if (error instanceof CoppiceError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  });
  return option;
}

function placeholder({ type, choices }: Declaration): string {
  if (choices) return choices.join("|");
  return {
    number: "x",
    integer: "n",
    boolean: "true|false",
    string: "name",
    numbers: "list",
    strings: "list",
    function: "function",
    options: "options",
    any: "value",
  }[type];
}

function describe({ doc = "", default: value, aliases }: Declaration): string {
  const notes = [];
  if (value !== undefined) notes.push(`default: ${value}`);
  if (aliases?.length) notes.push(`also: ${aliases.join(", ")}`);
  // The lines of help are no sentences.
  const line = doc.replace(/\.$/, "").replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  return notes.length > 0 ? `${line} (${notes.join("; ")})` : line;
}

/**
 * The training parameters among parsed flags.
 *
 * @throws {CoppiceError} UNSUPPORTED when a flag asks for what only XGBoost does
 */
export function parameterValues(flags: Readonly<Record<string, unknown>>): TrainParameters {
  const names = [...Object.keys(trainParameterDeclarations).map(snakeCase), ...foreignFlags];
  return fromXGBoostParams(Object.fromEntries(names.map((name) => [name, flags[camelOf(name)]])));
}

function camelOf(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Rewrites flags in XGBoost's spelling or by an alias into the flag's own: --learning_rate → --eta. */
export function canonicalArguments(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.map((argument, i) => {
    const match = /^--([A-Za-z][\w-]*)(=[\s\S]*)?$/.exec(argument);
    if (match === null || (end >= 0 && i > end)) return argument;
    return `--${canonicalName(match[1].replaceAll("_", "-"))}${match[2] ?? ""}`;
  });
}

function canonicalName(name: string): string {
  const parameter = findParameter(trainParameterDeclarations, name);
  return parameter ? kebabCase(parameter) : (otherAliases[name.replaceAll("-", "_")] ?? name);
}
