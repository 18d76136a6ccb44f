// What a call throws, as a value. Fails the test when it throws nothing, or something that is not the
// library's own error.

import { expect } from "vitest";
import { CoppiceError } from "../../src/core/errors.ts";

export function catchError(call: () => unknown): CoppiceError {
  try {
    call();
  } catch (error) {
    return checked(error);
  }
  return expect.fail("expected a CoppiceError, nothing was thrown");
}

/** The same for a promise that should be rejected. */
export async function catchRejection(promise: Promise<unknown>): Promise<CoppiceError> {
  try {
    await promise;
  } catch (error) {
    return checked(error);
  }
  return expect.fail("expected a CoppiceError, the promise was fulfilled");
}

function checked(error: unknown): CoppiceError {
  if (!(error instanceof CoppiceError)) throw error;
  return error;
}
