// Reads a table block by block for prediction, rows widened with missing values to what a model needs.

import type { Features } from "../../data/features.ts";

/** Rows [rowCount × width] row-major, NaN where missing. */
export interface RowBlock {
  readonly values: Float32Array;
  readonly rowCount: number;
  readonly width: number;
}

const MAX_BLOCK_ROWS = 4096;
const MAX_BLOCK_VALUES = 1 << 20;

/** How many rows of a table are read at once, so that a block stays a few megabytes. */
export function blockRowsOf(width: number): number {
  return Math.max(1, Math.min(MAX_BLOCK_ROWS, Math.floor(MAX_BLOCK_VALUES / Math.max(1, width))));
}

/**
 * Hands over all rows of `features` in blocks of at least `minimumWidth` values a row. A block is only
 * valid during the call.
 */
export function readBlocks(
  features: Features,
  minimumWidth: number,
  visit: (block: RowBlock, begin: number) => void,
): void {
  const { rowCount, featureCount } = features;
  const width = Math.max(featureCount, minimumWidth);
  const rowsAtOnce = Math.min(rowCount, blockRowsOf(width));
  const scratch = new Float32Array(rowsAtOnce * featureCount);
  const widened = width > featureCount ? new Float32Array(rowsAtOnce * width).fill(NaN) : undefined;
  for (let begin = 0; begin < rowCount; begin += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rowCount - begin);
    const rows = features.readRows(begin, begin + count, scratch);
    if (widened) {
      for (let row = 0; row < count; row++) {
        widened.set(rows.subarray(row * featureCount, (row + 1) * featureCount), row * width);
      }
    }
    visit({ values: widened ?? rows, rowCount: count, width }, begin);
  }
}
