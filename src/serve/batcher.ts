// Adaptive batching: small requests to the same model that arrive within a short delay are predicted as
// one table. Each gets its own rows back; where the table as a whole fails, each is computed alone, so that
// one bad request fails no other.

import { computeOutputs, type Inference } from "./inference.ts";
import { tableOf } from "./model-rows.ts";
import { computeOutput, sliceOutput } from "./outputs.ts";
import type { OutputTensor } from "./protocol/tensor.ts";
import { type BatchLimits, batchLimits } from "./serve-options.ts";
import type { OutputKind, ServedModel } from "./served-model.ts";

interface Waiting {
  readonly inference: Inference;
  resolve(outputs: OutputTensor[]): void;
  reject(reason: unknown): void;
}

interface Batch {
  readonly model: ServedModel;
  readonly waiting: Waiting[];
  rowCount: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class Batcher {
  readonly #limits: Required<{ [Name in keyof BatchLimits]: number }>;
  readonly #batches = new Map<string, Batch>();

  constructor({ maxRows, maxDelayMs }: BatchLimits) {
    this.#limits = {
      maxRows: maxRows ?? batchLimits.maxRows.default,
      maxDelayMs: maxDelayMs ?? batchLimits.maxDelayMs.default,
    };
  }

  /** The outputs of one inference, computed together with others. @throws {CoppiceError} as `computeOutputs` */
  async compute(model: ServedModel, inference: Inference): Promise<OutputTensor[]> {
    const { rowCount } = inference.rows;
    if (rowCount >= this.#limits.maxRows || rowCount === 0) return computeOutputs(model, inference);
    const open = this.#batches.get(model.key);
    if (open && open.rowCount + rowCount > this.#limits.maxRows) this.#run(open);
    return new Promise((resolve, reject) => {
      const batch = this.#batches.get(model.key) ?? this.#open(model);
      batch.waiting.push({ inference, resolve, reject });
      batch.rowCount += rowCount;
      if (batch.rowCount === this.#limits.maxRows) this.#run(batch);
    });
  }

  #open(model: ServedModel): Batch {
    const timer = setTimeout(() => this.#run(batch), this.#limits.maxDelayMs);
    const batch: Batch = { model, waiting: [], rowCount: 0, timer };
    this.#batches.set(model.key, batch);
    return batch;
  }

  #run(batch: Batch): void {
    clearTimeout(batch.timer);
    this.#batches.delete(batch.model.key);
    try {
      runTogether(batch);
    } catch {
      for (const { inference, resolve, reject } of batch.waiting) {
        try {
          resolve(computeOutputs(batch.model, inference));
        } catch (error) {
          reject(error);
        }
      }
    }
  }
}

function runTogether({ model, waiting, rowCount }: Batch): void {
  const width = waiting[0].inference.rows.width;
  const matrix = new Float32Array(rowCount * width);
  let at = 0;
  const begins = waiting.map(({ inference }) => {
    matrix.set(inference.rows.matrix, at * width);
    at += inference.rows.rowCount;
    return at - inference.rows.rowCount;
  });
  const data = tableOf(model, { matrix, rowCount, width, unseen: undefined });
  const kinds = new Set(waiting.flatMap(({ inference }) => inference.outputs.map(({ kind }) => kind)));
  const whole = new Map<OutputKind, OutputTensor>(
    [...kinds].map((kind) => [kind, computeOutput(model, data, kind)]),
  );
  waiting.forEach(({ inference, resolve }, i) => {
    const end = begins[i] + inference.rows.rowCount;
    resolve(
      inference.outputs.map(({ kind, name }) => ({ ...sliceOutput(whole.get(kind)!, begins[i], end), name })),
    );
  });
}
