// Prediction on all cores of this machine.

import type { Booster } from "../../booster/booster.ts";
import { type ParallelPredictOptions, predict as predictAnywhere } from "../../booster/predict.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import { nodePredictThreads } from "./threads.ts";

export type { ParallelPredictOptions } from "../../booster/predict.ts";

/**
 * Predictions for every row as `booster.predict` gives them, bit for bit; over threads where there are so
 * many rows that it pays off. The thread of the caller works too, but comes up for air between blocks.
 *
 * @example const values = await predict(booster, table, { kind: "margin", signal: AbortSignal.timeout(5000) });
 * @throws {CoppiceError} like `booster.predict`; ABORTED through `signal`
 */
export function predict(
  booster: Booster,
  data: DMatrix,
  options: ParallelPredictOptions = {},
): Promise<Float32Array> {
  return predictAnywhere(booster, data, options, nodePredictThreads);
}
