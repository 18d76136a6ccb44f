// Cuts: the bin boundaries of every feature. Bin i of a feature holds the values v with
// cut[i - 1] <= v < cut[i], so the bin of v is the first cut strictly greater than v, and the last
// bin when there is none. A categorical feature's cuts are its codes 0, 1, ..; the bin is the code.

import type { Collective } from "../core/collective.ts";
import { CoppiceError, showValue } from "../core/errors.ts";
import { bytesOf } from "../core/typed-bytes.ts";
import type { DMatrix } from "./dmatrix.ts";
import type { Features, SparseFeatures } from "./features.ts";
import { QuantileSketch, type Summary } from "./sketch.ts";

const fround = Math.fround;
/** XGBoost parity: kRtEps in float32, also the only cut of a column without values. */
const SMALL: number = fround(1e-5);

export interface Cuts {
  /** The cuts of all features one after another. */
  readonly values: Float32Array;
  /** Feature f's cuts are [offsets[f], offsets[f + 1]); length featureCount + 1. */
  readonly offsets: Uint32Array;
  /** 1 for a categorical feature. */
  readonly isCategorical: Uint8Array;
}

/** Rows that are read together: enough to amortise the call, few enough to stay in cache. */
const BLOCK_ROWS = 1024;

/**
 * The cuts that XGBoost computes for the table, bit for bit: weighted quantiles for numeric features.
 *
 * @param maxBin the largest number of bins of a numeric feature, in [2, 65535]
 */
export function buildCuts(data: DMatrix, maxBin: number): Cuts {
  const sketches = startSketches(data, countPresent(data), maxBin);
  const maxCodes = new Float64Array(data.featureCount);
  addValues(data, sketches, maxCodes, 0, data.featureCount);
  return finishCuts(sketches, maxCodes, maxBin);
}

/** One sketch per numeric feature, undefined for a categorical one. */
type Sketches = readonly (QuantileSketch | undefined)[];

function startSketches(data: DMatrix, counts: ArrayLike<number>, maxBin: number): Sketches {
  return Array.from(counts, (count, f) =>
    data.featureTypes?.[f] === "c" ? undefined : new QuantileSketch(count, maxBin),
  );
}

/** Adds the rows of `data` to the sketches, and to the largest codes, of features [begin, end). */
function addValues(
  data: DMatrix,
  sketches: Sketches,
  maxCodes: Float64Array,
  begin: number,
  end: number,
): void {
  const visit = (value: number, row: number, f: number) => {
    const sketch = sketches[f];
    if (sketch) sketch.push(value, rowWeight(data, row));
    else maxCodes[f] = Math.max(maxCodes[f], Math.trunc(value));
  };
  forEachValue(data, visit, begin, end);
}

function finishCuts(sketches: Sketches, maxCodes: Float64Array, maxBin: number): Cuts {
  const isCategorical = Uint8Array.from(sketches, (sketch) => (sketch ? 0 : 1));
  return joinCuts(
    sketches.map((sketch, f) => (sketch ? numericCuts(sketch.finish(), maxBin) : codeCuts(maxCodes[f]))),
    isCategorical,
  );
}

/** Features whose sketches travel between peers together: their values share cache lines. */
const FEATURES_PER_MESSAGE = 16;

/**
 * The cuts of a table whose rows lie on several peers, consecutive ranges in rank order: those of one
 * machine. A sketch depends on the order of values, so its small state goes from peer to peer; while one
 * peer adds its rows to some features, the peer before it is at the next.
 */
