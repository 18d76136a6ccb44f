// The training profile: a histogram of every feature and of the predictions over the training rows. It
// travels with the model in one attribute, as text, which XGBoost keeps; a server compares what it is
// asked with it. About ten quantile bins a column, as population stability indices are computed.

import { CoppiceError } from "../core/errors.ts";
import { streamKey, uniformAt } from "../core/random.ts";
import { buildCuts, stateOf } from "../data/cuts.ts";
import { DMatrix } from "../data/dmatrix.ts";
import { QuantileDMatrix } from "../data/quantile-dmatrix.ts";
import type { Booster } from "./booster.ts";

/** The attribute that holds the profile as JSON. */
export const PROFILE_ATTRIBUTE = "coppice_training_profile";

/** The histogram of one column. */
export interface ColumnProfile {
  /** Bin i holds values < cuts[i] (and not below cuts[i - 1]), the last bin the rest. Null for categories. */
  readonly cuts: readonly number[] | null;
  /** Rows per bin, one more than cuts; for categories per code. */
  readonly counts: readonly number[];
  readonly missing: number;
  /** Of the present values; null when there is none, and for categories. */
  readonly range: readonly [number, number] | null;
}

export interface TrainingProfile {
  /** Rows that were counted. */
  readonly rowCount: number;
  /** One per feature. */
  readonly features: readonly ColumnProfile[];
  /** One per value that `predict` gives for a row, at most MAX_PREDICTION_COLUMNS. */
  readonly predictions: readonly ColumnProfile[];
}

const PROFILE_BINS = 10;
const MAX_PREDICTION_COLUMNS = 64;
/** A larger table is sampled: shares are then right to a fraction of a percent. */
const MAX_ROWS = 100_000;
const MAX_VALUES = 20_000_000;
const SAMPLE_STREAM = 0x50524f46;

/** What a profile says of a table before there is a model. */
export interface TableProfile {
  readonly features: readonly ColumnProfile[];
  /** The rows that were counted, for predictions. */
  readonly sample: DMatrix;
}

/** The same model carrying the profile of `data`, the table it was trained on. */
export function withTrainingProfile(booster: Booster, data: DMatrix | TableProfile): Booster {
  const profile = data instanceof DMatrix ? trainingProfile(data, booster) : completeProfile(data, booster);
  return booster.withAttributes({ [PROFILE_ATTRIBUTE]: JSON.stringify(profile) });
}

/**
 * The histograms of a table and of the model's predictions for it; of a sample of the rows when the table
 * is large, the same one each time.
 *
 * @throws {CoppiceError} INVALID_DATA when the table does not fit the model, or is a QuantileDMatrix that
 *   holds no original values
 */
export function trainingProfile(data: DMatrix, booster: Booster): TrainingProfile {
  return completeProfile(profileTable(data), booster);
}

/**
 * The histograms of a table's features, and the rows to predict later, which stay when the table is emptied;
 * but those of a table that is not large are the table itself.
 *
 * @throws {CoppiceError} INVALID_DATA for a QuantileDMatrix that holds no original values
 */
export function profileTable(data: DMatrix): TableProfile {
  const values = sampleRows(data);
  const features = profileColumns(values);
  if (!(data instanceof QuantileDMatrix) || data.sample === undefined) return { features, sample: values };
  // Bins are enough for the predictions of a model that is trained on them.
  const { featureTypes, categories, featureNames } = data;
  const bins = data.features.selectRows(data.sample.rows);
  return { features, sample: new DMatrix(bins, { featureTypes, categories, featureNames }) };
}

function completeProfile({ features, sample }: TableProfile, booster: Booster): TrainingProfile {
  const predictions = booster.predict(sample, { strict: false });
  const width = sample.rowCount === 0 ? 0 : predictions.length / sample.rowCount;
  const outputs = DMatrix.fromDense(finiteOnly(predictions), {
    rowCount: sample.rowCount,
    featureCount: width,
  });
  return {
    rowCount: sample.rowCount,
    features,
    predictions: profileColumns(outputs).slice(0, MAX_PREDICTION_COLUMNS),
  };
}

/**
 * The rows of a table that its profile looks at: all, or a fixed sample of a large one.
 *
 * @throws {CoppiceError} INVALID_DATA for a QuantileDMatrix that does not hold them
 */
