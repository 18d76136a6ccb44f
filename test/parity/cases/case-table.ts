// The table, labels and weights of a training case, by hashing (seed, stream, position).

import type { Table } from "../xgboost.ts";
import { isMultiClass, makeLabel } from "./case-objectives.ts";
import type { Column, TrainingCase } from "./cases.ts";

/** A uniform number in [0, 1) that depends on nothing but its three arguments. */
export function hashUniform(seed: number, stream: number, position: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ Math.imul(position + 1, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** XGBoost's num_class of the case: 2 to 6 for multi:*, else 0. */
export function classCountOf(trainingCase: TrainingCase): number {
  if (!isMultiClass(trainingCase.objective)) return 0;
  return 2 + Math.floor(5 * hashUniform(trainingCase.seed, 1003, 0));
}

/** The table that both sides train on. */
export function makeTable(trainingCase: TrainingCase): Table {
  const { rows, columns, seed } = trainingCase;
  const width = columns.length;
  const data = new Float32Array(rows * width);
  const signal = new Float64Array(rows);
  let earlier: Float32Array | undefined;
  columns.forEach((column, f) => {
    const values = makeColumn(column, seed, f, rows, earlier);
    for (let row = 0; row < rows; row++) data[row * width + f] = values[row];
    if (f < 5) addSignal(signal, values, hashUniform(seed, 1000, f) - 0.3);
    earlier = values;
  });
  const table = {
    rows,
    columns: width,
    data,
    label: makeLabels(trainingCase, signal),
    featureTypes: columns.map((column) => (column.kind === "categorical" ? "c" : "float")),
  };
  const weight = makeWeights(trainingCase);
  const baseMargin = makeBaseMargin(trainingCase);
  return { ...table, ...(weight && { weight }), ...(baseMargin && { baseMargin }) };
}

function makeColumn(
  column: Column,
  seed: number,
  feature: number,
  rows: number,
  earlier: Float32Array | undefined,
): Float32Array {
  const values = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const value = makeValue(column, hashUniform(seed, feature, row), earlier?.[row] ?? NaN);
    values[row] = hashUniform(seed, 100 + feature, row) < column.missing ? NaN : value;
  }
  return column.kind === "sorted" ? values.sort() : values;
}

/** @param u uniform in [0, 1) */
function makeValue(column: Column, u: number, earlier: number): number {
  switch (column.kind) {
    case "continuous":
    case "sorted":
      return u;
    case "normal":
      return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(1e6 * u);
    case "large":
      return (u - 0.5) * 1e9;
    case "tiny":
      return (u - 0.5) * 1e-6;
    case "integer":
      return Math.floor(u * 200) - 50;
    case "few":
    case "categorical":
      return Math.floor(u * column.levels);
    case "binary":
      return u < 0.2 ? 1 : 0;
    case "constant":
      return 1.5;
    case "heavyTies":
      return u < 0.9 ? 0 : u;
    case "copy":
      return Number.isNaN(earlier) ? u : earlier;
    case "mirror":
      return -earlier;
    case "allMissing":
      return NaN;
  }
}

/** Adds `weight` times the column's rank-like position in [0, 1]; missing counts as a value of its own. */
function addSignal(signal: Float64Array, values: Float32Array, weight: number): void {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, Number.isNaN(value) ? low : value);
    high = Math.max(high, Number.isNaN(value) ? high : value);
  }
  const span = high > low ? high - low : 1;
  values.forEach((value, row) => {
    signal[row] += weight * (Number.isNaN(value) ? 0.7 : (value - low) / span);
  });
}

function makeLabels(trainingCase: TrainingCase, signal: Float64Array): Float32Array {
  const { objective, seed, coarseLabels } = trainingCase;
  const classCount = classCountOf(trainingCase);
  const labels = Float32Array.from(signal, (value, row) => {
    const noise = hashUniform(seed, 1001, row);
    return makeLabel(objective, value - Math.floor(value), noise, classCount, coarseLabels);
  });
  // At least two different labels where there are two rows. A mean of 0 would be a margin of -infinity.
  if (labels.length > 1 && (objective.startsWith("binary:") || classCount > 0)) {
    labels[0] = 0;
    labels[1] = 1;
  }
  if (objective === "count:poisson" || objective === "reg:tweedie") labels[0] += 1;
  return labels;
}

/** [rows × groups] row-major, where the case has base margins. */
export function makeBaseMargin(trainingCase: TrainingCase): Float32Array | undefined {
  const { hasBaseMargin, rows, seed } = trainingCase;
  if (!hasBaseMargin) return undefined;
  const groups = Math.max(1, classCountOf(trainingCase));
  return Float32Array.from({ length: rows * groups }, (_, i) => 2 * hashUniform(seed, 1004, i) - 1);
}

function makeWeights(trainingCase: TrainingCase): Float32Array | undefined {
  const { weights, rows, seed } = trainingCase;
  if (weights === "none") return undefined;
  const values = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const u = hashUniform(seed, 1002, row);
    if (weights === "uniform") values[row] = 0.1 + 3 * u;
    else if (weights === "integer") values[row] = 1 + Math.floor(4 * u);
    // Two rows keep a weight, so that two classes stay.
    else values[row] = row > 1 && u < 0.4 ? 0 : u + 0.1;
  }
  return values;
}
