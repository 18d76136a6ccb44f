// Decides where a request is answered (here at once, here in a batch, or on a thread of its own) and lets
// drift, violations and metrics know.

import { CoppiceError } from "../core/errors.ts";
import { Batcher } from "./batcher.ts";
import {
  computeOutputs,
  encodeAnswer,
  estimateSteps,
  type InferenceAnswer,
  type InferenceJob,
  observedRows,
  readInference,
} from "./inference.ts";
import type { InferenceHost } from "./inference-host.ts";
import type { Violation } from "./protocol/request-error.ts";
import type { ServeMetrics } from "./serve-metrics.ts";
import type { BatchLimits } from "./serve-options.ts";
import type { ServedModel } from "./served-model.ts";

/** Bodies up to here are read by the thread that took them: a fraction of a millisecond. */
const INLINE_BYTES = 65536;
/** Steps down trees that are done at once: about two milliseconds. */
const INLINE_STEPS = 500_000;

export class InferenceService {
  readonly #host: InferenceHost | undefined;
  readonly #batcher: Batcher | undefined;
  readonly #metrics: ServeMetrics;

  constructor(metrics: ServeMetrics, host: InferenceHost | undefined, batching: BatchLimits | undefined) {
    this.#metrics = metrics;
    this.#host = host;
    this.#batcher = batching?.maxDelayMs ? new Batcher(batching) : undefined;
  }

  /** Answers a request to `model`. @throws {CoppiceError} what is wrong with it */
  async answer(model: ServedModel, job: InferenceJob, signal: AbortSignal): Promise<InferenceAnswer> {
    try {
      return await this.#answer(model, job, signal);
    } catch (error) {
      this.noteViolation(model, error);
      throw error;
    }
  }

  async #answer(model: ServedModel, job: InferenceJob, signal: AbortSignal): Promise<InferenceAnswer> {
    const host = this.#host;
    if (host && job.body.length > INLINE_BYTES) return this.#answerElsewhere(host, model, job, signal);
    const inference = readInference(model, job);
    if (host && estimateSteps(model, inference) > INLINE_STEPS) {
      return this.#answerElsewhere(host, model, job, signal);
    }
    const outputs = this.#batcher
      ? await this.#batcher.compute(model, inference)
      : computeOutputs(model, inference);
    model.monitor.observe(observedRows(inference, outputs));
    this.#metrics.countRows(model.name, inference.rows.rowCount);
    return encodeAnswer(model, inference, outputs);
  }

  async #answerElsewhere(
    host: InferenceHost,
    model: ServedModel,
    job: InferenceJob,
    signal: AbortSignal,
  ): Promise<InferenceAnswer> {
    const outcome = await host.run(model, job, signal);
    if (outcome.counts) model.monitor.addCounts(outcome.counts, outcome.rowCount);
    this.#metrics.countRows(model.name, outcome.rowCount);
    return outcome;
  }

  /** Counts an error that says how input broke the model's schema. */
  noteViolation(model: ServedModel, error: unknown): void {
    if (!(error instanceof CoppiceError) || typeof error.details.violation !== "string") return;
    const kind = error.details.violation as Violation;
    model.monitor.countViolation(kind, error.message);
    this.#metrics.countViolation(model.name, kind);
  }
}
