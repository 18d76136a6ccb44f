// Threads that answer large inference requests. Each has one job at a time; what waits stands in one
// bounded queue, in the order of arrival. Threads start when they are first needed and are replaced when
// they die.

import { Worker } from "node:worker_threads";
import { CoppiceError, fromWire } from "../../core/errors.ts";
import type { BlockJob, BlockOutcome, InferenceJob, InferenceOutcome } from "../../serve/inference.ts";
import type { InferenceHost } from "../../serve/inference-host.ts";
import { statusError } from "../../serve/protocol/request-error.ts";
import type { ServedModel } from "../../serve/served-model.ts";
import type { PoolAnswer, PoolRequest } from "./serve-protocol.ts";

type Work =
  | { readonly kind: "run"; readonly job: InferenceJob }
  | { readonly kind: "block"; readonly job: BlockJob };

interface Task {
  readonly model: ServedModel;
  readonly work: Work;
  resolve(outcome: InferenceOutcome | BlockOutcome): void;
  reject(reason: unknown): void;
}

interface PoolThread {
  readonly worker: Worker;
  readonly models: Set<string>;
  task: Task | undefined;
}

export class ThreadPool implements InferenceHost {
  readonly #threadCount: number;
  readonly #maxQueue: number;
  readonly #threads: PoolThread[] = [];
  readonly #queue: Task[] = [];
  /** Models out of service; requests that began before may still bring them here. */
  readonly #retired = new WeakSet<ServedModel>();
  #isClosed = false;

  /** @param maxQueue requests that may wait for a thread */
  constructor(threadCount: number, maxQueue: number) {
    this.#threadCount = threadCount;
    this.#maxQueue = maxQueue;
  }

  run(model: ServedModel, job: InferenceJob, signal: AbortSignal): Promise<InferenceOutcome> {
    return this.#enqueue(model, { kind: "run", job }, signal) as Promise<InferenceOutcome>;
  }

  runBlock(model: ServedModel, job: BlockJob, signal: AbortSignal): Promise<BlockOutcome> {
    return this.#enqueue(model, { kind: "block", job }, signal) as Promise<BlockOutcome>;
  }

  async #enqueue(
    model: ServedModel,
    work: Work,
    signal: AbortSignal,
  ): Promise<InferenceOutcome | BlockOutcome> {
    if (this.#isClosed) throw statusError(503, "ABORTED", "the server is going down");
    if (this.#queue.length >= this.#maxQueue) {
      throw statusError(429, "TIMEOUT", "the server is busy: try again later");
    }
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const task: Task = { model, work, resolve, reject };
      // What runs already is finished, and its answer dropped.
      const abort = () => {
        const at = this.#queue.indexOf(task);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#queue.push(task);
      this.#assign();
    });
  }

  retire(model: ServedModel): void {
    this.#retired.add(model);
    for (const thread of this.#threads) unload(thread, model);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const reason = statusError(503, "ABORTED", "the server is going down");
    for (const task of this.#queue.splice(0)) task.reject(reason);
    await Promise.all(
      this.#threads.splice(0).map(async ({ worker, task }) => {
        worker.removeAllListeners();
        await worker.terminate();
        task?.reject(reason);
      }),
    );
  }

  /** Gives waiting tasks to idle threads. */
  #assign(): void {
    while (this.#queue.length > 0) {
      const idle = this.#threads.find(({ task }) => task === undefined);
      if (idle === undefined && this.#threads.length >= this.#threadCount) return;
      const thread = idle ?? this.#start();
      thread.task = this.#queue.shift();
      if (thread.task !== undefined) send(thread, thread.task);
    }
  }

  #start(): PoolThread {
    // Named as emitted: compilers do not rewrite this specifier.
    // Most of what a request leaves behind dies young; a larger nursery would only cost memory.
    const resourceLimits = { maxYoungGenerationSizeMb: 16 };
    const worker = new Worker(new URL("./serve-worker.js", import.meta.url), {
      execArgv: [],
      resourceLimits,
    });
    const thread: PoolThread = { worker, models: new Set(), task: undefined };
    worker.on("message", (answer: PoolAnswer) => this.#finish(thread, answer));
    worker.on("error", (error) => this.#lose(thread, error));
    worker.on("exit", (code) => this.#lose(thread, new Error(`exit code ${code}`)));
    this.#threads.push(thread);
    return thread;
  }

  #finish(thread: PoolThread, answer: PoolAnswer): void {
    const { task } = thread;
    thread.task = undefined;
    if (task && this.#retired.has(task.model)) unload(thread, task.model);
    if (answer.kind === "done") task?.resolve(answer.outcome);
    else task?.reject(fromWire(answer.error));
    this.#assign();
  }

  #lose(thread: PoolThread, cause: unknown): void {
    const at = this.#threads.indexOf(thread);
    if (at < 0) return;
    this.#threads.splice(at, 1);
    thread.task?.reject(new CoppiceError("INTERNAL", "a thread of the server ended", {}, cause));
    this.#assign();
  }
}

function send(thread: PoolThread, { model, work }: Task): void {
  const { key, name, version, booster } = model;
  if (!thread.models.has(key)) {
    thread.models.add(key);
    post(thread, { kind: "load", key, name, version, bytes: booster.toBytes("ubj") });
  }
  const { buffer, byteLength } = work.kind === "run" ? work.job.body : work.job.matrix;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  post(thread, { ...work, key }, isAlone ? [buffer] : []);
}

function unload(thread: PoolThread, { key }: ServedModel): void {
  if (thread.models.delete(key)) post(thread, { kind: "unload", key });
}

function post(thread: PoolThread, request: PoolRequest, transfer: readonly ArrayBuffer[] = []): void {
  thread.worker.postMessage(request, [...transfer]);
}