export async function buildSharedCuts(data: DMatrix, maxBin: number, collective: Collective): Promise<Cuts> {
  const { rank, worldSize } = collective;
  if (worldSize === 1) return buildCuts(data, maxBin);
  const counts = Float64Array.from(countPresent(data));
  await collective.allReduceSum(counts);
  const sketches = startSketches(data, counts, maxBin);
  const maxCodes = new Float64Array(data.featureCount);
  for (let begin = 0; begin < data.featureCount; begin += FEATURES_PER_MESSAGE) {
    const end = Math.min(begin + FEATURES_PER_MESSAGE, data.featureCount);
    const own = sketches.slice(begin, end).filter((sketch) => sketch !== undefined);
    if (rank > 0) for (const sketch of own) sketch.restore(doublesOf(await collective.receiveFromPrevious()));
    addValues(data, sketches, maxCodes, begin, end);
    if (rank + 1 < worldSize) for (const sketch of own) await collective.sendToNext(bytesOf(sketch.save()));
  }
  await collective.allReduceMax(maxCodes);
  const last = rank + 1 === worldSize ? finishCuts(sketches, maxCodes, maxBin) : undefined;
  return shareCuts(
    last,
    Uint8Array.from(sketches, (sketch) => (sketch ? 0 : 1)),
    collective,
  );
}

/** Gives the last peer's cuts to all. */
async function shareCuts(
  cuts: Cuts | undefined,
  isCategorical: Uint8Array,
  collective: Collective,
): Promise<Cuts> {
  const sent = Float64Array.from(cuts ? [...cuts.offsets, ...cuts.values] : []);
  const all = await collective.allGather(bytesOf(sent));
  const numbers = doublesOf(all[collective.worldSize - 1]);
  const offsets = Uint32Array.from(numbers.subarray(0, isCategorical.length + 1));
  return { values: Float32Array.from(numbers.subarray(offsets.length)), offsets, isCategorical };
}

function doublesOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}

/**
 * Cuts given by the user: one ascending list per feature.
 *
 * @throws {CoppiceError} INVALID_PARAMETER when a list is empty or not strictly ascending
 */
export function explicitCuts(lists: readonly ArrayLike<number>[], isCategorical?: Uint8Array): Cuts {
  const cuts = lists.map((list, f) => {
    const values = Float32Array.from(list);
    for (let i = 0; i < Math.max(1, values.length); i++) {
      const isAscending = Number.isFinite(values[i]) && (i === 0 || values[i] > values[i - 1]);
      if (!isAscending) {
        throw new CoppiceError(
          "INVALID_PARAMETER",
          `\`cuts\` of feature ${f} must be at least one finite number, strictly ascending in float32, ` +
            `got ${showValue(list[i])} at position ${i}`,
          { parameter: "cuts", feature: f },
        );
      }
    }
    return values;
  });
  return joinCuts(cuts, isCategorical ?? new Uint8Array(lists.length));
}

/** XGBoost parity: with query groups, a weight per group counts for each of its rows. */
function rowWeight(data: DMatrix, row: number): number {
  return data.weight === undefined ? 1 : data.weight[row];
}

const knownCounts = new WeakMap<Features, Uint32Array>();

/** The number of present values of each feature; counted once per table. */
export function countPresent({ features }: DMatrix): Uint32Array {
  let counts = knownCounts.get(features);
  if (counts === undefined) {
    counts =
      features.presentCounts ??
      (features.isSparse ? countSparse(features as SparseFeatures) : countDense(features));
    knownCounts.set(features, counts);
  }
  return counts;
}

function countDense(features: Features): Uint32Array {
  const { rowCount, featureCount } = features;
  const counts = new Uint32Array(featureCount).fill(rowCount);
  const scratch = new Float32Array(BLOCK_ROWS * featureCount);
  for (let begin = 0; begin < rowCount; begin += BLOCK_ROWS) {
    const block = features.readRows(begin, Math.min(begin + BLOCK_ROWS, rowCount), scratch);
    for (let i = 0; i < block.length; i++) if (block[i] !== block[i]) counts[i % featureCount]--;
  }
  return counts;
}

function countSparse({ indices, values, featureCount }: SparseFeatures): Uint32Array {
  const counts = new Uint32Array(featureCount);
  for (let i = 0; i < indices.length; i++) if (values[i] === values[i]) counts[indices[i]]++;
  return counts;
}

/**
 * Calls `visit` for every present value of features [featureBegin, featureEnd); within a feature in row
 * order.
 */
