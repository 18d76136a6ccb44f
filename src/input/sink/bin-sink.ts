// The second reading of a table that is binned: every value becomes its bin. The original values of some rows
// can be kept.

import { CoppiceError } from "../../core/errors.ts";
import { BinFinder } from "../../data/bin-finder.ts";
import { allocateStates, BinnedFeatures, type StateArray } from "../../data/binned-features.ts";
import type { Cuts } from "../../data/cuts.ts";
import { DenseFeatures, releasableBuffer } from "../../data/features.ts";
import type { FeatureSink, Placement } from "../table/feature-sink.ts";

/** What the first reading has found out. */
export interface BinPlan {
  readonly cuts: Cuts;
  readonly presentCounts: Uint32Array;
  readonly rowCount: number;
}

export class BinSink implements FeatureSink {
  rowCount = 0;
  readonly #plan: BinPlan;
  readonly #finders: readonly BinFinder[];
  readonly #states: readonly StateArray[];
  /** Present values per feature, to see whether the table is still the same. */
  readonly #presentCounts: Uint32Array;
  readonly #stateTables: Int32Array[][];
  /** Numbers of the rows whose values are kept, ascending, and the values, row-major. */
  readonly #keptRows: ArrayLike<number>;
  readonly #kept: Float32Array;
  /** Of the reserved rows, keptRows[begin, end) are kept. */
  #keptBegin = 0;
  #keptEnd = 0;

  /** @param keptRows numbers of rows, ascending; one may come twice */
  constructor(plan: BinPlan, keptRows: ArrayLike<number>) {
    const { cuts, presentCounts, rowCount } = plan;
    this.#plan = plan;
    this.#finders = Array.from(presentCounts, (_, f) => new BinFinder(cuts, f));
    this.#states = allocateStates(cuts, presentCounts, rowCount);
    this.#stateTables = this.#finders.map(() => []);
    this.#presentCounts = new Uint32Array(presentCounts.length);
    this.#keptRows = keptRows;
    const keptCells = keptRows.length * presentCounts.length;
    this.#kept = new Float32Array(releasableBuffer(4 * keptCells), 0, keptCells);
  }

  reserve(count: number): void {
    this.#keptBegin = this.#keptEnd;
    const end = this.rowCount + count;
    while (this.#keptEnd < this.#keptRows.length && this.#keptRows[this.#keptEnd] < end) this.#keptEnd++;
  }

  writeNumbers(feature: number, numbers: Float32Array): void {
    const finder = this.#finders[feature];
    const states = this.#states[feature];
    let present = 0;
    for (let k = 0, at = this.rowCount; k < numbers.length; k++, at++) {
      const value = numbers[k];
      if (value === value) present++;
      states[at] = finder.state(value);
    }
    this.#presentCounts[feature] += present;
    this.#keep(feature, (k) => numbers[k]);
  }

  writeCodes(feature: number, codes: Int32Array, placement: Placement): void {
    const { rows, count } = placement;
    const finder = this.#finders[feature];
    const states = this.#states[feature];
    const valueAt = (k: number) => {
      const code = codes[rows === null ? k : rows[k]];
      return code < 0 ? NaN : code;
    };
    for (let k = 0; k < count; k++) {
      const value = valueAt(k);
      if (value === value) this.#presentCounts[feature]++;
      states[this.rowCount + k] = finder.state(value);
    }
    this.#keep(feature, valueAt);
  }

  /** Every integer is looked up among the cuts once. */
  writeIntegers(
    feature: number,
    integers: Uint8Array | Uint16Array,
    missing: number,
    newCodes: Int32Array | null,
  ): void {
    const finder = this.#finders[feature];
    const states = this.#states[feature];
    const known = this.#stateTable(feature, missing + 1);
    const numberOf = (integer: number) => {
      if (integer === missing) return NaN;
      return newCodes ? newCodes[integer] : integer;
    };
    let missingCount = 0;
    for (let k = 0, at = this.rowCount; k < integers.length; k++, at++) {
      const integer = integers[k];
      let state = known[integer];
      if (state < 0) known[integer] = state = finder.state(numberOf(integer));
      if (integer === missing) missingCount++;
      states[at] = state;
    }
    this.#presentCounts[feature] += integers.length - missingCount;
    this.#keep(feature, (k) => numberOf(integers[k]));
  }

  /** States by integer, -1 where not looked up yet; a table for each way of saying "missing". */
  #stateTable(feature: number, length: number): Int32Array {
    const tables = this.#stateTables[feature];
    let table = tables.find((candidate) => candidate.length === length);
    if (table === undefined) {
      table = new Int32Array(length).fill(-1);
      tables.push(table);
    }
    return table;
  }

  /** @param valueAt the value of a reserved row */
  #keep(feature: number, valueAt: (k: number) => number): void {
    const width = this.#finders.length;
    for (let i = this.#keptBegin; i < this.#keptEnd; i++) {
      this.#kept[i * width + feature] = valueAt(this.#keptRows[i] - this.rowCount);
    }
  }

  commit(count: number): void {
    this.rowCount += count;
  }

  /**
   * The bins of all rows, and the rows that were kept.
   *
   * @throws {CoppiceError} INVALID_DATA when these were not the rows of the first reading
   */
  finish(source: string): { features: BinnedFeatures; kept: DenseFeatures } {
    const { cuts, presentCounts, rowCount } = this.#plan;
    const isSame = this.#presentCounts.every((count, f) => count === presentCounts[f]);
    if (this.rowCount !== rowCount || !isSame) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${source}: a table must not change while it is read, which takes two readings`,
        { source },
      );
    }
    return {
      features: new BinnedFeatures(this.#states, cuts, presentCounts, rowCount),
      kept: new DenseFeatures([this.#kept], this.#keptRows.length, presentCounts.length),
    };
  }
}
