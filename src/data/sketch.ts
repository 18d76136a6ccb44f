// The weighted quantile sketch of one column (Chen & Guestrin 2016, appendix A), in the form that
// XGBoost has used since 3.3. Values arrive in row order; the result depends on that order, so a
// column is sketched by one reader at a time. All ranks are float32, as in XGBoost: the typed arrays
// round on every store.
//
// A summary is a list of distinct values, ascending, each with bounds of its rank: rmin <= rank,
// rank + weight <= rmax, and the weight wmin that is known to stand at the value itself.

import { introsortPairs } from "./introsort.ts";

const fround = Math.fround;

/** A summary of weighted values as a struct of arrays; entries [0, size) are in use. */
export class Summary {
  size = 0;
  readonly rmin: Float32Array;
  readonly rmax: Float32Array;
  readonly wmin: Float32Array;
  readonly value: Float32Array;

  constructor(capacity: number) {
    this.rmin = new Float32Array(capacity);
    this.rmax = new Float32Array(capacity);
    this.wmin = new Float32Array(capacity);
    this.value = new Float32Array(capacity);
  }

  /** A bound from below for the rank of the next larger value. */
  rminNext(i: number): number {
    return fround(this.rmin[i] + this.wmin[i]);
  }

  /** A bound from above for the rank of the next smaller value. */
  rmaxPrevious(i: number): number {
    return fround(this.rmax[i] - this.wmin[i]);
  }

  append(rmin: number, rmax: number, wmin: number, value: number): void {
    const i = this.size++;
    this.rmin[i] = rmin;
    this.rmax[i] = rmax;
    this.wmin[i] = wmin;
    this.value[i] = value;
  }

  copyFrom(other: Summary): void {
    const { size } = other;
    this.rmin.set(other.rmin.subarray(0, size));
    this.rmax.set(other.rmax.subarray(0, size));
    this.wmin.set(other.wmin.subarray(0, size));
    this.value.set(other.value.subarray(0, size));
    this.size = size;
  }
}

/**
 * The summary size per level that `count` values need for a rank error of `epsilon`.
 * XGBoost parity: WQSketch::LimitSizeLevel.
 */
export function limitSize(count: number, epsilon: number): number {
  if (count === 0) return 1;
  for (let levels = 1; ; levels++) {
    const limit = Math.min(count, Math.ceil(levels / epsilon) + 1);
    if (2 ** levels * limit >= count) return limit;
  }
}

/** Reduces `from` to at most `maxSize` entries: `from` itself when it is small enough, else `into`. */
export function pruneSummary(from: Summary, maxSize: number, into: Summary): Summary {
  const { size, rmin, rmax, wmin, value } = from;
  if (size <= maxSize) return from;
  into.size = 0;
  into.append(rmin[0], rmax[0], wmin[0], value[0]);
  if (maxSize === 1) return into;
  const begin = rmax[0];
  const range = fround(rmin[size - 1] - begin);
  const count = maxSize - 1;
  let i = 1;
  let lastTaken = 0;
  for (let k = 1; k < count; k++) {
    const rank2 = fround(2 * fround(fround(fround(fround(k) * range) / count) + begin));
    while (i < size - 1 && rank2 >= fround(rmax[i + 1] + rmin[i + 1])) i++;
    if (i === size - 1) break;
    const isNearer = rank2 < fround(from.rminNext(i) + from.rmaxPrevious(i + 1));
    const taken = isNearer ? i : i + 1;
    if (taken !== lastTaken) {
      into.append(rmin[taken], rmax[taken], wmin[taken], value[taken]);
      lastTaken = taken;
    }
  }
  if (lastTaken !== size - 1) into.append(rmin[size - 1], rmax[size - 1], wmin[size - 1], value[size - 1]);
  return into;
}

/** Merges two summaries of disjoint sets of rows: one of them when the other is empty, else `into`. */
export function combineSummaries(a: Summary, b: Summary, into: Summary): Summary {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  into.size = 0;
  let i = 0;
  let j = 0;
  let rankA = 0;
  let rankB = 0;
  while (i < a.size && j < b.size) {
    if (a.value[i] === b.value[j]) {
      into.append(a.rmin[i] + b.rmin[j], a.rmax[i] + b.rmax[j], a.wmin[i] + b.wmin[j], a.value[i]);
      rankA = a.rminNext(i++);
      rankB = b.rminNext(j++);
    } else if (a.value[i] < b.value[j]) {
      into.append(a.rmin[i] + rankB, a.rmax[i] + b.rmaxPrevious(j), a.wmin[i], a.value[i]);
      rankA = a.rminNext(i++);
    } else {
      into.append(b.rmin[j] + rankA, b.rmax[j] + a.rmaxPrevious(i), b.wmin[j], b.value[j]);
      rankB = b.rminNext(j++);
    }
  }
  const lastRankB = b.rmax[b.size - 1];
  for (; i < a.size; i++) into.append(a.rmin[i] + rankB, a.rmax[i] + lastRankB, a.wmin[i], a.value[i]);
  const lastRankA = a.rmax[a.size - 1];
  for (; j < b.size; j++) into.append(b.rmin[j] + rankA, b.rmax[j] + lastRankA, b.wmin[j], b.value[j]);
  repairRanks(into);
  return into;
}

