// A value that users give is declared once, in a table by name: its type, its rule, what it is by default, a
// line of help, its flag, and how far it travels. From the table follow the TypeScript type (`ValuesOf`), the
// check (`checkValue`, `checkOptions`), the sentence of the error (`describeRule`), the flag of the command line,
// and what is sent to another thread or process (`valuesThatReach`). A comment over an entry is what an editor
// shows to who writes the option.

import type { AbortSignalLike } from "./abort-signal.ts";
import { CoppiceError, showValue } from "./errors.ts";

/** "any" is checked by `accepts` or by who uses it; its TypeScript type stands in `of`. "options" are a table. */
export type DeclaredType =
  | "number"
  | "integer"
  | "boolean"
  | "string"
  | "numbers"
  | "strings"
  | "function"
  | "options"
  | "any";

/** How far a value can travel: not at all, to a thread (structured clone), or to a process as JSON. */
export type Reach = "caller" | "thread" | "process";

export interface Declaration {
  readonly type: DeclaredType;
  /** Carries the TypeScript type where `type` does not tell it: `of: undefined as unknown as Cuts`. Never read. */
  readonly of?: unknown;
  /** Further accepted names, in XGBoost's spelling: of a parameter, or of an option's flag. */
  readonly aliases?: readonly string[];
  /** The value when not given; undefined when the absence itself has a meaning. */
  readonly default?: unknown;
  readonly isRequired?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  /** The range leaves out its minimum. */
  readonly exclusiveMinimum?: boolean;
  /** The range leaves out its maximum. */
  readonly exclusiveMaximum?: boolean;
  readonly choices?: readonly string[];
  /** The table of what stands in an object of the type "options". */
  readonly options?: Declarations;
  /** What a value must fulfil beside its type; `rule` says it. */
  readonly accepts?: (value: unknown) => boolean;
  /** The rule in words, where type and range do not say it. */
  readonly rule?: string;
  /** Changes neither model nor history: a run may be resumed with another value. */
  readonly mayDiffer?: boolean;
  /** "process" by default, for functions "caller". */
  readonly reach?: Reach;
  /**
   * Makes it a flag of the commands that take the table: its placeholder, before it its name where that is not
   * the option's own. "<n>"; "max-lag <ms>"; "<columns,>" a list, "<text..>" repeated; "" for a switch.
   */
  readonly flag?: string;
  /** The phrase of the help where there is a flag. */
  readonly doc?: string;
}

export type Declarations = Readonly<Record<string, Declaration>>;

/** The TypeScript type of one declared value. */
export type ValueOf<D> = D extends { readonly of: infer T }
  ? T
  : D extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : D extends { readonly type: "integer" | "number" }
      ? number
      : D extends { readonly type: "boolean" }
        ? boolean
        : D extends { readonly type: "string" }
          ? string
          : D extends { readonly type: "numbers" }
            ? readonly number[]
            : D extends { readonly type: "strings" }
              ? readonly string[]
              : D extends { readonly options: infer Table }
                ? ValuesOf<Table>
                : unknown;

type RequiredNames<D> = { [K in keyof D]: D[K] extends { readonly isRequired: true } ? K : never }[keyof D];

// Mapped over a parameter N extends keyof D, so that editors still show the comments of the entries.
type Optional<D, N extends keyof D> = { [K in N]?: ValueOf<D[K]> | undefined };
type Required<D, N extends keyof D> = { [K in N]: ValueOf<D[K]> };

/** The options object that a table declares. */
export type ValuesOf<D> = Optional<D, Exclude<keyof D, RequiredNames<D>>> & Required<D, RequiredNames<D>>;

/** A table without some of its entries. */
export type Without<D, Names extends readonly unknown[]> = Pick<D, Exclude<keyof D, Names[number]>>;

/** A table without some of its entries. */
export function without<D extends Declarations, const Names extends readonly (keyof D)[]>(
  declarations: D,
  names: Names,
): Without<D, Names> {
  const entries = Object.entries(declarations).filter(([name]) => !names.includes(name));
  return Object.fromEntries(entries) as Without<D, Names>;
}

/**
 * The type of { ...a, ...b }, to be written at a table that is made of others: without it the compiler would
 * write out their entries in the declaration file, where comments of another file are lost.
 */
export type Joined<A, B> = Pick<A, Exclude<keyof A, keyof B>> & B;

type NamesThatReach<D, R extends Reach> = {
  [K in keyof D]: D[K] extends { readonly reach: infer Own }
    ? Own extends "process"
      ? K
      : Own extends R
        ? K
        : never
    : D[K] extends { readonly type: "function" }
      ? never
      : K;
}[keyof D];

