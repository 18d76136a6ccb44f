// The bins in which rows are counted to be compared with the training rows: for a numeric column the
// profile's bins, for a categorical one its most frequent codes and one bin for the others. Counts of all
// columns lie in one array; each column has its bins, then missing, then unseen.

import type { ColumnProfile, TrainingProfile } from "../../booster/training-profile.ts";

/** Codes with a bin of their own; more would drown the index in noise. */
const MAX_CODES = 20;

export interface ColumnBins {
  readonly cuts: Float64Array | null;
  readonly range: readonly [number, number] | null;
  /** The bin of each code that training saw, -1 for one that it did not; empty for numeric columns. */
  readonly codeBins: Int32Array;
  readonly binCount: number;
  /** Where the column's counts begin: binCount bins, missing, unseen. */
  readonly begin: number;
  /** Training rows in each bin, missing and unseen. */
  readonly expected: Float64Array;
}

/** The bins of features and predictions together. */
export interface ProfileBins {
  readonly features: readonly ColumnBins[];
  readonly predictions: readonly ColumnBins[];
  /** Length of an array of counts. */
  readonly size: number;
}

export function binsOfProfile(profile: TrainingProfile): ProfileBins {
  let size = 0;
  const place = (column: ColumnProfile): ColumnBins => {
    const bins = column.cuts === null ? categoricalBins(column, size) : numericBins(column, size);
    size += bins.binCount + 2;
    return bins;
  };
  const features = profile.features.map(place);
  const predictions = profile.predictions.map(place);
  return { features, predictions, size };
}

function numericBins({ cuts, counts, missing, range }: ColumnProfile, begin: number): ColumnBins {
  const expected = Float64Array.from([...counts, missing, 0]);
  const codeBins = new Int32Array(0);
  return { cuts: Float64Array.from(cuts ?? []), range, codeBins, binCount: counts.length, begin, expected };
}

function categoricalBins({ counts, missing }: ColumnProfile, begin: number): ColumnBins {
  const order = counts.map((_, code) => code).sort((a, b) => counts[b] - counts[a] || a - b);
  const own = order.slice(0, MAX_CODES);
  const binCount = Math.max(1, Math.min(counts.length, MAX_CODES + 1));
  const codeBins = new Int32Array(counts.length).fill(binCount - 1);
  own.forEach((code, bin) => {
    codeBins[code] = bin;
  });
  const expected = new Float64Array(binCount + 2);
  counts.forEach((count, code) => {
    expected[codeBins[code]] += count;
    if (count === 0) codeBins[code] = -1;
  });
  expected[binCount] = missing;
  return { cuts: null, range: null, codeBins, binCount, begin, expected };
}

/**
 * Counts the values of rows into `counts`.
 *
 * @param values [rowCount × width] row-major; columns beyond `columns` are not looked at
 */
export function countRows(
  columns: readonly ColumnBins[],
  values: ArrayLike<number>,
  rowCount: number,
  width: number,
  counts: Uint32Array,
): void {
  const columnCount = Math.min(columns.length, width);
  for (let f = 0; f < columnCount; f++) {
    const column = columns[f];
    for (let row = 0, at = f; row < rowCount; row++, at += width) countValue(column, values[at], counts);
  }
}

function countValue(
  { cuts, range, codeBins, binCount, begin }: ColumnBins,
  value: number,
  counts: Uint32Array,
) {
  if (Number.isNaN(value)) {
    counts[begin + binCount]++;
    return;
  }
  if (cuts === null) {
    const bin = codeBins[value] ?? -1;
    counts[begin + (bin === -1 ? binCount + 1 : bin)]++;
    return;
  }
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuts[middle] <= value) low = middle + 1;
    else high = middle;
  }
  counts[begin + low]++;
  // A value outside of the training range also stands in the first or last bin.
  if (range === null || value < range[0] || value > range[1]) counts[begin + binCount + 1]++;
}

/** Values that arrived as unknown category names stand as missing in the rows: they are counted as unseen. */
export function moveToUnseen({ binCount, begin }: ColumnBins, count: number, counts: Uint32Array): void {
  counts[begin + binCount] -= count;
  counts[begin + binCount + 1] += count;
}
