// The drift of a whole table from a training profile, block by block.

import type { Booster } from "../../booster/booster.ts";
import type { TrainingProfile } from "../../booster/training-profile.ts";
import { DMatrix } from "../../data/dmatrix.ts";
import { binsOfProfile } from "./column-bins.ts";
import { DriftMonitor, type DriftReport, type ObservedRows, observeRows } from "./drift-monitor.ts";

const ROWS_AT_ONCE = 4096;

/**
 * Compares the rows of `data`, and what the model predicts for them, with the training rows.
 *
 * @throws {CoppiceError} INVALID_DATA when the table does not fit the model
 */
export function tableDrift(booster: Booster, profile: TrainingProfile, data: DMatrix): DriftReport {
  const monitor = new DriftMonitor(profile, Math.max(1, data.rowCount));
  for (const rows of observedRows(booster, data)) monitor.observe(rows);
  const { groupCount } = booster.model;
  const names = groupCount === 1 ? ["predict"] : booster.labelClasses?.map((label) => `predict[${label}]`);
  const predictionNames = names ?? profile.predictions.map((_, i) => `predict[${i}]`);
  return monitor.report(booster.featureNames, predictionNames);
}

/** The rows of `data`, and what the model predicts for them, counted by the bins of a profile. */
export function countDrift(booster: Booster, profile: TrainingProfile, data: DMatrix): Uint32Array {
  const bins = binsOfProfile(profile);
  const counts = new Uint32Array(bins.size);
  for (const rows of observedRows(booster, data)) observeRows(bins, rows, counts);
  return counts;
}

/** Some rows at a time; what is given may be overwritten once more is asked for. */
function* observedRows(booster: Booster, data: DMatrix): Generator<ObservedRows> {
  const { features, rowCount: total, featureCount: width, categories, featureTypes } = data;
  const scratch = new Float32Array(Math.min(ROWS_AT_ONCE, total) * width);
  for (let begin = 0; begin < total; begin += ROWS_AT_ONCE) {
    const end = Math.min(total, begin + ROWS_AT_ONCE);
    const rowCount = end - begin;
    const matrix = features.readRows(begin, end, scratch);
    const block = DMatrix.fromDense(matrix, { rowCount, featureCount: width, categories, featureTypes });
    yield { rowCount, matrix, width, predictions: booster.predict(block, { rounds: booster.bestRounds }) };
  }
}
