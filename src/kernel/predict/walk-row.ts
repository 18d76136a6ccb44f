// Predicting one row by walking down the trees as they are.

import { addRowMargins } from "./predict.ts";
import type { Forest } from "./predict-forest.ts";

/** Adds the leaf values that one row reaches to its margins, one per group; shorter rows are missing the rest. */
export type RowKernel = (row: ArrayLike<number>, margins: Float32Array) => void;

/** The kernel that needs least: it walks the trees as they are. */
export function walkRow(forest: Forest): RowKernel {
  const values = new Float32Array(forest.width);
  return (row, margins) => {
    const count = Math.min(row.length, values.length);
    for (let f = 0; f < count; f++) values[f] = row[f];
    for (let f = count; f < values.length; f++) values[f] = NaN;
    addRowMargins(forest, 0, forest.treeCount, values, margins);
  };
}
