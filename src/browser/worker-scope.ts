// What the worker program uses of its global scope, which the types of a page do not describe.

import type { Thread, ThreadHost } from "../parallel/port.ts";

/** A dedicated worker from its inside. */
export interface WorkerScope {
  /** The role that whoever started it gave it. */
  readonly name: string;
  readonly location: { readonly href: string };
  readonly crossOriginIsolated: boolean;
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  removeEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  importScripts(...urls: string[]): void;
}

export const workerScope: WorkerScope = globalThis as unknown as WorkerScope;

export const TRAINER_NAME = "coppice-trainer";
export const THREAD_NAME = "coppice-thread";

/** The first message of every worker of ours: its program runs. */
export const READY = "coppice-ready";

/** Further workers of the same program as threads of a team; undefined where memory cannot be shared. */
export function workerThreads(): ThreadHost | undefined {
  if (!canShareMemory()) return undefined;
  return { parallelism: navigator.hardwareConcurrency || 1, start: startThread };
}

/** Browsers share memory only with pages that are cross-origin isolated. */
export function canShareMemory(): boolean {
  return (
    workerScope.crossOriginIsolated && typeof SharedArrayBuffer === "function" && typeof Worker === "function"
  );
}

function startThread(): Thread {
  // The program itself, wherever a bundler has put it and also if it is a blob.
  const type = isModuleWorker() ? "module" : "classic";
  const worker = new Worker(workerScope.location.href, { type, name: THREAD_NAME });
  return {
    post: (message) => worker.postMessage(message),
    onMessage(receive) {
      worker.onmessage = ({ data }: MessageEvent) => {
        if (data !== READY) receive(data);
      };
    },
    onEnd(fail) {
      worker.onerror = (event) => fail(new Error(event.message || "a worker could not be started"));
    },
    async terminate() {
      worker.onmessage = null;
      worker.onerror = null;
      worker.terminate();
    },
  };
}

/** In a module worker this function is there but always throws. */
function isModuleWorker(): boolean {
  try {
    workerScope.importScripts();
    return false;
  } catch {
    return true;
  }
}
