// The neutral public surface: everything that needs no platform. `coppice/node` adds files, threads and
// the command line, `coppice/edge` is loading and predicting alone.

export { Booster, loadModel } from "./booster/booster.ts";
export {
  type CrossValidationEvent,
  type CrossValidationOptions,
  type CrossValidationResult,
  crossValidate,
  type FoldScore,
} from "./booster/cross-validation.ts";
export type { EarlyStoppingOptions } from "./booster/early-stopping.ts";
export type { CustomMetric } from "./booster/evaluation.ts";
export {
  fromXGBoostParams,
  type TrainParameters,
  trainParameterDeclarations,
} from "./booster/parameters.ts";
export type {
  History,
  RoundEvent,
  TrainingCallback,
  TrainOptions,
  TrainResult,
} from "./booster/train.ts";
export {
  type ColumnProfile,
  profileRows,
  type TrainingProfile,
  trainingProfile,
  withTrainingProfile,
} from "./booster/training-profile.ts";
export { CoppiceError, type ErrorCode, type ErrorDetails } from "./core/errors.ts";
export type { ParameterDeclaration } from "./core/parameter.ts";
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
export type { CheckpointOptions } from "./distributed/run/checkpoint.ts";
export type { MetricsRow } from "./distributed/run/metrics-log.ts";
export { type RunCheckpoint, RunResult } from "./distributed/run/run-result.ts";
export type { RunStorage } from "./distributed/run/storage.ts";
export {
  type RunOptions,
  type TrainRunOptions,
  type TrainRunResult,
  train,
} from "./distributed/train.ts";
export { readQuantileSources, readQuantileSourcesSplit } from "./input/read-quantile.ts";
export {
  type ReadTableOptions,
  readSources,
  readSourcesSplit,
  type TableFormat,
} from "./input/read-table.ts";
export { type ByteSource, blobSource, bytesSource } from "./input/table/bytes.ts";
export type { QuantileOptions } from "./input/table/quantile-table.ts";
export type { SplitOptions } from "./input/table/table-dmatrix.ts";
export { readCompactModel } from "./model/compact-reader.ts";
export { writeCompactModel } from "./model/compact-writer.ts";
export type { Model } from "./model/model.ts";
export type { CustomDerivatives, CustomObjectiveFunction } from "./objective/custom.ts";
export type { Tree } from "./tree/tree.ts";
