// The bounds of serving, declared once: on what a server takes on, on batches, and what its models are like.

import type { Declarations, ValuesOf } from "../core/declaration.ts";

export const batchLimits = {
  /** Rows of a batch, from 1 on; a larger request is never delayed. 256 by default. */
  maxRows: {
    type: "integer",
    minimum: 1,
    default: 256,
    flag: "max-batch <rows>",
    doc: "rows that are predicted together when batching",
  },
  /** Milliseconds that the first request of a batch waits for others; 0, none, by default. */
  maxDelayMs: {
    type: "number",
    minimum: 0,
    default: 0,
    flag: "max-batch-delay <ms>",
    doc: "wait for small requests to batch; 0 for none",
  },
} as const satisfies Declarations;

export interface BatchLimits extends ValuesOf<typeof batchLimits> {}

export const repositoryOptions = {
  /** Rows over which drift is measured, 1000 by default. */
  driftWindowRows: {
    type: "integer",
    minimum: 1,
    default: 1000,
    flag: "drift-window <rows>",
    doc: "rows over which drift is measured",
  },
  /** Which rounds predict: those up to the best where early stopping noted one (by default), or all. */
  rounds: {
    type: "string",
    choices: ["best", "all"],
    default: "best",
    flag: "<which>",
    doc: "which predict: those up to the best where the model notes one, or all",
  },
} as const satisfies Declarations;

export interface RepositoryOptions extends ValuesOf<typeof repositoryOptions> {}

/** Bounds on what one server takes on. */
export const serveLimits = {
  /** Bytes of a body, as sent and again when unpacked; 64 MiB by default. */
  maxBodyBytes: {
    type: "integer",
    minimum: 1,
    default: 64 * 1048576,
    flag: "max-body <bytes>",
    doc: "bytes of a request's body",
  },
  /** Rows of a request; 1,000,000 by default. An Arrow stream may have any number. */
  maxRows: { type: "integer", minimum: 1, default: 1_000_000, flag: "<n>", doc: "rows of a request" },
  /** Inference requests at the same time, 256 by default; more are refused with 429. */
  maxRequests: {
    type: "integer",
    minimum: 1,
    default: 256,
    flag: "<n>",
    doc: "requests at the same time; more are refused with 429",
  },
  /** Milliseconds that a request may take, 60,000 by default; then it is refused with 503. */
  timeoutMs: { type: "number", minimum: 0, default: 60_000 },
} as const satisfies Declarations;

/** Bounds on what one server takes on. */
export interface ServeLimits extends ValuesOf<typeof serveLimits> {}
