// Threads of Node: worker_threads running train-thread.ts, predict-thread.ts or parse-thread.ts.

import { availableParallelism } from "node:os";
import { type MessagePort, type ResourceLimits, Worker } from "node:worker_threads";
import type { Port, Thread, ThreadHost } from "../../parallel/port.ts";

/** Starts threads of this process that train; they keep it alive until they are terminated. */
export const nodeThreads: ThreadHost = {
  parallelism: availableParallelism(),
  // Named as emitted: compilers do not rewrite these specifiers.
  start: () => startThread(new URL("./train-thread.js", import.meta.url)),
};

/** The same for threads that predict. */
export const nodePredictThreads: ThreadHost = {
  parallelism: availableParallelism(),
  start: () => startThread(new URL("./predict-thread.js", import.meta.url)),
};

/**
 * The same for threads that parse parts of tables. They make little that lives long: with a small heap for what
 * is young they take less memory and no more time.
 */
export const nodeParseThreads: ThreadHost = {
  parallelism: availableParallelism(),
  start: () => startThread(new URL("./parse-thread.js", import.meta.url), { maxYoungGenerationSizeMb: 4 }),
};

/** The other end of a thread, inside of it. */
export function portOf(port: MessagePort): Port {
  return {
    post: (message, moved) => port.postMessage(message, moved),
    onMessage: (receive) => {
      port.on("message", receive);
    },
  };
}

function startThread(program: URL, resourceLimits: ResourceLimits = {}): Thread {
  // Without flags: a parent run with `--input-type` or `--eval` would pass on what a file refuses.
  const worker = new Worker(program, { execArgv: [], resourceLimits });
  return {
    post: (message, moved) => worker.postMessage(message, moved),
    onMessage(receive) {
      worker.removeAllListeners("message");
      worker.on("message", receive);
    },
    onEnd(fail) {
      worker.on("error", fail);
      worker.on("exit", (code) => fail(new Error(`exit code ${code}`)));
    },
    async terminate() {
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}
