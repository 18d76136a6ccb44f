// The feature values of a table that is small enough, kept from its first reading so that there need be no
// other: block after block, each column of a block as narrow as its values allow (counts, codes and one-hot
// columns take a byte). What does not fit is dropped as a whole.

import { releaseBuffer } from "../../data/features.ts";
import type { FeatureSink } from "../table/feature-sink.ts";

type Chunk = Uint8Array | Uint16Array | Float32Array;

const PAGE_BYTES = 1 << 20;
/** What stands for "missing" in each kind of chunk. */
const MISSING8 = 255;
const MISSING16 = 65535;

export class ValueBuffer {
  readonly #limitBytes: number;
  /** By feature, one chunk per block. */
  readonly #chunks: Chunk[][];
  readonly #pages: ArrayBuffer[] = [];
  /** Bytes in use of the last page. */
  #pageUsed = 0;
  #sizeBytes = 0;
  #isWhole: boolean;

  constructor(featureCount: number, limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#chunks = Array.from({ length: featureCount }, () => []);
    this.#isWhole = limitBytes > 0;
  }

  /** Whether all values that came are kept. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Keeps the values of one feature in the next block; NaN where missing. Of every block all features come. */
  add(feature: number, values: Float32Array): void {
    if (!this.#isWhole) return;
    const largest = largestInteger(values);
    const bytesPerValue = largest < MISSING8 ? 1 : largest < MISSING16 ? 2 : 4;
    const begin = this.#reserve(bytesPerValue * values.length);
    if (begin < 0) {
      this.clear();
      return;
    }
    const page = this.#pages[this.#pages.length - 1];
    const { length } = values;
    let chunk: Chunk;
    if (bytesPerValue === 4) {
      chunk = new Float32Array(page, begin, length);
      chunk.set(values);
    } else if (bytesPerValue === 2) {
      chunk = new Uint16Array(page, begin, length);
      for (let i = 0; i < length; i++) chunk[i] = values[i] === values[i] ? values[i] : MISSING16;
    } else {
      chunk = new Uint8Array(page, begin, length);
      for (let i = 0; i < length; i++) chunk[i] = values[i] === values[i] ? values[i] : MISSING8;
    }
    this.#chunks[feature].push(chunk);
  }

  /** Where in the page there is room, or -1 when there may be no more. */
  #reserve(sizeBytes: number): number {
    const begin = Math.ceil(this.#pageUsed / 4) * 4;
    const page = this.#pages[this.#pages.length - 1];
    if (page && begin + sizeBytes <= page.byteLength) {
      this.#pageUsed = begin + sizeBytes;
      return begin;
    }
    // A small page first, then one of all the rest, of which only what is written takes memory.
    const isFirst = this.#pages.length === 0;
    const rest = this.#limitBytes - this.#sizeBytes;
    const pageBytes = isFirst ? Math.max(Math.min(PAGE_BYTES, this.#limitBytes >> 3), sizeBytes) : rest;
    if (pageBytes > rest || sizeBytes > pageBytes) return -1;
    this.#sizeBytes += pageBytes;
    this.#pages.push(new ArrayBuffer(pageBytes));
    this.#pageUsed = sizeBytes;
    return 0;
  }

  /** Drops all values. */
  clear(): void {
    this.#isWhole = false;
    for (const page of this.#pages) releaseBuffer(page);
    this.#pages.length = 0;
    for (const chunks of this.#chunks) chunks.length = 0;
  }

  /**
   * Gives the values of some features to a sink, block by block.
   *
   * @param newCodes per feature by what its codes are replaced, null for nothing
   */
  replay(features: readonly number[], sink: FeatureSink, newCodes: readonly (Int32Array | null)[]): void {
    const blockCount = this.#chunks[0].length;
    for (let block = 0; block < blockCount; block++) {
      const count = this.#chunks[0][block].length;
      const values = new Float32Array(count);
      sink.reserve(count, undefined);
      features.forEach((f, i) => {
        const chunk = this.#chunks[f][block];
        const missing = chunk instanceof Uint8Array ? MISSING8 : MISSING16;
        if (sink.writeIntegers && !(chunk instanceof Float32Array)) {
          sink.writeIntegers(i, chunk, missing, newCodes[f]);
          return;
        }
        values.set(chunk);
        if (!(chunk instanceof Float32Array)) {
          for (let k = 0; k < count; k++) if (chunk[k] === missing) values[k] = NaN;
        }
        const codes = newCodes[f];
        if (codes) for (let k = 0; k < count; k++) if (values[k] === values[k]) values[k] = codes[values[k]];
        sink.writeNumbers(i, values);
      });
      sink.commit(count);
    }
  }
}

/** The largest of the values when all are integers in [0, 65535), else Infinity; -1 for none. */
function largestInteger(values: Float32Array): number {
  let largest = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== value) continue;
    // Minus zero stays what it is.
    if ((value & 0xffff) !== value || (value === 0 && 1 / value < 0)) return Infinity;
    if (value > largest) largest = value;
  }
  return largest;
}