/** XGBoost parity: SetCombine's FixError restores monotone ranks after float32 rounding. */
function repairRanks(summary: Summary): void {
  const { size, rmin, rmax } = summary;
  let previousMin = 0;
  let previousMax = 0;
  for (let i = 0; i < size; i++) {
    if (rmin[i] < previousMin) rmin[i] = previousMin;
    else previousMin = rmin[i];
    if (rmax[i] < previousMax) rmax[i] = previousMax;
    const next = summary.rminNext(i);
    if (rmax[i] < next) rmax[i] = next;
    previousMax = rmax[i];
  }
}

/** Buffers that sketches of one reader share; they hold nothing between two calls. */
class Scratch {
  capacity = 0;
  first = new Summary(0);
  second = new Summary(0);
  keys = new Uint32Array(0);
  sortedKeys = new Uint32Array(0);
  weights = new Float32Array(0);
  readonly counts: Uint32Array = new Uint32Array(3 * RADIX);

  reserve(capacity: number): void {
    if (capacity <= this.capacity) return;
    this.capacity = capacity;
    this.first = new Summary(capacity);
    this.second = new Summary(capacity);
    this.keys = new Uint32Array(capacity);
    this.sortedKeys = new Uint32Array(capacity);
    this.weights = new Float32Array(capacity);
  }
}

const RADIX_BITS = 11;
const RADIX = 1 << RADIX_BITS;
const scratch = new Scratch();

/** The sketch of one column of `count` present values for cuts of at most `maxBin` bins. */
export class QuantileSketch {
  readonly #maxBin: number;
  readonly #limit: number;
  readonly #levels: Summary[] = [];
  readonly #values: Float32Array;
  readonly #weights: Float32Array;
  #queued = 0;
  #pushed = 0;
  /** Whether the result depends on the order in which sorting leaves equal values. */
  #isOrderSensitive = false;

  constructor(count: number, maxBin: number) {
    this.#maxBin = maxBin;
    this.#limit = limitSize(count, this.#epsilon(count));
    this.#values = new Float32Array(2 * this.#limit);
    this.#weights = new Float32Array(2 * this.#limit);
  }

