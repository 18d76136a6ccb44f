// A custom objective for workers: a function cannot travel to them, a module can be imported by each. The
// function sees the rows of one worker at a time, so what it gives for a row must depend on that row alone.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CoppiceError, showValue } from "../../core/errors.ts";
import type { CustomObjectiveFunction } from "../../objective/custom.ts";
import { unknownScheme } from "../../place/places.ts";

/** Schemes that modules can be imported from. */
const SCHEMES = ["file", "data"];
/** Unlike other places it may be a URL without slashes, such as "data:text/javascript,..". */
const URL_SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/** @throws {CoppiceError} INVALID_PARAMETER for a URL that no module can be imported from */
export function checkObjectiveModule(place: string): void {
  const scheme = URL_SCHEME.exec(place)?.[1].toLowerCase();
  if (scheme === undefined || SCHEMES.includes(scheme)) return;
  throw unknownScheme("objectiveModule", place, SCHEMES);
}

/**
 * Imports the default export of a module.
 *
 * @param place a path, or a URL such as "file:///shared/loss.js"
 * @throws {CoppiceError} INVALID_PARAMETER when the module cannot be imported or exports no function
 */
export async function importObjective(place: string): Promise<CustomObjectiveFunction> {
  checkObjectiveModule(place);
  const url = URL_SCHEME.test(place) ? place : pathToFileURL(resolve(place)).href;
  const about = { parameter: "objectiveModule" };
  let module: { readonly default?: unknown };
  try {
    module = (await import(url)) as typeof module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`objectiveModule\` cannot be imported: ${reason}`,
      about,
      cause,
    );
  }
  if (typeof module.default === "function") return module.default as CustomObjectiveFunction;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`objectiveModule\` must export a function as its default, got ${showValue(module.default)} from ${url}`,
    about,
  );
}
