// Parameters are declared once: name, aliases, type, range, default and one line of documentation.
// Checking, conversion from XGBoost's spelling, command-line flags and help all derive from the
// declarations.

import { checkValue, type Declaration } from "./declaration.ts";
import { CoppiceError } from "./errors.ts";

/** A declaration with its name, camelCase. Its snake_case form is XGBoost's name and always accepted as an alias. */
export interface ParameterDeclaration extends Declaration {
  readonly name: string;
  readonly doc: string;
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

/** The declaration that `name` means, in any spelling: camelCase, snake_case, kebab-case or an alias. */
export function findDeclaration(
  declarations: readonly ParameterDeclaration[],
  name: string,
): ParameterDeclaration | undefined {
  const snake = snakeCase(name).replaceAll("-", "_");
  return declarations.find(
    (d) => d.name === name || snakeCase(d.name) === snake || d.aliases?.includes(snake),
  );
}

/**
 * Checks `input` against `declarations` and fills in defaults.
 *
 * @returns one entry per declaration, by its camelCase name; entries without a value are left out
 * @throws {CoppiceError} INVALID_PARAMETER naming parameter, rule and value
 */
export function resolveParameters(
  declarations: readonly ParameterDeclaration[],
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const resolved: Record<string, unknown> = {};
  const givenAs = new Map<string, string>();
  for (const declaration of declarations) {
    if (declaration.default !== undefined) resolved[declaration.name] = declaration.default;
  }
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const declaration = findDeclaration(declarations, key);
    if (declaration === undefined)
      throw unknownName(
        "parameter",
        key,
        declarations.map((d) => d.name),
      );
    noteGiven(declaration, key, givenAs);
    checkValue(declaration.name, declaration, value);
    resolved[declaration.name] = value;
  }
  return resolved;
}

/**
 * Notes under which name a parameter was given.
 *
 * @param givenAs that name by the camelCase one; updated
 * @throws {CoppiceError} INVALID_PARAMETER when it was given before
 */
export function noteGiven(
  declaration: ParameterDeclaration,
  key: string,
  givenAs: Map<string, string>,
): void {
  const earlier = givenAs.get(declaration.name);
  if (earlier !== undefined) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`${earlier}\` and \`${key}\` are the same parameter; give one of them`,
      { parameter: declaration.name },
    );
  }
  givenAs.set(declaration.name, key);
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
