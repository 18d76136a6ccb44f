// The public surface for Node (and Deno and Bun): the neutral one with files and threads.

export type { Engine, WorkerEnd, WorkerHandle, WorkerSpec } from "../distributed/hub/engine.ts";
export * from "../index.ts";
export type { BatchPart, BatchPredictOptions } from "./batch/batch-options.ts";
export {
  type BatchResult,
  batchPredict,
} from "./batch/batch-predict.ts";
export { environment } from "./engines/environment-engine.ts";
export { type ProcessesOptions, processes } from "./engines/processes-engine.ts";
export { type RayOptions, ray } from "./engines/ray/ray-engine.ts";
export { directoryStorage } from "./files/directory-storage.ts";
export { loadModel, saveModel } from "./files/model-files.ts";
export { type FolderRunOptions, Result } from "./files/run-result.ts";
export {
  type QuantileTableOptions,
  type ReadTableOptions,
  readQuantileTable,
  readQuantileTableSplit,
  readTable,
  readTableSplit,
  type TableFormat,
} from "./tables/read-table.ts";
export { type ShardedTable, type ShardTableOptions, shardTable } from "./tables/shard-table.ts";
export { type OutputColumn, type OutputFormat, writeTable } from "./tables/write-table.ts";
export { type ParallelPredictOptions, predict } from "./threads/predict.ts";
export { crossValidate, train } from "./threads/train.ts";
export {
  Trainer,
  type TrainerResult,
} from "./trainer/trainer.ts";
export type { TrainerFailure, TrainerOptions } from "./trainer/trainer-options.ts";
