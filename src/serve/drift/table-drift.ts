// The drift of a whole table from a training profile, block by block.

import type { Booster } from "../../booster/booster.ts";
import type { TrainingProfile } from "../../booster/training-profile.ts";
import { DMatrix } from "../../data/dmatrix.ts";
import { DriftMonitor, type DriftReport } from "./drift-monitor.ts";

const ROWS_AT_ONCE = 4096;

/**
 * Compares the rows of `data`, and what the model predicts for them, with the training rows.
 *
 * @throws {CoppiceError} INVALID_DATA when the table does not fit the model
 */
export function tableDrift(booster: Booster, profile: TrainingProfile, data: DMatrix): DriftReport {
  const { features, rowCount, featureCount: width, categories, featureTypes } = data;
  const monitor = new DriftMonitor(profile, Math.max(1, rowCount));
  const scratch = new Float32Array(Math.min(ROWS_AT_ONCE, rowCount) * width);
  for (let begin = 0; begin < rowCount; begin += ROWS_AT_ONCE) {
    const end = Math.min(rowCount, begin + ROWS_AT_ONCE);
    const matrix = features.readRows(begin, end, scratch);
    const block = DMatrix.fromDense(matrix, {
      rowCount: end - begin,
      featureCount: width,
      categories,
      featureTypes,
    });
    monitor.observe({
      rowCount: end - begin,
      matrix,
      width,
      predictions: booster.predict(block, { rounds: booster.bestRounds }),
    });
  }
  const { groupCount } = booster.model;
  const names = groupCount === 1 ? ["predict"] : booster.labelClasses?.map((label) => `predict[${label}]`);
  const predictionNames = names ?? profile.predictions.map((_, i) => `predict[${i}]`);
  return monitor.report(booster.featureNames, predictionNames);
}
