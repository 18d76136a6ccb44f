// Training on all cores of this machine, kept in a folder where it is a run.

import type { DMatrix } from "../../data/dmatrix.ts";
import { type TrainRunResult, train as trainAnywhere } from "../../run/train-run.ts";
import {
  type CrossValidationOptions,
  type CrossValidationResult,
  crossValidate as crossValidateAnywhere,
} from "../../training/cross-validation.ts";
import type { TrainParameters } from "../../training/parameters.ts";
import type { TrainResult } from "../../training/train.ts";
import type { TrainOptions } from "../../training/train-options.ts";
import { type FolderRunOptions, withStorage } from "../files/run-result.ts";
import { nodeThreads } from "./threads.ts";

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
export async function train(
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
