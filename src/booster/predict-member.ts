// What one member of a team does when rows are predicted together: predicts ranges of the rows in a block
// that all members share. Rows do not depend on each other, so it does not matter who takes which.

import { Arena } from "../core/arena.ts";
import type { Member } from "../core/executor.ts";
import { type PhaseOf, Tasks, taskWords } from "../core/tasks.ts";
import { DMatrix } from "../data/dmatrix.ts";
import { DenseFeatures } from "../data/features.ts";
import type { Model } from "../model/model.ts";
import type { Job, PredictJob } from "../parallel/jobs.ts";
import { createMember as createTrainingMember } from "../parallel/jobs.ts";
import { Booster, type PredictOptions } from "./booster.ts";

/** The one phase, and the fields of its tasks: rows of the block. */
export const predictTasks = { predict: { rowBegin: "int", rowEnd: "int" } } as const;

export type PredictPhase = PhaseOf<typeof predictTasks>;

/** Rows of one task, unless fewer are left. */
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
  readonly shape: BlockShape;
  readonly tasks: Int32Array;
  /** [rowCount × featureCount] row-major; category codes are the model's. */
  readonly values: Float32Array;
  /** [rowCount × marginCount] row-major. */
  readonly baseMargin: Float32Array;
  /** [rowCount × width] row-major. */
  readonly predictions: Float32Array;
}

/** Makes the arrays in an arena. */
export function placeBlock(arena: Arena, shape: BlockShape): BlockMemory {
  const { rowCount, featureCount, marginCount, width } = shape;
  return {
    shape,
    tasks: arena.i32(taskWords(predictTasks, Math.ceil(rowCount / TASK_ROWS))),
    values: arena.f32(rowCount * featureCount),
    baseMargin: arena.f32(rowCount * marginCount),
    predictions: arena.f32(rowCount * width),
  };
}

export class PredictMember implements Member<PredictPhase> {
  readonly #booster: Booster;
  readonly #options: PredictOptions;
  readonly #memory: BlockMemory;
  readonly #tasks: Tasks<typeof predictTasks>;

  constructor(booster: Booster, options: PredictOptions, memory: BlockMemory) {
    this.#booster = booster;
    this.#options = options;
    this.#memory = memory;
    this.#tasks = new Tasks(predictTasks, memory.tasks);
  }

  run(phase: PredictPhase, task: number): void {
    const { values, baseMargin, predictions, shape } = this.#memory;
    const { featureCount, marginCount, width } = shape;
    const { rowBegin: begin, rowEnd: end } = this.#tasks.read(phase, task);
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
  const memory = placeBlock(new Arena(buffer), shape as BlockShape);
  return new PredictMember(new Booster(model as Model), options as PredictOptions, memory);
}
