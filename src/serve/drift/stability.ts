// The population stability index of a column: the sum over bins of (actual - expected) ·
// ln(actual / expected), shares of rows. Below 0.1 nothing has changed, above 0.2 something has
// (Siddiqi, Credit Risk Scorecards, 2006).

import type { ColumnBins } from "./column-bins.ts";

export interface ColumnDrift {
  /** Null when fewer than MIN_ROWS values were counted. */
  readonly stabilityIndex: number | null;
  readonly rowCount: number;
  readonly missingShare: number;
  readonly trainingMissingShare: number;
  /** Values outside of the training range, or categories that training did not have. */
  readonly unseenShare: number;
}

/** With fewer rows the index is mostly noise: about (bins - 1) / rows. */
const MIN_ROWS = 200;
/** The share that an empty bin counts as. */
const SHARE_FLOOR = 1e-4;

/** Compares the counts of a column (bins, missing, unseen from `column.begin` on) with training. */
export function measureDrift(column: ColumnBins, counts: ArrayLike<number>): ColumnDrift {
  const { binCount, begin, expected, cuts } = column;
  // An unseen category has no other bin; an unseen number has.
  const compared = binCount + (cuts === null ? 2 : 1);
  let rowCount = 0;
  let trainingRows = 0;
  for (let bin = 0; bin < compared; bin++) {
    rowCount += counts[begin + bin];
    trainingRows += expected[bin];
  }
  const share = (count: number, total: number) => (total === 0 ? 0 : count / total);
  let index = 0;
  for (let bin = 0; bin < compared; bin++) {
    const actual = Math.max(SHARE_FLOOR, share(counts[begin + bin], rowCount));
    const training = Math.max(SHARE_FLOOR, share(expected[bin], trainingRows));
    index += (actual - training) * Math.log(actual / training);
  }
  return {
    stabilityIndex: rowCount < MIN_ROWS || trainingRows === 0 ? null : index,
    rowCount,
    missingShare: share(counts[begin + binCount], rowCount),
    trainingMissingShare: share(expected[binCount], trainingRows),
    unseenShare: share(counts[begin + binCount + 1], rowCount),
  };
}
