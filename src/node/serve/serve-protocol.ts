// What the thread that takes requests and a thread that answers them say to each other.

import type { ErrorWire } from "../../core/errors.ts";
import type { BlockJob, BlockOutcome, InferenceJob, InferenceOutcome } from "../../serve/inference.ts";

/** To a thread. A model is loaded before its first job; jobs come one at a time. */
export type PoolRequest =
  | {
      readonly kind: "load";
      readonly key: string;
      readonly name: string;
      readonly version: string;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "unload"; readonly key: string }
  | { readonly kind: "run"; readonly key: string; readonly job: InferenceJob }
  | { readonly kind: "block"; readonly key: string; readonly job: BlockJob };

/** From a thread, once for each "run" and "block", with the outcome of the same. */
export type PoolAnswer =
  | { readonly kind: "done"; readonly outcome: InferenceOutcome | BlockOutcome }
  | { readonly kind: "failed"; readonly error: ErrorWire };
