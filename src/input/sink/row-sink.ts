// Where the rows of a table under construction go: float32 blocks of a fixed number of rows,
// row-major, filled one column of one incoming block at a time. The blocks become the DMatrix as
// they are, so reading a table needs its own size and nothing more.

import { CoppiceError } from "../../core/errors.ts";
import { DenseFeatures } from "../../data/features.ts";
import type { FeatureSink, Placement } from "../table/feature-sink.ts";

export class RowSink implements FeatureSink {
  readonly featureCount: number;
  readonly blockRowCount: number;
  rowCount = 0;
  #blocks: Float32Array[] = [];

  /** @param blockRowCount a positive integer */
  constructor(featureCount: number, blockRowCount: number) {
    this.featureCount = featureCount;
    this.blockRowCount = blockRowCount;
  }

  reserve(count: number): void {
    const needed = Math.ceil((this.rowCount + count) / this.blockRowCount);
    while (this.#blocks.length < needed) {
      this.#blocks.push(new Float32Array(this.blockRowCount * this.featureCount));
    }
  }

  writeNumbers(feature: number, numbers: Float32Array): void {
    const { featureCount: width, blockRowCount } = this;
    const { length } = numbers;
    let done = 0;
    while (done < length) {
      const row = this.rowCount + done;
      const block = this.#blocks[Math.floor(row / blockRowCount)];
      const offset = row % blockRowCount;
      const end = Math.min(length, done + blockRowCount - offset);
      for (let at = offset * width + feature; done < end; done++, at += width) block[at] = numbers[done];
    }
  }

  writeCodes(feature: number, codes: Int32Array, placement: Placement): void {
    for (let k = 0; k < placement.count; k++) {
      const code = codes[placement.rows === null ? k : placement.rows[k]];
      this.#set(this.rowCount + k, feature, code < 0 ? NaN : code);
    }
  }

  #set(row: number, feature: number, value: number): void {
    const block = this.#blocks[Math.floor(row / this.blockRowCount)];
    block[(row % this.blockRowCount) * this.featureCount + feature] = value;
  }

  commit(count: number): void {
    this.rowCount += count;
  }

  /** Replaces every code c of a feature by `newCodes[c]`. */
  recode(feature: number, newCodes: Int32Array): void {
    const { featureCount: width, blockRowCount } = this;
    for (let b = 0; b < this.#blocks.length; b++) {
      const block = this.#blocks[b];
      const rows = Math.min(blockRowCount, this.rowCount - b * blockRowCount);
      for (let at = feature; at < rows * width; at += width) {
        if (block[at] === block[at]) block[at] = newCodes[block[at]];
      }
    }
  }

  /** @throws {CoppiceError} INVALID_DATA when there is no row and `mayBeEmpty` does not say otherwise */
  finish(source: string, mayBeEmpty = false): DenseFeatures {
    if (this.rowCount === 0) {
      if (mayBeEmpty) return new DenseFeatures([], 0, this.featureCount, this.blockRowCount);
      throw new CoppiceError("INVALID_DATA", `${source}: a table must have at least one row, got none`, {
        source,
      });
    }
    const { featureCount, blockRowCount, rowCount } = this;
    const blocks = this.#blocks;
    this.#blocks = [];
    const last = blocks.length - 1;
    const lastLength = (rowCount - last * blockRowCount) * featureCount;
    if (lastLength < blocks[last].length) blocks[last] = blocks[last].slice(0, lastLength);
    return new DenseFeatures(blocks, rowCount, featureCount, blockRowCount);
  }
}
