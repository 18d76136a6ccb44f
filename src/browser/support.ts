// What a browser and its page allow, and in words what is slower because of it. Nothing of it changes a
// model.

import type { WorkerOrigin } from "./start-worker.ts";
import type { WorkerSupport } from "./trainer-service.ts";

export interface TrainerSupport {
  /** How many threads a training can have. */
  readonly threads: number;
  /** Whether threads can share memory: the page must be cross-origin isolated. */
  readonly hasSharedMemory: boolean;
  /** Whether the fast kernels run: WebAssembly with SIMD. */
  readonly hasWebAssembly: boolean;
  /** Whether the worker's program came from its own file or from the text in the package. */
  readonly worker: WorkerOrigin;
  /** A sentence for each thing that is missing. */
  readonly notes: readonly string[];
}

export function tellSupport(found: WorkerSupport, worker: WorkerOrigin): TrainerSupport {
  const notes: string[] = [];
  if (!found.hasSharedMemory) {
    notes.push(
      "Training uses one thread, because the page is not cross-origin isolated (headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy).",
    );
  }
  if (!found.hasWebAssembly)
    notes.push("Training uses JavaScript kernels, because WebAssembly with SIMD is missing.");
  if (worker === "embedded")
    notes.push("The worker was started from the package's text, because its file could not be started.");
  return { ...found, worker, notes };
}
