// Tables made from a dense one: longer, or with columns that say nothing about the label.

import { uniform } from "../../src/core/random.ts";
import type { BenchTable } from "../table.ts";

const SEED = 2026;
const NOISE = 0.001;

/** Repeats the rows of a dense table up to `rowCount`, each value moved by at most 0.05 %. */
export function repeatRows(table: BenchTable, rowCount: number): BenchTable {
  const { featureCount, trainRows, rowCount: sourceRows } = table;
  const source = denseValues(table);
  const values = new Float32Array(rowCount * featureCount);
  const label = new Float32Array(rowCount);
  // A cheap generator: the noise only keeps repeated values from being equal.
  let state = SEED;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = source[i % source.length] * (1 + NOISE * (state / 2 ** 32));
  }
  for (let row = 0; row < rowCount; row++) label[row] = table.label[row % sourceRows];
  return {
    rowCount,
    featureCount,
    trainRows: Math.floor((rowCount * trainRows) / sourceRows),
    label,
    values,
  };
}

/** Adds columns after those of a dense table: all zero, or with a single 1 in every row. */
export function widen(table: BenchTable, kind: "zero" | "one-hot", columns: number): BenchTable {
  const { rowCount, featureCount } = table;
  const source = denseValues(table);
  const width = featureCount + columns;
  const values = new Float32Array(rowCount * width);
  for (let row = 0; row < rowCount; row++) {
    values.set(source.subarray(row * featureCount, (row + 1) * featureCount), row * width);
    if (kind === "one-hot" && columns > 0) {
      values[row * width + featureCount + Math.floor(uniform(SEED, 1, 0, 0, row) * columns)] = 1;
    }
  }
  return { ...table, featureCount: width, values };
}

function denseValues({ values }: BenchTable): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new Error("the table must be dense");
}
