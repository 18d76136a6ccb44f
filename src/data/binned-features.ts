// Features of which only the bins are kept: one array per feature, as narrow as its bins allow, so a table
// takes a quarter of its float32 size or less. Read as values they are stand-ins: each value lies in the bin
// of the original one, so whatever looks at values through the same cuts (bins, trees) sees no difference.

import { CoppiceError } from "../core/errors.ts";
import type { BinFinder } from "./bin-finder.ts";
import type { Cuts } from "./cuts.ts";
import { type Features, releasableBuffer, releaseBuffer, type SplittingModel } from "./features.ts";

/** The state of each row in one feature: its bin, or the number of bins where the value is missing. */
export type StateArray = Uint8Array | Uint16Array | Uint32Array;

const BLOCK_ROWS = 1024;

export class BinnedFeatures implements Features {
  readonly isSparse = false;
  readonly rowCount: number;
  readonly featureCount: number;
  readonly cuts: Cuts;
  /** One array of rowCount states per feature. */
  readonly states: readonly StateArray[];
  readonly presentCounts: Uint32Array;
  /** Per feature the value that is read for each state. */
  readonly #standIns: readonly Float32Array[];

  constructor(states: readonly StateArray[], cuts: Cuts, presentCounts: Uint32Array, rowCount: number) {
    this.states = states;
    this.cuts = cuts;
    this.presentCounts = presentCounts;
    this.rowCount = rowCount;
    this.featureCount = states.length;
    this.#standIns = states.map((_, f) => standInsOf(cuts, f));
  }

  readRows(begin: number, end: number, scratch: Float32Array): Float32Array {
    const width = this.featureCount;
    // A block at a time, so that its rows stay in cache from feature to feature.
    for (let at = begin; at < end; at += BLOCK_ROWS) {
      const next = Math.min(at + BLOCK_ROWS, end);
      for (let f = 0; f < width; f++) {
        const states = this.states[f];
        const values = this.#standIns[f];
        for (let row = at, k = (at - begin) * width + f; row < next; row++, k += width) {
          scratch[k] = values[states[row]];
        }
      }
    }
    return scratch.subarray(0, Math.max(0, end - begin) * width);
  }

  /** Stand-ins for values go the way of the values only where all splits are cuts of their bins. */
  checkModel({ trees, linearWeights }: SplittingModel): void {
    const { values, offsets } = this.cuts;
    const cutsOf = this.states.map((_, f) => new Set(values.subarray(offsets[f], offsets[f + 1])));
    const fits = trees?.every(({ left, splitType, splitFeature, splitCondition }) =>
      left.every(
        (child, node) =>
          child < 0 ||
          splitType[node] === 1 ||
          (cutsOf[splitFeature[node]]?.has(splitCondition[node]) ?? true),
      ),
    );
    if (fits && !linearWeights) return;
    throw new CoppiceError(
      "INVALID_DATA",
      "a table that holds bins instead of values (QuantileDMatrix) can be predicted only by models that were " +
        "trained on it; give the model a DMatrix",
    );
  }

  /** The rows of these numbers, as bins. */
  selectRows(rows: ArrayLike<number>): BinnedFeatures {
    const presentCounts = new Uint32Array(this.featureCount);
    // As if every feature lacked values where it does in the table.
    const shares = this.presentCounts.map((count) => (count < this.rowCount ? 0 : rows.length));
    const states = allocateStates(this.cuts, shares, rows.length);
    states.forEach((own, f) => {
      const all = this.states[f];
      const missing = this.cuts.offsets[f + 1] - this.cuts.offsets[f];
      for (let i = 0; i < rows.length; i++) {
        own[i] = all[rows[i]];
        if (own[i] !== missing) presentCounts[f]++;
      }
    });
    return new BinnedFeatures(states, this.cuts, presentCounts, rows.length);
  }

  release(): void {
    for (const buffer of new Set(this.states.map((states) => states.buffer))) releaseBuffer(buffer);
  }
}

/** The narrowest arrays for the states of all features, in one buffer. */
export function allocateStates(cuts: Cuts, presentCounts: ArrayLike<number>, rowCount: number): StateArray[] {
  const widths = Array.from(presentCounts, (count, f) => {
    const binCount = cuts.offsets[f + 1] - cuts.offsets[f];
    const largest = count < rowCount ? binCount : binCount - 1;
    return largest <= 255 ? 1 : largest <= 65535 ? 2 : 4;
  });
  const lengths = widths.map((width) => Math.ceil((width * rowCount) / 4) * 4);
  const buffer = releasableBuffer(lengths.reduce((sum, length) => sum + length, 0));
  let begin = 0;
  return widths.map((width, f) => {
    const at = begin;
    begin += lengths[f];
    if (width === 1) return new Uint8Array(buffer, at, rowCount);
    return width === 2 ? new Uint16Array(buffer, at, rowCount) : new Uint32Array(buffer, at, rowCount);
  });
}

/**
 * The states of all rows of some features, for a table that is in memory.
 *
 * @param finders by feature
 */
export function stateArrays(
  features: Features,
  cuts: Cuts,
  presentCounts: Uint32Array,
  finders: readonly BinFinder[],
): StateArray[] {
  const { rowCount, featureCount: width } = features;
  const states = allocateStates(cuts, presentCounts, rowCount);
  const scratch = new Float32Array(BLOCK_ROWS * width);
  for (let begin = 0; begin < rowCount; begin += BLOCK_ROWS) {
    const end = Math.min(begin + BLOCK_ROWS, rowCount);
    const block = features.readRows(begin, end, scratch);
    for (let f = 0; f < width; f++) {
      const finder = finders[f];
      const own = states[f];
      for (let row = begin, k = f; row < end; row++, k += width) own[row] = finder.state(block[k]);
    }
  }
  return states;
}

/** A value of each bin of feature f, and NaN for "missing" after them. */
function standInsOf({ values, offsets, isCategorical }: Cuts, f: number): Float32Array {
  const begin = offsets[f];
  const binCount = offsets[f + 1] - begin;
  // The bin of a category is its code; a numeric bin holds the cut that ends the bin before it.
  return Float32Array.from({ length: binCount + 1 }, (_, state) => {
    if (state === binCount) return NaN;
    if (isCategorical[f]) return state;
    return state === 0 ? floatBelow(values[begin]) : values[begin + state - 1];
  });
}

/** The largest float32 below a finite one. */
function floatBelow(value: number): number {
  const cell = Float32Array.of(value);
  const bits = new Int32Array(cell.buffer);
  if (value > 0) bits[0]--;
  else if (value < 0) bits[0]++;
  else cell[0] = -1.401298464324817e-45;
  return cell[0];
}
