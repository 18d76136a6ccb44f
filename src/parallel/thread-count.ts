// How many threads a caller may ask for.

import { checkValue, type Declaration } from "../core/declaration.ts";

/** The option that says it; who declares it adds what the threads are for. */
export const threadCount = {
  type: "integer",
  minimum: 1,
  maximum: 1024,
} as const satisfies Declaration;

/** @throws {CoppiceError} INVALID_PARAMETER */
export function checkThreads(wanted: number | undefined): void {
  if (wanted !== undefined) checkValue("threads", threadCount, wanted);
}
