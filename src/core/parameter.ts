// Parameters are declared values (declaration.ts) that are known by several spellings: camelCase here,
// snake_case in XGBoost, kebab-case as flags, and by aliases. Tables of them come from many files and are joined.

import { checkValue, type Declaration, type Declarations, type ValueOf } from "./declaration.ts";
import { CoppiceError } from "./errors.ts";

type ResolvedValueOf<D> = D extends { readonly default: unknown } ? ValueOf<D> : ValueOf<D> | undefined;

/** The values of a table when defaults are filled in. */
export type ResolvedValuesOf<D> = { readonly [K in keyof D]: ResolvedValueOf<D[K]> };

/** The table of a module that declares nothing. */
export type NoParameters = Readonly<Record<never, never>>;

/** The tables of several modules as one; `M` is the union of the modules. */
export type JoinedParameters<M> = UnionToIntersection<ParametersOf<M>>;

type ParametersOf<M> = M extends { readonly parameters?: infer P } ? NonNullable<P> : never;
type UnionToIntersection<U> = (U extends unknown ? (part: U) => void : never) extends (all: infer I) => void
  ? I
  : never;

/** The parameters that modules declare, in one table. Two that share a parameter name the same declaration. */
export function joinParameters<M extends { readonly name: string; readonly parameters?: Declarations }>(
  modules: readonly M[],
): JoinedParameters<M> {
  return Object.assign({}, ...modules.map(({ parameters }) => parameters)) as JoinedParameters<M>;
}

/** `maxDepth` → `max_depth`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `maxDepth` → `max-depth`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `max_depth`, `max-depth` → `maxDepth`. */
export function camelCase(name: string): string {
  return name.replace(/[_-]([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The parameter that `name` means, in any spelling: camelCase, snake_case, kebab-case or an alias. */
export function findParameter<D extends Declarations>(
  declarations: D,
  name: string,
): (keyof D & string) | undefined {
  const snake = snakeCase(name).replaceAll("-", "_");
  return Object.keys(declarations).find(
    (own) => own === name || snakeCase(own) === snake || declarations[own].aliases?.includes(snake),
  );
}

/** Every name that XGBoost has for these parameters. */
export function xgboostNames(declarations: Declarations): string[] {
  return Object.entries<Declaration>(declarations).flatMap(([name, { aliases = [] }]) => [
    snakeCase(name),
    ...aliases,
  ]);
}

/**
 * Checks `input` against `declarations` and fills in defaults.
 *
 * @returns one entry per declaration, by its camelCase name; entries without a value are left out
 * @throws {CoppiceError} INVALID_PARAMETER naming parameter, rule and value
 */
export function resolveParameters(
  declarations: Declarations,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const resolved: Record<string, unknown> = {};
  const givenAs = new Map<string, string>();
  for (const [name, declaration] of Object.entries(declarations)) {
    if (declaration.default !== undefined) resolved[name] = declaration.default;
  }
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const name = findParameter(declarations, key);
    if (name === undefined) throw unknownName("parameter", key, Object.keys(declarations));
    noteGiven(name, key, givenAs);
    checkValue(name, declarations[name], value);
    resolved[name] = value;
  }
  return resolved;
}

/**
 * Notes under which name a parameter was given.
 *
 * @param key the name as it was given
 * @param givenAs that name by the camelCase one; updated
 * @throws {CoppiceError} INVALID_PARAMETER when it was given before
 */
export function noteGiven(name: string, key: string, givenAs: Map<string, string>): void {
  const earlier = givenAs.get(name);
  if (earlier !== undefined) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`${earlier}\` and \`${key}\` are the same parameter; give one of them`,
      { parameter: name },
    );
  }
  givenAs.set(name, key);
}

/** The error for a name that is not known, with the nearest known one. */
export function unknownName(what: string, name: string, known: readonly string[]): CoppiceError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? "" : `; did you mean \`${nearest}\`?`;
  return new CoppiceError("INVALID_PARAMETER", `unknown ${what} \`${name}\`${hint}`, {
    parameter: name,
    nearest: nearest ?? null,
  });
}

/** The known name with the smallest edit distance, when it is near enough to be a likely slip. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[_-]/g, "");
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(plain(name), plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(substitution, previous[j] + 1, current[j - 1] + 1);
    }
    previous = current;
  }
  return previous[b.length];
}
