// Generated tables, each a kind of data of its own: dense continuous features as particle physics has
// them, wide sparse counts as text has them, and many classes. Every value is keyed by (seed, row,
// feature), so a shorter table is the beginning of a longer one.

import { streamKey, uniform, uniformAt } from "../../src/core/random.ts";
import type { BenchTable } from "../table.ts";

const SEED = 2025;
const TRAIN_SHARE = 0.8;

function normal(key: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(key, 2 * index)));
  return radius * Math.cos(2 * Math.PI * uniformAt(key, 2 * index + 1));
}

/**
 * Higgs-like, binary: three quarters of the columns are measurements (momenta, directions, a few
 * discrete tags), the rest masses, which are functions of them plus noise. The label depends on the
 * masses, not surely.
 */
export function makeDense(rowCount: number, featureCount = 28): BenchTable {
  const values = new Float32Array(rowCount * featureCount);
  const label = new Float32Array(rowCount);
  const measured = Math.ceil((featureCount * 3) / 4);
  for (let row = 0; row < rowCount; row++) {
    const at = row * featureCount;
    const key = streamKey(SEED, 10, row, 0);
    for (let f = 0; f < measured; f++) values[at + f] = measurement(f, key);
    let score = -0.3;
    for (let f = measured; f < featureCount; f++) {
      const a = values[at + ((3 * f) % measured)];
      const b = values[at + ((3 * f + 1) % measured)];
      const c = values[at + ((3 * f + 2) % measured)];
      const mass = Math.sqrt(Math.abs(a * b) + 0.5 * c * c) + 0.1 * normal(key, 500 + f);
      values[at + f] = mass;
      score += f % 2 === 0 ? Math.sin(2 * mass) : 1.2 * Math.exp(-((mass - 1) ** 2) * 4) - 0.4;
    }
    label[row] = uniform(SEED, 11, row, 0, 0) < 1 / (1 + Math.exp(-1.5 * score)) ? 1 : 0;
  }
  return { rowCount, featureCount, trainRows: Math.floor(rowCount * TRAIN_SHARE), label, values };
}

/** Momentum (log-normal), pseudorapidity (normal), azimuth (uniform), tag (four values), in turn. */
function measurement(feature: number, key: number): number {
  if (feature % 4 === 0) return Math.exp(0.6 * normal(key, feature));
  if (feature % 4 === 1) return normal(key, feature);
  if (feature % 4 === 2) return (2 * uniformAt(key, 1000 + feature) - 1) * Math.PI;
  return [0, 1.09, 2.17, 3.1][Math.floor(uniformAt(key, 1000 + feature) * 4)];
}

/**
 * Wide and sparse, binary: `perRow` counts in each row, features as frequent as words are. What stands
 * among a hidden tenth of the features decides the label, not surely.
 */
export function makeSparse(rowCount: number, featureCount = 5000, perRow = 30): BenchTable {
  const offsets = new Float64Array(rowCount + 1);
  const indices = new Uint32Array(rowCount * perRow);
  const values = new Float32Array(rowCount * perRow);
  const label = new Float32Array(rowCount);
  let at = 0;
  for (let row = 0; row < rowCount; row++) {
    const key = streamKey(SEED, 20, row, 0);
    const present = new Set<number>();
    for (let i = 0; i < perRow; i++) {
      // The i-th most frequent word has probability near 1 / i: the logarithm of the rank is uniform.
      present.add(Math.floor(featureCount ** uniformAt(key, i)) - 1);
    }
    let score = 0;
    for (const feature of [...present].sort((a, b) => a - b)) {
      const count = 1 + Math.floor(-2 * Math.log(1 - uniformAt(key, 1000 + feature)));
      indices[at] = feature;
      values[at++] = count;
      const weight = uniform(SEED, 21, 0, 0, feature);
      if (weight < 0.1) score += (weight < 0.05 ? 1 : -1) * Math.log(1 + count);
    }
    offsets[row + 1] = at;
    label[row] = uniform(SEED, 22, row, 0, 0) < 1 / (1 + Math.exp(-2 * score)) ? 1 : 0;
  }
  const sparse = { offsets, indices: indices.slice(0, at), values: values.slice(0, at) };
  return { rowCount, featureCount, trainRows: Math.floor(rowCount * TRAIN_SHARE), label, values: sparse };
}

/** Many classes: each class is a cloud around two centres of its own, and the clouds overlap. */
export function makeClasses(rowCount: number, classCount: number, featureCount = 20): BenchTable {
  const values = new Float32Array(rowCount * featureCount);
  const label = new Float32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const key = streamKey(SEED, 30, row, 0);
    const own = Math.floor(uniformAt(key, 1_000_000) * classCount);
    const centre = 2 * own + (uniformAt(key, 1_000_001) < 0.5 ? 0 : 1);
    for (let f = 0; f < featureCount; f++) {
      const middle = 4 * uniform(SEED, 31, centre, 0, f) - 2;
      values[row * featureCount + f] = middle + 0.8 * normal(key, f);
    }
    label[row] = own;
  }
  return { rowCount, featureCount, trainRows: Math.floor(rowCount * TRAIN_SHARE), label, values };
}
