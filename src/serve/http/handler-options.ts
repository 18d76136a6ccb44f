// The options of the handler, declared once.

import type { Declarations, ValuesOf } from "../../core/declaration.ts";
import type { InferenceHost } from "../inference-host.ts";
import type { ModelRepository } from "../repository.ts";
import type { ServeMetrics } from "../serve-metrics.ts";
import { type BatchLimits, batchLimits, serveLimits } from "../serve-options.ts";

/** One answered request, for a log. */
export interface RequestEvent {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly seconds: number;
  /** The error that was answered, with what the caller is not told. */
  readonly error?: unknown;
}

export const handlerOptions = {
  /** The models that are served. */
  repository: { type: "any", of: undefined as unknown as ModelRepository, isRequired: true },
  /** Bearer tokens, one of which a request must carry; none: no token is asked for. */
  tokens: { type: "strings" },
  /** Bounds on what the server takes on. */
  limits: { type: "options", options: serveLimits },
  /** Off by default. */
  batching: { type: "options", options: batchLimits, of: undefined as unknown as BatchLimits },
  /** Where large requests are answered; here by default. */
  host: { type: "any", of: undefined as unknown as InferenceHost },
  /** Who counts; nobody by default. */
  metrics: { type: "any", of: undefined as unknown as ServeMetrics },
  /** Whether the process cannot keep up: requests are refused with 429 as long as it says so. */
  isBehind: { type: "function", of: undefined as unknown as () => boolean },
  /** Origins whose pages may call; none by default. */
  corsOrigins: {
    type: "strings",
    flag: "cors-origin <origin..>",
    doc: "origin whose pages may call; may be repeated",
  },
  /** Told of every request when it is answered. */
  onRequest: { type: "function", of: undefined as unknown as (event: RequestEvent) => void },
  /** What the server calls its version. */
  version: { type: "string" },
} as const satisfies Declarations;

export interface HandlerOptions extends ValuesOf<typeof handlerOptions> {}
