// The program of a thread that answers large inference requests: the same function as on the thread that
// takes them.

import { parentPort } from "node:worker_threads";
import { loadModel } from "../../booster/booster.ts";
import { CoppiceError, toWire } from "../../core/errors.ts";
import { type BlockOutcome, type InferenceOutcome, runBlock, runInference } from "../../serve/inference.ts";
import { ServedModel } from "../../serve/served-model.ts";
import type { PoolAnswer, PoolRequest } from "./serve-protocol.ts";

const models = new Map<string, ServedModel>();

parentPort?.on("message", (request: PoolRequest) => {
  if (request.kind === "load") {
    models.set(request.key, new ServedModel(request.name, request.version, loadModel(request.bytes)));
  } else if (request.kind === "unload") models.delete(request.key);
  else {
    const answer = run(request);
    parentPort?.postMessage(answer, answer.kind === "done" ? memoryOf(answer.outcome) : []);
  }
});

function run(request: PoolRequest & { kind: "run" | "block" }): PoolAnswer {
  try {
    const model = models.get(request.key);
    if (model === undefined)
      throw new CoppiceError("INTERNAL", `the thread does not have model ${request.key}`);
    const outcome = request.kind === "run" ? runInference(model, request.job) : runBlock(model, request.job);
    return { kind: "done", outcome };
  } catch (error) {
    return { kind: "failed", error: toWire(error) };
  }
}

/** The memory that moves to the other thread with an answer: what nothing else lies in. */
function memoryOf(outcome: InferenceOutcome | BlockOutcome): ArrayBuffer[] {
  const arrays = "body" in outcome ? [outcome.body] : outcome.outputs.map(({ data }) => data);
  const buffers = arrays.flatMap((array) =>
    ArrayBuffer.isView(array) && array.buffer.byteLength === array.byteLength
      ? [array.buffer as ArrayBuffer]
      : [],
  );
  return [...new Set(buffers)];
}
