// The part of an AbortSignal that is used here. Public types name it instead of the runtime's own, so that they
// need neither the types of the DOM nor those of Node; every AbortSignal is one.

import type { Declaration } from "./declaration.ts";

export interface AbortSignalLike {
  readonly aborted: boolean;
  /** Why; becomes the cause of the error. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The option that takes one. */
export const abortSignal = {
  type: "any",
  of: undefined as unknown as AbortSignalLike,
  reach: "caller",
  rule: "an AbortSignal",
  accepts: (value) => typeof (value as AbortSignalLike | null)?.aborted === "boolean",
} as const satisfies Declaration;
