// The public surface for Node (and Deno and Bun): the neutral one with files and threads.

import type { TrainParameters } from "../booster/parameters.ts";
import { type TrainOptions, type TrainResult, train as trainAnywhere } from "../booster/train.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { nodeThreads } from "./threads.ts";

export * from "../index.ts";
export { loadModel, saveModel } from "./model-files.ts";
export { type ReadTableOptions, readTable, readTableSplit, type TableFormat } from "./read-table.ts";
export { type OutputColumn, type OutputFormat, writeTable } from "./write-table.ts";

/**
 * Trains a model on all cores, see `train` of the neutral entry.
 *
 * @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; ABORTED through `signal`
 */
export function train(
  parameters: TrainParameters,
  data: DMatrix,
  options: TrainOptions,
): Promise<TrainResult> {
  return trainAnywhere(parameters, data, options, { threadHost: nodeThreads });
}