/** The part of a table that travels as far as `R`. */
export type DeclarationsThatReach<D, R extends "thread" | "process"> = Pick<D, NamesThatReach<D, R>>;

/** The part of the options object that travels as far as `R`. */
export type ValuesThatReach<D, R extends "thread" | "process"> = ValuesOf<DeclarationsThatReach<D, R>>;

/** The part of a table that travels as far as `reach`. */
export function declarationsThatReach<D extends Declarations, R extends "thread" | "process">(
  declarations: D,
  reach: R,
): DeclarationsThatReach<D, R> {
  const entries = Object.entries(declarations).filter(([, { type, reach: given }]) => {
    const own = given ?? (type === "function" ? "caller" : "process");
    return own === "process" || own === reach;
  });
  return Object.fromEntries(entries) as DeclarationsThatReach<D, R>;
}

/** The values of a table that travel as far as `reach`; those that are undefined are left out. */
export function valuesThatReach<D extends Declarations, R extends "thread" | "process">(
  declarations: D,
  values: object,
  reach: R,
): ValuesThatReach<D, R> {
  const given = values as Readonly<Record<string, unknown>>;
  const names = Object.keys(declarationsThatReach(declarations, reach)).filter(
    (name) => given[name] !== undefined,
  );
  return Object.fromEntries(names.map((name) => [name, given[name]])) as ValuesThatReach<D, R>;
}

/**
 * Checks one value.
 *
 * @param name what the value is called in the message: "maxDepth", "run.continueFor", "--max-depth"
 * @throws {CoppiceError} INVALID_PARAMETER when it breaks the declaration's rule
 */
export function checkValue(name: string, declaration: Declaration, value: unknown): void {
  if (isValid(declaration, value)) return;
  // Who gives a number for an object most likely means its first entry.
  const [first] = Object.keys(declaration.options ?? {});
  const isLikelyFirst = first !== undefined && ["number", "string"].includes(typeof value);
  const example = isLikelyFirst ? ` such as { ${first}: ${showValue(value)} }` : "";
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`${name}\` must be ${describeRule(declaration)}${example}, got ${showValue(value)}`,
    { parameter: name },
  );
}

/** Whether a value follows the declaration's rule. */
export function isValid(declaration: Declaration, value: unknown): boolean {
  return (
    hasType(declaration, value) && isInRange(declaration, value) && (declaration.accepts?.(value) ?? true)
  );
}

/** The rule of a value in words: "an integer in [2, 65535]". */
export function describeRule(declaration: Declaration): string {
  if (declaration.rule !== undefined) return declaration.rule;
  if (declaration.choices) return `one of ${declaration.choices.map((c) => `"${c}"`).join(", ")}`;
  const noun = {
    number: "a number",
    integer: "an integer",
    boolean: "true or false",
    string: "a string",
    numbers: "an array of numbers",
    strings: "an array of strings",
    function: "a function",
    options: "an object",
    any: "a value",
  }[declaration.type];
  const { minimum, maximum } = declaration;
  if (minimum === undefined && maximum === undefined) return noun;
  const left = declaration.exclusiveMinimum || minimum === undefined ? "(" : "[";
  const right = declaration.exclusiveMaximum || maximum === undefined ? ")" : "]";
  return `${noun} in ${left}${minimum ?? "-infinity"}, ${maximum ?? "infinity"}${right}`;
}

function hasType(declaration: Declaration, value: unknown): boolean {
  switch (declaration.type) {
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string" && (!declaration.choices || declaration.choices.includes(value));
    case "numbers":
      return isList(value) && value.every((v) => typeof v === "number" && Number.isFinite(v));
    case "strings":
      return Array.isArray(value) && value.every((v) => typeof v === "string");
    case "function":
      return typeof value === "function";
    case "options":
      return typeof value === "object" && value !== null;
    case "any":
      return true;
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array;
}

function isInRange(declaration: Declaration, value: unknown): boolean {
  const values = isList(value) ? value : [value];
  return values.every((v) => {
    if (typeof v !== "number" || declaration.type === "any") return true;
    const { minimum = -Infinity, maximum = Infinity } = declaration;
    return (
      (declaration.exclusiveMinimum ? v > minimum : v >= minimum) &&
      (declaration.exclusiveMaximum ? v < maximum : v <= maximum)
    );
  });
}

/** The option that takes an AbortSignal. */
export const abortSignal = {
  type: "any",
  of: undefined as unknown as AbortSignalLike,
  reach: "caller",
  rule: "an AbortSignal",
  accepts: (value) => typeof (value as AbortSignalLike | null)?.aborted === "boolean",
} as const satisfies Declaration;
