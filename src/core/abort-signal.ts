// The part of an AbortSignal that is used here. Public types name it instead of the runtime's own, so that they
// need neither the types of the DOM nor those of Node; every AbortSignal is one.

export interface AbortSignalLike {
  readonly aborted: boolean;
  /** Why; becomes the cause of the error. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
