// The state of many values of one feature, faster than a binary search each: a grid of equal cells over the
// range of the cuts says which bins a cell can hold, often just one.
// A cell is computed from a value by monotone float operations, so a value's bin lies between the number of
// cuts in lower cells and that of cuts in its cell or lower ones, whatever the rounding.

import { type Cuts, stateOf } from "./cuts.ts";

const CELLS = 2048;
/** Up to here a plain scan over the cuts is quicker than a look at the grid. */
const FEW_CUTS = 4;

export class BinFinder {
  readonly #cuts: Float32Array;
  readonly #last: number;
  readonly #low: number;
  readonly #scale: number;
  /** Cell c can hold bins firstBin[c] to firstBin[c + 1]; empty for few cuts. */
  readonly #firstBin: Uint16Array | Uint32Array;
  readonly #isCategorical: boolean;
  readonly #slow: (value: number) => number;

  constructor(cuts: Cuts, feature: number) {
    this.#cuts = cuts.values.subarray(cuts.offsets[feature], cuts.offsets[feature + 1]);
    this.#last = this.#cuts.length - 1;
    this.#isCategorical = cuts.isCategorical[feature] === 1;
    this.#slow = (value) => stateOf(cuts, feature, value);
    this.#low = this.#cuts[0];
    // The last cut is far out of the data's range when that is narrow: the grid ends at the one before.
    const high = this.#cuts[Math.max(0, this.#last - 1)];
    this.#scale = high > this.#low ? (CELLS - 1) / (high - this.#low) : 0;
    const isUsed = !this.#isCategorical && this.#last >= FEW_CUTS && Number.isFinite(this.#scale);
    this.#firstBin = isUsed ? this.#buildGrid() : new Uint16Array(0);
  }

  #buildGrid(): Uint16Array | Uint32Array {
    const grid = this.#last < 65535 ? new Uint16Array(CELLS + 1) : new Uint32Array(CELLS + 1);
    for (const cut of this.#cuts) grid[this.#cell(cut) + 1]++;
    for (let c = 0; c < CELLS; c++) grid[c + 1] += grid[c];
    return grid;
  }

  #cell(value: number): number {
    const cell = (value - this.#low) * this.#scale;
    return cell > 0 ? Math.min(Math.trunc(cell), CELLS - 1) : 0;
  }

  /** The value's bin, or the number of bins when it is missing; as `stateOf`. */
  state(value: number): number {
    const cuts = this.#cuts;
    const last = this.#last;
    if (value !== value || this.#isCategorical) return this.#slow(value);
    let bin = 0;
    if (this.#firstBin.length > 0) {
      const cell = this.#cell(value);
      bin = this.#firstBin[cell];
      // Many cuts in one cell: the data are far from evenly spread.
      if (this.#firstBin[cell + 1] - bin > FEW_CUTS) return this.#slow(value);
    } else if (last > FEW_CUTS) {
      return this.#slow(value);
    }
    while (bin < last && cuts[bin] <= value) bin++;
    return bin;
  }
}
