// The one error class. A message names the parameter or place, the rule and the value; `code` is
// what programs branch on. `toWire`/`fromWire` are its single form on ports, sockets and HTTP.

import type { AbortSignalLike } from "./abort-signal.ts";

export type ErrorCode =
  | "INVALID_PARAMETER"
  | "INVALID_DATA"
  | "INVALID_MODEL"
  | "UNSUPPORTED"
  | "CHECKPOINT_MISMATCH"
  | "PEER_LOST"
  | "TIMEOUT"
  | "ABORTED"
  | "INTERNAL";

/** Facts about the failure that a program may want: a parameter's name, a row, a byte offset. */
export type ErrorDetails = Record<string, string | number | boolean | null>;

/** The error that every part of coppice throws. */
export class CoppiceError extends Error {
  override readonly name = "CoppiceError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** A value as it stands in an error message: short, quoted where it is text. */
export function showValue(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) {
    return value.length > 8 ? `[${value.length} values]` : `[${value.map(showValue).join(", ")}]`;
  }
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength} bytes)`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

/** Throws when `signal` was aborted. @throws {CoppiceError} ABORTED */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted) throw new CoppiceError("ABORTED", "the operation was aborted", {}, signal.reason);
}
