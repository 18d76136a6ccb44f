// The public surface for pages: the neutral one, with training in a worker. The page's thread never blocks.

import type { DMatrix } from "../data/dmatrix.ts";
import type { TrainParameters } from "../training/parameters.ts";
import { BrowserTrainer, type BrowserTrainOptions, type BrowserTrainResult } from "./browser-trainer.ts";

export * from "../index.ts";
export {
  BrowserTrainer,
  type BrowserTrainerOptions,
  type BrowserTrainOptions,
  type BrowserTrainResult,
} from "./browser-trainer.ts";
export { databaseStorage } from "./database-storage.ts";
export { RemoteTable } from "./remote-table.ts";
export type { TableInput } from "./sources.ts";
export type { WorkerOrigin } from "./start-worker.ts";
export type { TrainerSupport } from "./support.ts";
export type { ColumnDescription } from "./trainer-service.ts";

/**
 * Trains a model in a worker of its own, see `train` of the neutral entry. A BrowserTrainer keeps the worker and its
 * tables for further calls.
 *
 * @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; ABORTED through `signal`
 */
export async function train(
  parameters: TrainParameters,
  data: DMatrix,
  options: BrowserTrainOptions,
): Promise<BrowserTrainResult> {
  const trainer = await BrowserTrainer.open();
  try {
    return await trainer.train(parameters, data, options);
  } finally {
    trainer.close();
  }
}
