// Where large requests are answered: on threads of their own where the platform has them, so that they do
// not hold up small ones. Without a host everything runs on the thread that took the request.

import type { BlockJob, BlockOutcome, InferenceJob, InferenceOutcome } from "./inference.ts";
import type { ServedModel } from "./served-model.ts";

export interface InferenceHost {
  /**
   * Runs a request elsewhere; the bytes of the job may be moved away from the caller.
   *
   * @throws {CoppiceError} as `runInference`; with status 429 when too much waits; ABORTED through `signal`
   */
  run(model: ServedModel, job: InferenceJob, signal: AbortSignal): Promise<InferenceOutcome>;
  /** Predicts rows that have been read already, in the same way. */
  runBlock(model: ServedModel, job: BlockJob, signal: AbortSignal): Promise<BlockOutcome>;
  /** Forgets a model that went out of service; what runs on it is finished. */
  retire(model: ServedModel): void;
  close(): Promise<void>;
}
