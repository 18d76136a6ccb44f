// Prediction of a linear model (gblinear): weights [(featureCount + 1) × groupCount], the bias last.

import type { MarginLayout } from "./predict.ts";
import type { RowBlock } from "./predict-rows.ts";

const fround = Math.fround;

/**
 * Adds a linear model to margins that hold the base. XGBoost parity: the bias first, then feature by
 * feature in float32; missing values add nothing.
 */
export function addLinearMargins(
  weights: Float32Array,
  featureCount: number,
  groupCount: number,
  block: RowBlock,
  layout: MarginLayout,
): void {
  const { margins, begin, rowStride, groupStride } = layout;
  for (let row = 0; row < block.rowCount; row++) {
    for (let group = 0; group < groupCount; group++) {
      const at = begin + row * rowStride + group * groupStride;
      let sum = fround(weights[featureCount * groupCount + group] + margins[at]);
      for (let f = 0; f < featureCount; f++) {
        const value = block.values[row * block.width + f];
        if (!Number.isNaN(value)) sum = fround(sum + fround(value * weights[f * groupCount + group]));
      }
      margins[at] = sum;
    }
  }
}
