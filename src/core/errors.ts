// The one error class. A message names the parameter or place, the rule and the value; `code` is
// what programs branch on. `toWire`/`fromWire` are its single form on ports, sockets and HTTP: plain data, of
// which nothing is believed when it arrives.

import type { AbortSignalLike } from "./abort-signal.ts";

const errorCodes = [
  "INVALID_PARAMETER",
  "INVALID_DATA",
  "INVALID_MODEL",
  "UNSUPPORTED",
  "CHECKPOINT_MISMATCH",
  "PEER_LOST",
  "TIMEOUT",
  "ABORTED",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

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

/** An error as data that JSON and messages between threads can carry. */
export interface ErrorWire {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  /** Where it arose, and where its causes did. */
  readonly stack?: string;
}

/** Characters of a message, and of a stack. */
const MAX_WIRE_TEXT = 2000;
const MAX_DETAILS = 16;
const MAX_DETAIL_NAME = 64;
const MAX_DETAIL_TEXT = 500;

/** Any error as data; one that is not ours is INTERNAL. */
export function toWire(error: unknown): ErrorWire {
  const { code, details } = error instanceof CoppiceError ? error : { code: "INTERNAL", details: {} };
  const isError = error instanceof Error;
  const message = isError ? error.message : String(error);
  return checkWire({ code, message, details, stack: isError ? describeStack(error) : undefined });
}

/** The error in data from a peer: an unknown code becomes INTERNAL, other than scalar details go. */
export function fromWire(wire: unknown): CoppiceError {
  const { code, message, details, stack } = checkWire(wire);
  const error = new CoppiceError(code, message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** What of `wire` is the form of an error, with all lengths bounded. */
function checkWire(wire: unknown): ErrorWire {
  const { code, message, details, stack } = Object(wire) as Record<string, unknown>;
  const checked: ErrorWire = {
    code: errorCodes.find((known) => known === code) ?? "INTERNAL",
    message: typeof message === "string" ? message.slice(0, MAX_WIRE_TEXT) : "an error without a message",
    details: checkDetails(details),
  };
  return typeof stack === "string" ? { ...checked, stack: stack.slice(0, MAX_WIRE_TEXT) } : checked;
}

function checkDetails(details: unknown): ErrorDetails {
  const isScalar = (value: unknown) =>
    value === null || ["number", "boolean", "string"].includes(typeof value);
  const entries = typeof details === "object" && details !== null ? Object.entries(details) : [];
  const known = entries.filter(([, value]) => isScalar(value));
  return Object.fromEntries(
    known
      .slice(0, MAX_DETAILS)
      .map(([name, value]) => [
        name.slice(0, MAX_DETAIL_NAME),
        typeof value === "string" ? value.slice(0, MAX_DETAIL_TEXT) : value,
      ]),
  ) as ErrorDetails;
}

/** The stack of an error and of those that caused it. */
export function describeStack(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by ${describeStack(error.cause)}` : own;
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

/** @throws {CoppiceError} INTERNAL when a condition that the code itself guarantees does not hold */
export function assertInternal(condition: boolean, message: string): asserts condition {
  if (!condition) throw new CoppiceError("INTERNAL", message);
}
