// Threads of Node: worker_threads running thread.ts.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Thread, ThreadHost } from "../parallel/port.ts";

/** Starts threads of this process; they keep it alive until they are terminated. */
export const nodeThreads: ThreadHost = {
  parallelism: availableParallelism(),
  start: startThread,
};

function startThread(): Thread {
  // Named as emitted: compilers do not rewrite this specifier. Without flags: a parent run with
  // `--input-type` or `--eval` would pass on what a file refuses.
  const worker = new Worker(new URL("./thread.js", import.meta.url), { execArgv: [] });
  return {
    post: (message) => worker.postMessage(message),
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
