// The weighted mean of per-row losses over all peers, by exact sums: row order and sharding do not
// matter. XGBoost parity: a loss, and its product with the weight, is a float32; the sums are doubles.

import type { Collective } from "../core/collective.ts";
import { countAllRows, sumColumnsExactly } from "../core/exact-sum.ts";
import type { Labels } from "../objective/objective.ts";

/** The sum of losses and the sum of weights. */
export interface WeightedSum {
  readonly loss: number;
  readonly weight: number;
}

/** @param losses float32 values, one per row, not yet weighted; overwritten */
export async function sumLosses(
  losses: Float64Array,
  { weight, rowCount }: Labels,
  collective: Collective,
): Promise<WeightedSum> {
  const allRows = await countAllRows(rowCount, collective);
  const columns = [losses];
  if (weight !== undefined) {
    for (let row = 0; row < rowCount; row++) losses[row] = Math.fround(losses[row] * weight[row]);
    columns.push(Float64Array.from(weight));
  }
  const sums = await sumColumnsExactly(columns, allRows, collective);
  return { loss: sums[0], weight: weight === undefined ? allRows : sums[1] };
}

/** XGBoost parity: without any weight the sum itself. */
export function meanLoss({ loss, weight }: WeightedSum): number {
  return weight === 0 ? loss : loss / weight;
}