export function sampleRows(data: DMatrix): DMatrix {
  if (data instanceof QuantileDMatrix) return sampleOf(data);
  const { rowCount, featureCount, featureTypes, categories, featureNames } = data;
  const info = { featureTypes, categories, featureNames };
  const rows = profileRows(rowCount, featureCount);
  if (rows.length === rowCount) return new DMatrix(data.features, info);
  const table = new Float32Array(rows.length * featureCount);
  const scratch = new Float32Array(featureCount);
  for (let i = 0; i < rows.length; i++) {
    table.set(data.features.readRows(rows[i], rows[i] + 1, scratch), i * featureCount);
  }
  return DMatrix.fromDense(table, { ...info, rowCount: rows.length, featureCount });
}

function sampleOf({ sample }: QuantileDMatrix): DMatrix {
  if (sample !== undefined) return sample.data;
  throw new CoppiceError(
    "INVALID_DATA",
    "the profile of a QuantileDMatrix needs original values; read it with `sample: profileRows`, or profile a DMatrix",
  );
}

/** The numbers of the rows that the profile of a table looks at, ascending; all of a table that is not large. */
export function profileRows(rowCount: number, featureCount: number): Float64Array {
  const limit = Math.min(MAX_ROWS, Math.max(1000, Math.floor(MAX_VALUES / Math.max(1, featureCount))));
  if (rowCount <= limit) return Float64Array.from({ length: rowCount }, (_, row) => row);
  const key = streamKey(0, SAMPLE_STREAM, 0, 0);
  // One row drawn from each of equal ranges.
  return Float64Array.from({ length: limit }, (_, i) =>
    Math.min(rowCount - 1, Math.floor(((i + uniformAt(key, i)) * rowCount) / limit)),
  );
}

function finiteOnly(values: Float32Array): Float32Array {
  return values.map((value) => (Number.isFinite(value) ? value : NaN));
}

function profileColumns(data: DMatrix): ColumnProfile[] {
  const { rowCount, featureCount, features } = data;
  const cuts = buildCuts(new DMatrix(features, { featureTypes: data.featureTypes }), PROFILE_BINS);
  const columns = Array.from({ length: featureCount }, (_, f) => ({
    counts: new Array<number>(cuts.offsets[f + 1] - cuts.offsets[f]).fill(0),
    missing: 0,
    low: Infinity,
    high: -Infinity,
  }));
  const scratch = new Float32Array(featureCount);
  for (let row = 0; row < rowCount; row++) {
    const values = features.readRows(row, row + 1, scratch);
    for (let f = 0; f < featureCount; f++) {
      const column = columns[f];
      const value = values[f];
      if (Number.isNaN(value)) {
        column.missing++;
        continue;
      }
      column.counts[stateOf(cuts, f, value)]++;
      if (value < column.low) column.low = value;
      if (value > column.high) column.high = value;
    }
  }
  return columns.map(({ counts, missing, low, high }, f) => {
    if (cuts.isCategorical[f]) return { cuts: null, counts, missing, range: null };
    // The last cut only closes the last bin.
    const inner = Array.from(cuts.values.subarray(cuts.offsets[f], cuts.offsets[f + 1] - 1));
    return { cuts: inner, counts, missing, range: low <= high ? ([low, high] as const) : null };
  });
}

/**
 * The profile that a model carries; undefined when it carries none.
 *
 * @throws {CoppiceError} INVALID_MODEL when the attribute is not what `withTrainingProfile` writes
 */
export function profileOf(attributes: Readonly<Record<string, string>>): TrainingProfile | undefined {
  const text = attributes[PROFILE_ATTRIBUTE];
  if (text === undefined) return undefined;
  let profile: TrainingProfile | undefined;
  try {
    profile = JSON.parse(text) as TrainingProfile;
  } catch {
    profile = undefined;
  }
  if (isProfile(profile)) return profile;
  throw new CoppiceError(
    "INVALID_MODEL",
    `model attribute \`${PROFILE_ATTRIBUTE}\` must be a training profile in JSON`,
    { field: `learner.attributes.${PROFILE_ATTRIBUTE}` },
  );
}

function isProfile(value: unknown): value is TrainingProfile {
  const profile = value as TrainingProfile | null | undefined;
  if (typeof profile?.rowCount !== "number") return false;
  return [profile.features, profile.predictions].every(
    (columns) => Array.isArray(columns) && columns.every(isColumnProfile),
  );
}

function isColumnProfile(value: unknown): value is ColumnProfile {
  const column = value as ColumnProfile | null;
  const isNumbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => typeof item === "number");
  if (!isNumbers(column?.counts) || typeof column.missing !== "number") return false;
  if (column.range !== null && !(isNumbers(column.range) && column.range.length === 2)) return false;
  return column.cuts === null || (isNumbers(column.cuts) && column.cuts.length + 1 === column.counts.length);
}
