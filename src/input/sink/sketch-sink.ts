// The first reading of a table that is binned: of its feature values counts and sketches are kept, and the
// values themselves if they are few. What a sketch makes of its values depends on their number, which is
// known at the end; it is guessed when the first rows have come, and a sketch whose guess was wrong is of no use.

import { codeCuts, numericCuts } from "../../data/cuts.ts";
import { badCategoryCode, CATEGORY_CODES } from "../../data/dmatrix.ts";
import { QuantileSketch } from "../../data/sketch.ts";
import type { FeatureSink, Placement } from "../table/feature-sink.ts";
import type { FeatureColumn } from "../table/roles.ts";
import { ValueBuffer } from "./value-buffer.ts";

/** The present values of a feature in the whole table, given those of the first rows; undefined when nothing is known. */
export type GuessCount = (feature: number, present: number, rowCount: number) => number | undefined;

export class SketchSink implements FeatureSink {
  rowCount = 0;
  /** Present values per feature. */
  readonly presentCounts: Uint32Array;
  readonly values: ValueBuffer;
  readonly #isCategorical: readonly boolean[];
  readonly #maxBin: number;
  readonly #guessCount: GuessCount;
  /** Those of all rows, where they are known before. */
  readonly #weight: Float32Array | undefined;
  /** Null for a feature that is not sketched, undefined before its first rows. */
  readonly #sketches: (QuantileSketch | null | undefined)[];
  /** The largest category code given in numbers. */
  readonly #maxCodes: Float64Array;
  /** By dictionary code, whether a row has it; per feature. */
  readonly #seenCodes: Uint8Array[];
  #weights: Float32Array | undefined;
  /** The values at hand. */
  #scratch: Float32Array = new Float32Array(0);

  /** @param weight those of all rows, if the pass that gives the rows does not read them */
  constructor(
    features: readonly Pick<FeatureColumn, "coding">[],
    maxBin: number,
    guessCount: GuessCount,
    { weight, bufferBytes = 0 }: { weight?: Float32Array | undefined; bufferBytes?: number | undefined } = {},
  ) {
    this.values = new ValueBuffer(features.length, bufferBytes);
    this.#isCategorical = features.map(({ coding }) => coding !== null);
    this.#maxBin = maxBin;
    this.#guessCount = guessCount;
    this.#weight = weight;
    this.presentCounts = new Uint32Array(features.length);
    this.#sketches = features.map(({ coding }) => (coding === null ? undefined : null));
    this.#maxCodes = new Float64Array(features.length);
    this.#seenCodes = features.map(() => new Uint8Array(0));
  }

  reserve(count: number, weights: Float32Array | undefined): void {
    this.#weights = this.#weight ? this.#weight.subarray(this.rowCount, this.rowCount + count) : weights;
  }

  writeNumbers(feature: number, numbers: Float32Array): void {
    let present = 0;
    for (let k = 0; k < numbers.length; k++) if (numbers[k] === numbers[k]) present++;
    this.presentCounts[feature] += present;
    this.values.add(feature, numbers);
    if (this.#isCategorical[feature]) this.#readCodes(feature, numbers);
    else this.#sketch(feature, numbers, present);
  }

  #sketch(feature: number, numbers: Float32Array, present: number): void {
    if (this.#sketches[feature] === undefined && numbers.length > 0) {
      const count = this.#guessCount(feature, present, numbers.length);
      this.#sketches[feature] = count === undefined ? null : new QuantileSketch(count, this.#maxBin);
    }
    const sketch = this.#sketches[feature];
    if (!sketch) return;
    const weights = this.#weights;
    for (let k = 0; k < numbers.length; k++) {
      const value = numbers[k];
      if (value === value) sketch.push(value, weights === undefined ? 1 : weights[k]);
    }
  }

  #readCodes(feature: number, codes: Float32Array): void {
    for (let k = 0; k < codes.length; k++) {
      const code = codes[k];
      if (code < 0 || code >= CATEGORY_CODES) throw badCategoryCode(code, this.rowCount + k, feature);
      if (code > this.#maxCodes[feature]) this.#maxCodes[feature] = Math.trunc(code);
    }
  }

  writeCodes(feature: number, codes: Int32Array, { rows, count }: Placement): void {
    let seen = this.#seenCodes[feature];
    const numbers = this.#takeScratch(count);
    for (let k = 0; k < count; k++) {
      const code = codes[rows === null ? k : rows[k]];
      numbers[k] = code < 0 ? NaN : code;
      if (code < 0) continue;
      this.presentCounts[feature]++;
      if (code >= seen.length) {
        const grown = new Uint8Array(Math.max(64, 2 * code + 2));
        grown.set(seen);
        this.#seenCodes[feature] = seen = grown;
      }
      seen[code] = 1;
    }
    this.values.add(feature, numbers);
  }

  #takeScratch(count: number): Float32Array {
    if (this.#scratch.length < count) this.#scratch = new Float32Array(count);
    return this.#scratch.subarray(0, count);
  }

  commit(count: number): void {
    this.rowCount += count;
  }

  /** Whether the cuts of a feature can be told: it is categorical, or its count was guessed well enough. */
  isDone(feature: number): boolean {
    if (this.#isCategorical[feature] || this.presentCounts[feature] === 0) return true;
    return this.#sketches[feature]?.isMadeFor(this.presentCounts[feature]) ?? false;
  }

  /**
   * The cuts of a feature that is done.
   *
   * @param newCodes by what the codes given so far are replaced, null for nothing
   */
  cutsOf(feature: number, newCodes: Int32Array | null): Float32Array {
    if (!this.#isCategorical[feature]) {
      const sketch = this.#sketches[feature];
      const isEmpty = this.presentCounts[feature] === 0 || !sketch;
      return numericCuts((isEmpty ? new QuantileSketch(0, this.#maxBin) : sketch).finish(), this.#maxBin);
    }
    let maxCode = this.#maxCodes[feature];
    this.#seenCodes[feature].forEach((isSeen, code) => {
      if (isSeen) maxCode = Math.max(maxCode, newCodes ? newCodes[code] : code);
    });
    return codeCuts(maxCode);
  }
}
