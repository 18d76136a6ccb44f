// How many threads a caller may ask for.

import { CoppiceError } from "../core/errors.ts";

/** @throws {CoppiceError} INVALID_PARAMETER */
export function checkThreads(wanted: number | undefined): void {
  if (wanted === undefined || (Number.isInteger(wanted) && wanted >= 1 && wanted <= 1024)) return;
  throw new CoppiceError("INVALID_PARAMETER", `\`threads\` must be an integer in [1, 1024], got ${wanted}`, {
    parameter: "threads",
  });
}