function forEachValue(
  data: DMatrix,
  visit: (value: number, row: number, feature: number) => void,
  featureBegin = 0,
  featureEnd: number = data.featureCount,
): void {
  const { features, rowCount, featureCount } = data;
  if (features.isSparse) {
    const { offsets, indices, values } = features as SparseFeatures;
    for (let row = 0; row < rowCount; row++) {
      for (let i = offsets[row]; i < offsets[row + 1]; i++) {
        const f = indices[i];
        const value = values[i];
        if (value === value && f >= featureBegin && f < featureEnd) visit(value, row, f);
      }
    }
    return;
  }
  const scratch = new Float32Array(BLOCK_ROWS * featureCount);
  for (let begin = 0; begin < rowCount; begin += BLOCK_ROWS) {
    const end = Math.min(begin + BLOCK_ROWS, rowCount);
    const block = features.readRows(begin, end, scratch);
    for (let f = featureBegin; f < featureEnd; f++) {
      for (let row = begin, i = f; row < end; row++, i += featureCount) {
        const value = block[i];
        if (value === value) visit(value, row, f);
      }
    }
  }
}

/** XGBoost parity: the cuts of a column from its summary, as SketchContainer::MakeCuts of 3.3 and later. */
export function numericCuts(summary: Summary, maxBin: number): Float32Array {
  const { size, value } = summary;
  if (size === 0) return Float32Array.of(SMALL);
  const binCount = Math.min(size, maxBin);
  const cuts = size <= binCount ? Array.from(value.subarray(1, size)) : quantileCuts(summary, binCount);
  const last = value[size - 1];
  cuts.push(last + fround(Math.abs(last) + SMALL));
  return Float32Array.from(cuts);
}

/** The binCount - 1 inner cuts at equal steps of rank, each strictly above the one before. */
function quantileCuts(summary: Summary, binCount: number): number[] {
  const { size, rmin, rmax, value } = summary;
  const total = rmax[size - 1];
  const cuts: number[] = [];
  let lastCut = value[0];
  const firstAbove = (from: number, bound: number) => {
    while (from < size && value[from] <= bound) from++;
    return from;
  };
  let next = firstAbove(1, lastCut);
  let cursor = 0;
  for (let i = 1; i < binCount; i++) {
    const rank2 = 2 * ((i * total) / binCount);
    while (cursor < size - 2 && rank2 >= fround(rmin[cursor + 1] + rmax[cursor + 1])) cursor++;
    const isNearer = rank2 < fround(summary.rminNext(cursor) + summary.rmaxPrevious(cursor + 1));
    let cut = value[isNearer ? cursor : cursor + 1];
    if (cut <= lastCut) {
      next = firstAbove(next, lastCut);
      if (next === size) break;
      cut = value[next];
    } else if (next < size && value[next] <= cut) {
      next = firstAbove(next + 1, cut);
    }
    cuts.push(cut);
    lastCut = cut;
  }
  return cuts;
}

/** The cuts of a categorical feature: its codes 0 to maxCode. */
export function codeCuts(maxCode: number): Float32Array {
  return Float32Array.from({ length: maxCode + 1 }, (_, code) => code);
}

/** The cuts of all features from those of each. */
export function joinCuts(cuts: readonly Float32Array[], isCategorical: Uint8Array): Cuts {
  const offsets = new Uint32Array(cuts.length + 1);
  for (let f = 0; f < cuts.length; f++) offsets[f + 1] = offsets[f] + cuts[f].length;
  const values = new Float32Array(offsets[cuts.length]);
  for (let f = 0; f < cuts.length; f++) values.set(cuts[f], offsets[f]);
  return { values, offsets, isCategorical };
}

/** The bin of a present value within its feature: upper bound in [begin, end), clamped to the last bin. */
export function findBin(values: Float32Array, begin: number, end: number, value: number): number {
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return Math.min(low, end - 1) - begin;
}

/** The state of a value in feature f: its bin, or the number of bins when it is missing. */
export function stateOf(cuts: Cuts, f: number, value: number): number {
  const begin = cuts.offsets[f];
  const end = cuts.offsets[f + 1];
  if (value !== value) return end - begin;
  if (cuts.isCategorical[f]) return Math.min(Math.trunc(value), end - begin - 1);
  return findBin(cuts.values, begin, end, value);
}
