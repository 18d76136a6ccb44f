// Covertype at its full size, from the 107,786 real rows at hand: rows drawn with replacement under a
// fixed seed, and noise of ±0.5 % of each numeric column's range, rounded to an integer, so that no row
// is seen twice. The class mix is that of the subset, not of the whole data.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { uniform } from "../../src/core/random.ts";
import { dataPath } from "../../test/machine.ts";
import type { BenchTable } from "../table.ts";

const FEATURES = 54;
const NUMERIC = 10;
const NOISE = 0.005;
const SEED = 2024;

/** The size of the real data set. */
export const COVERTYPE_ROWS = 581_012;

export const covertypeFile: string = dataPath("covtype_107786.data.gz");

/** @param toLabel from the class 1..7 */
export function makeCovertype(rowCount: number, toLabel: (cover: number) => number): BenchTable {
  const source = parseCovertype(gunzipSync(readFileSync(covertypeFile)));
  const sourceRows = source.length / (FEATURES + 1);
  const reach = noiseReach(source, sourceRows);
  const values = new Float32Array(rowCount * FEATURES);
  const label = new Float32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const from = Math.floor(uniform(SEED, 0, 0, 0, row) * sourceRows) * (FEATURES + 1);
    const to = row * FEATURES;
    for (let f = 0; f < FEATURES; f++) values[to + f] = source[from + f];
    for (let f = 0; f < NUMERIC; f++) {
      values[to + f] += Math.round((2 * uniform(SEED, 1, 0, f, row) - 1) * reach[f]);
    }
    label[row] = toLabel(source[from + FEATURES]);
  }
  return { rowCount, featureCount: FEATURES, trainRows: Math.floor(rowCount * 0.8), label, values };
}

/** The largest noise of each numeric column: 0.5 % of its range. */
function noiseReach(source: Float32Array, rowCount: number): number[] {
  return Array.from({ length: NUMERIC }, (_, f) => {
    let low = Infinity;
    let high = -Infinity;
    for (let row = 0; row < rowCount; row++) {
      const value = source[row * (FEATURES + 1) + f];
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return NOISE * (high - low);
  });
}

/** The integers of a comma-separated file without header, in reading order. */
function parseCovertype(bytes: Uint8Array): Float32Array {
  const values: number[] = [];
  let value = 0;
  let sign = 1;
  let hasDigits = false;
  for (const byte of bytes) {
    if (byte >= 48 && byte <= 57) {
      value = 10 * value + byte - 48;
      hasDigits = true;
    } else if (byte === 45) sign = -1;
    else {
      if (hasDigits) values.push(sign * value);
      value = 0;
      sign = 1;
      hasDigits = false;
    }
  }
  if (hasDigits) values.push(sign * value);
  return Float32Array.from(values);
}
