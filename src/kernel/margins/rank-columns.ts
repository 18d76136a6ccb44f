// A table as ranks among given cuts, one signed byte each, so that trees whose conditions are such cuts can
// be evaluated on bytes: v < cut[j] exactly when fewer than j + 1 cuts are <= v. A column tells apart the
// CUTS_PER_COLUMN cuts from its first on; a feature has as many as it needs, twice over when values are
// missing, once with them below all others (they go left) and once above.
//
// Rows stand in blocks of BLOCK_ROWS, a block's columns one after another:
//   rank of (row, column) at (floor(row / BLOCK_ROWS) * columnCount + column) * BLOCK_ROWS + row % BLOCK_ROWS

import { BinFinder } from "../../data/bin-finder.ts";
import type { Cuts } from "../../data/cuts.ts";
import type { NodeEncoder } from "../predict/rank-forest.ts";

/** A column of a block is as long as the low byte of an encoded node leaves room for. */
export const BLOCK_ROWS = 256;
const CUTS_PER_COLUMN = 255;
/** Ranks are stored less this, as signed bytes. */
const BIAS = 128;
/** Tables of more columns are not ranked. */
const MAX_COLUMNS = 4096;

/** Which columns a table has; plain data that can be sent to other threads. */
export interface RankColumns {
  readonly cuts: Cuts;
  /** The feature of each column. */
  readonly features: Uint32Array;
  /** The number, within the feature, of the first cut of each column. */
  readonly firstCuts: Uint32Array;
  /** 1 where missing values count as the lowest rank. */
  readonly isMissingLeft: Uint8Array;
}

/**
 * The columns for tables that are ranked among `cuts`; categorical features have none.
 *
 * @param hasMissing 1 for the features in which values are missing
 * @returns null where ranks would cost too much
 */
export function planRankColumns(cuts: Cuts, hasMissing: Uint8Array): RankColumns | null {
  const features: number[] = [];
  const firstCuts: number[] = [];
  const isMissingLeft: number[] = [];
  const add = (feature: number, firstCut: number, isLeft: number) => {
    features.push(feature);
    firstCuts.push(firstCut);
    isMissingLeft.push(isLeft);
  };
  for (let f = 0; f < hasMissing.length && features.length <= MAX_COLUMNS; f++) {
    if (cuts.isCategorical[f]) continue;
    // Only missing values are on the other side of the last cut when trees grow.
    const count = cuts.offsets[f + 1] - cuts.offsets[f] - (hasMissing[f] ? 0 : 1);
    for (let first = 0; first < count; first += CUTS_PER_COLUMN) {
      add(f, first, 0);
      if (hasMissing[f]) add(f, first, 1);
    }
  }
  if (features.length > MAX_COLUMNS) return null;
  return {
    cuts,
    features: Uint32Array.from(features),
    firstCuts: Uint32Array.from(firstCuts),
    isMissingLeft: Uint8Array.from(isMissingLeft),
  };
}

/** What finds the number of a feature's cuts that are <= a value; the number of cuts + 1 where it is missing. */
function rankFinder({ values, offsets }: Cuts, feature: number): BinFinder {
  // With a last cut that no value reaches, a value's bin is the number of cuts <= it.
  const own = Float32Array.of(...values.subarray(offsets[feature], offsets[feature + 1]), Infinity);
  return new BinFinder(
    { values: own, offsets: Uint32Array.of(0, own.length), isCategorical: Uint8Array.of(0) },
    0,
  );
}

/** The finders of the features in use. */
function rankFinders({ cuts, features }: RankColumns): Map<number, BinFinder> {
  return new Map(Array.from(new Set(features), (feature) => [feature, rankFinder(cuts, feature)]));
}

/** Ranks rows. */
export class RowRanker {
  readonly #columns: { feature: number; firstCut: number; missing: number; finder: BinFinder }[];

  constructor(columns: RankColumns) {
    const finders = rankFinders(columns);
    this.#columns = Array.from(columns.features, (feature, c) => ({
      feature,
      firstCut: columns.firstCuts[c],
      missing: columns.isMissingLeft[c] ? -BIAS : BIAS - 1,
      finder: finders.get(feature)!,
    }));
  }

  /**
   * Ranks the rows of one block, BLOCK_ROWS at most.
   *
   * @param values [.. × width] row-major
   * @param ranks the block's
   */
  rankBlock(values: Float32Array, width: number, ranks: Int8Array): void {
    const count = values.length / width;
    let at = 0;
    for (const { feature, firstCut, missing, finder } of this.#columns) {
      for (let i = 0, k = feature; i < count; i++, k += width) {
        const value = values[k];
        if (value !== value) ranks[at + i] = missing;
        else ranks[at + i] = Math.min(Math.max(finder.state(value) - firstCut, 0), CUTS_PER_COLUMN) - BIAS;
      }
      at += BLOCK_ROWS;
    }
  }
}

/** Encodes the nodes of trees for these columns. */
export class CutEncoder implements NodeEncoder {
  readonly #columns: RankColumns;
  readonly #finders: Map<number, BinFinder>;
  /** The first column of each feature in use. */
  readonly #firstColumn = new Map<number, number>();

  constructor(columns: RankColumns) {
    this.#columns = columns;
    this.#finders = rankFinders(columns);
    columns.features.forEach((feature, c) => {
      if (!this.#firstColumn.has(feature)) this.#firstColumn.set(feature, c);
    });
  }

  /** The column's place and the signed rank below which rows go left; -1 where no column can tell. */
  encode(feature: number, condition: number, isMissingLeft: boolean): number {
    const { cuts, features, firstCuts, isMissingLeft: columnSides } = this.#columns;
    const cut = (this.#finders.get(feature)?.state(condition) ?? 0) - 1;
    if (cut < 0 || cuts.values[cuts.offsets[feature] + cut] !== condition) return -1;
    let column = this.#firstColumn.get(feature)!;
    const hasBoth = columnSides[column + 1] === 1 && features[column + 1] === feature;
    column += Math.floor(cut / CUTS_PER_COLUMN) * (hasBoth ? 2 : 1) + (hasBoth && isMissingLeft ? 1 : 0);
    if (features[column] !== feature || cut - firstCuts[column] >= CUTS_PER_COLUMN) return -1;
    return (column << 8) | ((cut - firstCuts[column] + 1 - BIAS) & 0xff);
  }
}
