// The rows that servers are asked: generated forest cover, as the model was trained on.

import { generateForestCover } from "../../src/datasets/forest-cover.ts";

export interface BenchRows {
  /** [rowCount × 54] row-major. */
  readonly matrix: Float32Array;
  /** 0..6. */
  readonly label: Float32Array;
}

export function forestCoverRows(rowCount: number): BenchRows {
  const { columns } = generateForestCover({ rows: rowCount, seed: 1 });
  const width = columns.length - 1;
  const matrix = new Float32Array(rowCount * width);
  for (let f = 0; f < width; f++)
    for (let row = 0; row < rowCount; row++) matrix[row * width + f] = columns[f][row];
  return { matrix, label: Float32Array.from(columns[width], (cover) => cover - 1) };
}
