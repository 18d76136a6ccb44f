// The program of a thread that answers large inference requests: the same function as on the thread that
// takes them.

import { parentPort } from "node:worker_threads";
import { loadModel } from "../booster/booster.ts";
import { CoppiceError } from "../core/errors.ts";
import { type InferenceJob, runInference } from "../serve/inference.ts";
import { ServedModel } from "../serve/served-model.ts";
import type { PoolAnswer, PoolRequest } from "./serve-protocol.ts";

const models = new Map<string, ServedModel>();

parentPort?.on("message", (request: PoolRequest) => {
  if (request.kind === "load") {
    models.set(request.key, new ServedModel(request.name, request.version, loadModel(request.bytes)));
  } else if (request.kind === "unload") models.delete(request.key);
  else {
    const answer = run(request.key, request.job);
    const transfer = answer.kind === "done" ? [answer.outcome.body.buffer as ArrayBuffer] : [];
    parentPort?.postMessage(answer, transfer);
  }
});

function run(key: string, job: InferenceJob): PoolAnswer {
  try {
    const model = models.get(key);
    if (model === undefined) throw new CoppiceError("INTERNAL", `the thread does not have model ${key}`);
    return { kind: "done", outcome: ownBody(runInference(model, job)) };
  } catch (error) {
    if (error instanceof CoppiceError) {
      return { kind: "failed", code: error.code, message: error.message, details: error.details };
    }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "failed", code: "INTERNAL", message, details: {} };
  }
}

/** A body that is alone in its memory, so that it can be moved. */
function ownBody(outcome: ReturnType<typeof runInference>): ReturnType<typeof runInference> {
  const { body } = outcome;
  return body.byteLength === body.buffer.byteLength ? outcome : { ...outcome, body: body.slice() };
}
