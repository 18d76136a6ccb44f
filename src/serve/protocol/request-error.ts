// What is wrong with a request, as the one error class with an HTTP status in its details. A `violation`
// names the part of the model's schema that the input broke; such errors are counted per model.

import { CoppiceError, type ErrorCode, fromWire } from "../../core/errors.ts";

/** The kinds of input that do not fit a model. */
export type Violation =
  | "unknown_input"
  | "missing_input"
  | "wrong_shape"
  | "wrong_type"
  | "unseen_category"
  | "invalid_value";

/** An error of the caller's making; 400 by default. */
export function requestError(message: string, violation?: Violation, status = 400): CoppiceError {
  const details = violation === undefined ? { status } : { status, violation };
  return new CoppiceError("INVALID_DATA", message, details);
}

/** An error with a status of its own. */
export function statusError(status: number, code: ErrorCode, message: string): CoppiceError {
  return new CoppiceError(code, message, { status });
}

/** The status that an error is answered with: 4xx for everything that a caller can put right. */
export function statusOf(error: unknown): number {
  if (!(error instanceof CoppiceError)) return 500;
  if (typeof error.details.status === "number") return error.details.status;
  switch (error.code) {
    case "INVALID_PARAMETER":
    case "INVALID_DATA":
    case "INVALID_MODEL":
    case "UNSUPPORTED":
      return 400;
    case "TIMEOUT":
      return 503;
    case "ABORTED":
      return 499;
    default:
      return 500;
  }
}

/**
 * What the caller is told: the form of errors on the wire, with the message where the Open Inference Protocol has it.
 * Never the inside of the server.
 */
export function errorBody(error: unknown): Record<string, unknown> {
  if (!(error instanceof CoppiceError) || error.code === "INTERNAL") return { error: "internal error" };
  const { code, message, details } = error;
  return { error: message, code, details };
}

/** The error in a body that `errorBody` made; undefined when another server made it. */
export function errorOfBody(text: string): CoppiceError | undefined {
  try {
    const { error, ...rest } = Object(JSON.parse(text)) as Record<string, unknown>;
    if (typeof error === "string") return fromWire({ ...rest, message: error });
  } catch {
    // No JSON.
  }
  return undefined;
}
