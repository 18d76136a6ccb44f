// The public surface for Node (and Deno and Bun): the neutral one with files and threads.

import {
  type CrossValidationOptions,
  type CrossValidationResult,
  crossValidate as crossValidateAnywhere,
} from "../booster/cross-validation.ts";
import type { TrainParameters } from "../booster/parameters.ts";
import type { TrainOptions, TrainResult } from "../booster/train.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { type TrainRunResult, train as trainAnywhere } from "../distributed/train.ts";
import { type FolderRunOptions, withStorage } from "./run-result.ts";
import { nodeThreads } from "./threads.ts";

export type { Engine, WorkerEnd, WorkerHandle, WorkerSpec } from "../distributed/engine.ts";
export * from "../index.ts";
export { type BatchPart, type BatchPredictOptions, type BatchResult, batchPredict } from "./batch-predict.ts";
export { directoryStorage } from "./directory-storage.ts";
export { environment } from "./environment-engine.ts";
export { loadModel, saveModel } from "./model-files.ts";
export { type ParallelPredictOptions, predict } from "./predict.ts";
export { type ProcessesOptions, processes } from "./processes-engine.ts";
export { type RayOptions, ray } from "./ray-engine.ts";
export {
  type QuantileTableOptions,
  type ReadTableOptions,
  readQuantileTable,
  readQuantileTableSplit,
  readTable,
  readTableSplit,
  type TableFormat,
} from "./read-table.ts";
export { type FolderRunOptions, Result } from "./run-result.ts";
export { type ShardedTable, type ShardTableOptions, shardTable } from "./shard-table.ts";
export {
  Trainer,
  type TrainerFailure,
  type TrainerOptions,
  type TrainerResult,
} from "./trainer.ts";
export { type OutputColumn, type OutputFormat, writeTable } from "./write-table.ts";

/**
 * Trains a model on all cores, see `train` of the neutral entry.
 *
 * @param options with `run` the training is kept in a folder and can be killed and launched again
 * @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; ABORTED through `signal`; with a
 *   run CHECKPOINT_MISMATCH when it began with other input, ABORTED when a newer launch has taken over
 */
export function train(
  parameters: TrainParameters,
  data: DMatrix,
  options: FolderRunOptions,
): Promise<TrainRunResult>;
export function train(
  parameters: TrainParameters,
  data: DMatrix,
  options: TrainOptions,
): Promise<TrainResult>;
export function train(
  parameters: TrainParameters,
  data: DMatrix,
  options: TrainOptions | FolderRunOptions,
): Promise<TrainResult> {
  const environment = { threadHost: nodeThreads };
  if (!(options && "run" in options) || options.run === undefined) {
    return trainAnywhere(parameters, data, options as TrainOptions, environment);
  }
  return trainAnywhere(parameters, data, withStorage(options), environment);
}

/**
 * Cross-validates on all cores, see `crossValidate` of the neutral entry.
 *
 * @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; UNSUPPORTED for a table with query
 *   groups; ABORTED through `signal`
 */
export function crossValidate(
  parameters: TrainParameters,
  data: DMatrix,
  options: CrossValidationOptions,
): Promise<CrossValidationResult> {
  return crossValidateAnywhere(parameters, data, options, { threadHost: nodeThreads });
}
