// Starts the trainer's worker from the page: from its own file, or where that does not start (a bundler that
// left it out, no module workers, a script of another origin) from the text that the package carries.

import { CoppiceError } from "../core/errors.ts";
import { READY, TRAINER_NAME } from "./worker-scope.ts";

/** Where the program came from: a file, or the text in the package. */
export type WorkerOrigin = "file" | "embedded";

export interface StartedWorker {
  readonly worker: Worker;
  readonly origin: WorkerOrigin;
  /** Gives back what must live as long as the worker. */
  release(): void;
}

/**
 * @param url the worker's file if it is not where the package put it
 * @throws {CoppiceError} UNSUPPORTED when no worker can be started
 */
export async function startWorker(url: string | URL | undefined): Promise<StartedWorker> {
  try {
    const worker = await untilReady(() => (url === undefined ? fromFile() : fromUrl(url)));
    return { worker, origin: "file", release() {} };
  } catch (cause) {
    if (url !== undefined) throw cannotStart(cause);
    return startEmbedded(cause);
  }
}

/** Bundlers look for exactly this expression. Named as emitted: compilers do not rewrite the specifier. */
function fromFile(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "coppice-trainer" });
}

function fromUrl(url: string | URL): Worker {
  return new Worker(url, { type: "module", name: TRAINER_NAME });
}

async function startEmbedded(first: unknown): Promise<StartedWorker> {
  const { workerSource } = await import("./worker-source.ts");
  if (workerSource === "") throw cannotStart(first);
  const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  try {
    const worker = await untilReady(() => new Worker(url, { name: TRAINER_NAME }));
    // Threads are started from the same URL, so it lives as long as the trainer.
    return { worker, origin: "embedded", release: () => URL.revokeObjectURL(url) };
  } catch (cause) {
    URL.revokeObjectURL(url);
    throw cannotStart(cause);
  }
}

/** Resolves once the program of the worker runs; what does not start says so with an error event. */
function untilReady(start: () => Worker): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = start();
    worker.onmessage = ({ data }: MessageEvent) => {
      if (data !== READY) return;
      worker.onmessage = null;
      worker.onerror = null;
      resolve(worker);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      reject(new Error(event.message || "the worker's script could not be loaded"));
    };
  });
}

function cannotStart(cause: unknown): CoppiceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CoppiceError("UNSUPPORTED", `a worker cannot be started here: ${reason}`, {}, cause);
}
