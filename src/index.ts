// The neutral public surface: everything that needs no platform. `coppice/node` adds files, threads and
// the command line, `coppice/edge` is loading and predicting alone.

export { Booster, loadModel } from "./booster/booster.ts";
export {
  type ColumnProfile,
  profileRows,
  type TrainingProfile,
  trainingProfile,
  withTrainingProfile,
} from "./booster/training-profile.ts";
export type { Declaration, Declarations } from "./core/declaration.ts";
export { CoppiceError, type ErrorCode, type ErrorDetails } from "./core/errors.ts";
export { buildCuts, type Cuts, explicitCuts } from "./data/cuts.ts";
export {
  type CategoryNames,
  type DenseOptions,
  DMatrix,
  type DMatrixInfo,
  type FeatureType,
  type LabelClass,
  type SparseOptions,
} from "./data/dmatrix.ts";
export { QuantileDMatrix } from "./data/quantile-dmatrix.ts";
export { readQuantileSources, readQuantileSourcesSplit } from "./input/read-quantile.ts";
export {
  type ReadTableOptions,
  readSources,
  readSourcesSplit,
  type TableFormat,
} from "./input/read-table.ts";
export type { QuantileOptions } from "./input/sink/quantile-table.ts";
export type { SplitOptions } from "./input/sink/table-dmatrix.ts";
export { type ByteSource, blobSource, bytesSource } from "./input/table/bytes.ts";
export { readCompactModel } from "./model/compact/compact-reader.ts";
export { writeCompactModel } from "./model/compact/compact-writer.ts";
export type { Model } from "./model/model.ts";
export type { CustomDerivatives, CustomObjectiveFunction } from "./objective/custom.ts";
export type { MetricsRow } from "./run/metrics-log.ts";
export type { CheckpointOptions, RunOptions, TrainRunOptions } from "./run/run-options.ts";
export { type RunCheckpoint, RunResult } from "./run/run-result.ts";
export type { RunStorage } from "./run/storage.ts";
export { type TrainRunResult, train } from "./run/train-run.ts";
export {
  type CrossValidationEvent,
  type CrossValidationOptions,
  type CrossValidationResult,
  crossValidate,
  type FoldScore,
} from "./training/cross-validation.ts";
export type { CustomMetric } from "./training/evaluation.ts";
export {
  fromXGBoostParams,
  type TrainParameters,
  trainParameterDeclarations,
} from "./training/parameters.ts";
export type {
  History,
  RoundEvent,
  TrainingCallback,
  TrainResult,
} from "./training/train.ts";
export type { EarlyStoppingOptions, TrainOptions } from "./training/train-options.ts";
export type { Tree } from "./tree/tree.ts";