  /** Whether a sketch that was told of `count` values would be the same. */
  isMadeFor(count: number): boolean {
    return limitSize(count, this.#epsilon(count)) === this.#limit;
  }

  /** Half of one bin's share of the ranks. XGBoost parity: kFactor = 2. */
  #epsilon(count: number): number {
    return 1 / Math.min(this.#maxBin, Math.max(1, count)) / 2;
  }

  /** Adds a value; a weight of 0 adds nothing. */
  push(value: number, weight: number): void {
    if (weight === 0) return;
    this.#pushed++;
    if (weight !== Math.trunc(weight) || (value === 0 && 1 / value < 0)) this.#isOrderSensitive = true;
    const last = this.#queued - 1;
    if (last >= 0 && this.#values[last] === value) {
      this.#weights[last] += weight;
      return;
    }
    if (this.#queued === this.#values.length) this.#flush();
    this.#values[this.#queued] = value;
    this.#weights[this.#queued++] = weight;
  }

  /** Everything that further values depend on, as numbers; `restore` on a sketch of the same count takes it up. */
  save(): Float64Array {
    const sizes = this.#levels.map((level) => level.size);
    const state = [this.#queued, this.#pushed, this.#isOrderSensitive ? 1 : 0, sizes.length, ...sizes];
    const queued = this.#queued;
    const length = state.length + 2 * queued + 4 * sizes.reduce((sum, size) => sum + size, 0);
    const saved = new Float64Array(length);
    saved.set(state);
    let at = state.length;
    const append = (values: Float32Array, count: number) => {
      saved.set(values.subarray(0, count), at);
      at += count;
    };
    append(this.#values, queued);
    append(this.#weights, queued);
    for (const { rmin, rmax, wmin, value, size } of this.#levels) {
      for (const array of [rmin, rmax, wmin, value]) append(array, size);
    }
    return saved;
  }

  restore(saved: Float64Array): void {
    const [queued, pushed, isOrderSensitive, levelCount] = saved;
    this.#queued = queued;
    this.#pushed = pushed;
    this.#isOrderSensitive = isOrderSensitive === 1;
    let at = 4 + levelCount;
    const take = (into: Float32Array, count: number) => {
      into.set(saved.subarray(at, at + count));
      at += count;
    };
    take(this.#values, queued);
    take(this.#weights, queued);
    this.#levels.length = 0;
    for (let l = 0; l < levelCount; l++) {
      const level = new Summary(this.#limit);
      level.size = saved[4 + l];
      for (const array of [level.rmin, level.rmax, level.wmin, level.value]) take(array, level.size);
      this.#levels.push(level);
    }
  }

  /** The summary of all values; the sketch must not be used afterwards. */
  finish(): Summary {
    this.#flush();
    const count = this.#pushed;
    const budget = limitSize(count, this.#epsilon(count));
    const working = Math.max(budget, this.#limit);
    let result = new Summary(0);
    for (const level of this.#levels) {
      const merged = combineSummaries(result, level, new Summary(result.size + level.size));
      result = pruneSummary(merged, working, new Summary(working));
    }
    return pruneSummary(result, budget, new Summary(budget));
  }

  /** Turns the queue into a summary and carries it up the levels, like a binary counter. */
  #flush(): void {
    const limit = this.#limit;
    scratch.reserve(4 * limit);
    let summary = this.#summariseQueue(scratch.first);
    for (let l = 0; ; l++) {
      if (this.#levels.length === l) this.#levels.push(new Summary(limit));
      const level = this.#levels[l];
      summary = pruneSummary(summary, limit, otherThan(summary));
      summary = combineSummaries(summary, level, otherThan(summary));
      if (summary.size <= limit) {
        if (summary !== level) level.copyFrom(summary);
        return;
      }
      level.size = 0;
    }
  }

  #summariseQueue(into: Summary): Summary {
    const sort = this.#isOrderSensitive ? introsortPairs : sortByValue;
    sort(this.#values, this.#weights, this.#queued);
    into.size = 0;
    let rank = 0;
    for (let i = 0; i < this.#queued; ) {
      const value = this.#values[i];
      let weight = this.#weights[i++];
      while (i < this.#queued && this.#values[i] === value) weight = fround(weight + this.#weights[i++]);
      const next = fround(rank + weight);
      into.append(rank, next, weight, value);
      rank = next;
    }
    this.#queued = 0;
    return into;
  }
}

function otherThan(summary: Summary): Summary {
  return summary === scratch.first ? scratch.second : scratch.first;
}

/** Sorts the first `count` (value, weight) pairs by value: a stable radix sort on the ordered bits. */
function sortByValue(values: Float32Array, weights: Float32Array, count: number): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, count);
  const { counts } = scratch;
  let keys = scratch.keys;
  let otherKeys = scratch.sortedKeys;
  counts.fill(0);
  for (let i = 0; i < count; i++) {
    // -0 and 0 are one value; negative floats order by the complement of their bits.
    const raw = values[i] === 0 ? 0 : bits[i];
    const key = (raw & 0x80000000 ? ~raw : raw | 0x80000000) >>> 0;
    keys[i] = key;
    counts[key & (RADIX - 1)]++;
    counts[RADIX + ((key >>> RADIX_BITS) & (RADIX - 1))]++;
    counts[2 * RADIX + (key >>> (2 * RADIX_BITS))]++;
  }
  let from: Float32Array = weights;
  let to: Float32Array = scratch.weights;
  for (let pass = 0; pass < 3; pass++) {
    const shift = pass * RADIX_BITS;
    const begin = pass * RADIX;
    if (count === 0 || counts[begin + ((keys[0] >>> shift) & (RADIX - 1))] === count) continue;
    let offset = 0;
    for (let d = begin; d < begin + RADIX; d++) {
      const size = counts[d];
      counts[d] = offset;
      offset += size;
    }
    for (let i = 0; i < count; i++) {
      const at = counts[begin + ((keys[i] >>> shift) & (RADIX - 1))]++;
      otherKeys[at] = keys[i];
      to[at] = from[i];
    }
    [keys, otherKeys] = [otherKeys, keys];
    [from, to] = [to, from];
  }
  for (let i = 0; i < count; i++) bits[i] = keys[i] & 0x80000000 ? keys[i] & 0x7fffffff : ~keys[i];
  if (from !== weights) weights.set(from.subarray(0, count));
}
