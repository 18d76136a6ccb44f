// What one member of a team does when rows are predicted together: predicts ranges of the rows in a block
// that all members share. Rows do not depend on each other, so it does not matter who takes which.

import { Arena } from "../core/arena.ts";
import type { Member } from "../core/executor.ts";
import { DMatrix } from "../data/dmatrix.ts";
import { DenseFeatures } from "../data/features.ts";
import type { Model } from "../model/model.ts";
import type { Job, PredictJob } from "../parallel/jobs.ts";
import { createMember as createTrainingMember } from "../parallel/jobs.ts";
import { Booster, type PredictOptions } from "./booster.ts";

export type PredictPhase = "predict";

/** Rows of one task. */
export const TASK_ROWS = 512;

/** The block that passes through the members; plain data, the same for all. */
export interface BlockShape {
  /** Rows that it has room for. */
  readonly rowCount: number;
  readonly featureCount: number;
  /** Base margins of a row; 0 when the table has none. */
  readonly marginCount: number;
  /** Values that are predicted for a row. */
  readonly width: number;
}

export interface BlockMemory {
  /** How many rows are in the block. */
  readonly rowCount: Int32Array;
  /** [rowCount × featureCount] row-major; category codes are the model's. */
  readonly values: Float32Array;
  /** [rowCount × marginCount] row-major. */
  readonly baseMargin: Float32Array;
  /** [rowCount × width] row-major. */
  readonly predictions: Float32Array;
}

/** Makes the arrays in an arena. */
export function placeBlock(
  arena: Arena,
  { rowCount, featureCount, marginCount, width }: BlockShape,
): BlockMemory {
  return {
    rowCount: arena.i32(1),
    values: arena.f32(rowCount * featureCount),
    baseMargin: arena.f32(rowCount * marginCount),
    predictions: arena.f32(rowCount * width),
  };
}

export class PredictMember implements Member<PredictPhase> {
  readonly #booster: Booster;
  readonly #options: PredictOptions;
  readonly #shape: BlockShape;
  readonly #memory: BlockMemory;

  constructor(booster: Booster, options: PredictOptions, shape: BlockShape, memory: BlockMemory) {
    this.#booster = booster;
    this.#options = options;
    this.#shape = shape;
    this.#memory = memory;
  }

  run(_phase: PredictPhase, task: number): void {
    const { values, baseMargin, predictions } = this.#memory;
    const { featureCount, marginCount, width } = this.#shape;
    const begin = task * TASK_ROWS;
    const end = Math.min(begin + TASK_ROWS, this.#memory.rowCount[0]);
    const own = values.subarray(begin * featureCount, end * featureCount);
    const data = new DMatrix(new DenseFeatures([own], end - begin, featureCount), {
      baseMargin: marginCount > 0 ? baseMargin.subarray(begin * marginCount, end * marginCount) : undefined,
    });
    predictions.set(this.#booster.predict(data, this.#options), begin * width);
  }
}

/** Makes the member for any job, prediction among them. */
export function createMember(job: Job, member: number): Member<string> {
  return job.kind === "predict" ? createPredictMember(job) : createTrainingMember(job, member);
}

function createPredictMember({ model, options, shape, buffer }: PredictJob): PredictMember {
  const block = shape as BlockShape;
  const memory = placeBlock(new Arena(buffer), block);
  return new PredictMember(new Booster(model as Model), options as PredictOptions, block, memory);
}
