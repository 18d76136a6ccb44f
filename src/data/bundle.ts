// Which features share a column of the binned table. Features may when no row has two of them away
// from the bin they leave out; that is checked over all rows, so a bundle loses nothing and never
// changes a model (Ke et al. 2017, "LightGBM", section 4, with a conflict rate of zero).

import type { Collective } from "../core/collective.ts";
import { countAllRows } from "../core/exact-sum.ts";
import { BinFinder } from "./bin-finder.ts";
import { BinnedFeatures } from "./binned-features.ts";
import { type Cuts, countPresent, stateOf } from "./cuts.ts";
import type { DMatrix } from "./dmatrix.ts";
import type { SparseFeatures } from "./features.ts";

/** How features are assigned to stored columns. */
export interface Bundling {
  /** The features of each column. A feature whose rows are all alike is in none. */
  readonly columns: readonly (readonly number[])[];
  /**
   * The state of each feature that is not stored: the number of bins for "missing", or, in a bundle
   * and without missing values, its most frequent bin.
   */
  readonly implicitState: Uint32Array;
  /** Present values per feature, and rows, on all peers together. */
  readonly presentCounts: Float64Array;
  readonly rowCount: number;
}

/** A column of a bundle keeps within one byte. */
const MAX_SLOTS = 256;
/** A feature that leaves its most frequent state more often than this is not worth bundling. */
const MAX_DENSITY = 0.5;
const SAMPLE_ROWS = 4096;
/** How many bundles a feature is tried against; bounds the cost for wide tables. */
const MAX_TRIES = 64;
const BLOCK_ROWS = 1024;

/** Assigns features to columns, one each where bundling is off or does not apply; the same on all peers. */
export async function bundleFeatures(
  data: DMatrix,
  cuts: Cuts,
  isEnabled: boolean,
  collective: Collective,
): Promise<Bundling> {
  const { featureCount } = data;
  const rowCount = await countAllRows(data.rowCount, collective);
  const presentCounts = Float64Array.from(countPresent(data));
  await collective.allReduceSum(presentCounts);
  const frequent = await agreeOnStates(data, cuts, { presentCounts, rowCount }, isEnabled, collective);
  const candidates = frequent.flatMap((state, f) => (state >= 0 && presentCounts[f] > 0 ? [f] : []));
  const occupied = occupiedRows(data, cuts, candidates, frequent);
  const density = Float64Array.from({ length: featureCount }, (_, f) =>
    candidates.includes(f) ? countBits(occupied(f)) : 0,
  );
  await collective.allReduceSum(density);
  const isConstant = (f: number) => density[f] === 0 && presentCounts[f] === rowCount;
  const varying = candidates.filter((f) => !isConstant(f)).sort((a, b) => density[b] - density[a] || a - b);
  const bundles = await agreeOnBundles(varying, cuts, frequent, occupied, collective);
  const implicitState = Uint32Array.from({ length: featureCount }, (_, f) => binCountOf(cuts, f));
  for (const f of candidates) if (isConstant(f)) implicitState[f] = frequent[f];
  for (const members of bundles) {
    if (members.length > 1) for (const f of members) implicitState[f] = frequent[f];
  }
  const isCandidate = new Set(candidates);
  const columns = Array.from(presentCounts.keys())
    .filter((f) => presentCounts[f] > 0 && !isCandidate.has(f))
    .map((f) => [f]);
  columns.push(...bundles);
  columns.sort((a, b) => Math.min(...a) - Math.min(...b));
  return { columns, implicitState, presentCounts, rowCount };
}

/** Present values per feature, and rows, on all peers together. */
type AllRows = Pick<Bundling, "presentCounts" | "rowCount">;

/** The first peer's sample decides which state of a feature is left out; -1 for none. */
async function agreeOnStates(
  data: DMatrix,
  cuts: Cuts,
  all: AllRows,
  isEnabled: boolean,
  collective: Collective,
): Promise<number[]> {
  const { featureCount } = data;
  // One more than the state, so that the zeros of the other peers add nothing.
  const states = new Float64Array(featureCount);
  if (isEnabled && collective.rank === 0) {
    frequentStates(data, cuts, all).forEach((state, f) => {
      states[f] = state + 1;
    });
  }
  await collective.allReduceSum(states);
  return Array.from(states, (state) => state - 1);
}

/**
 * Groups features greedily into bundles: the first peer by its rows; the others tell which features collide
 * in theirs, and those get a column of their own.
 */
async function agreeOnBundles(
  features: readonly number[],
  cuts: Cuts,
  frequent: readonly number[],
  occupied: (feature: number) => Uint32Array,
  collective: Collective,
): Promise<number[][]> {
  const featureCount = frequent.length;
  const bundleOf = new Float64Array(featureCount);
  if (collective.rank === 0) {
    groupDisjoint(features, cuts, frequent, occupied).forEach((members, b) => {
      for (const f of members) bundleOf[f] = b + 1;
    });
  }
  await collective.allReduceSum(bundleOf);
  const collides = new Float64Array(featureCount);
  const bundles: number[][] = [];
  for (const f of features) {
    bundles[bundleOf[f] - 1] ??= [];
    bundles[bundleOf[f] - 1].push(f);
  }
  if (collective.worldSize > 1) {
    for (const members of bundles) markCollisions(members, occupied, collides);
    await collective.allReduceMax(collides);
  }
  const evicted = features.filter((f) => collides[f] > 0);
  const kept = bundles.map((members) => members.filter((f) => collides[f] === 0));
  return [...kept.filter((members) => members.length > 0), ...evicted.map((f) => [f])];
}

function groupDisjoint(
  features: readonly number[],
  cuts: Cuts,
  frequent: readonly number[],
  occupied: (feature: number) => Uint32Array,
): number[][] {
  const bundles: { members: number[]; slots: number; rows: Uint32Array }[] = [];
  for (const f of features) {
    const rows = occupied(f);
    const slots = binCountOf(cuts, f) - (frequent[f] < binCountOf(cuts, f) ? 1 : 0);
    const fit = bundles
      .slice(-MAX_TRIES)
      .find((bundle) => bundle.slots + slots <= MAX_SLOTS && areDisjoint(bundle.rows, rows));
    if (fit) {
      fit.members.push(f);
      fit.slots += slots;
      for (let i = 0; i < rows.length; i++) fit.rows[i] |= rows[i];
    } else {
      bundles.push({ members: [f], slots: 1 + slots, rows: rows.slice() });
    }
  }
  return bundles.map(({ members }) => members);
}

/** Sets `collides` for members that share a row with one before them. */
function markCollisions(
  members: readonly number[],
  occupied: (feature: number) => Uint32Array,
  collides: Float64Array,
): void {
  const rows = occupied(members[0]).slice();
  for (const f of members.slice(1)) {
    const own = occupied(f);
    if (!areDisjoint(rows, own)) collides[f] = 1;
    else for (let i = 0; i < rows.length; i++) rows[i] |= own[i];
  }
}

function binCountOf(cuts: Cuts, f: number): number {
  return cuts.offsets[f + 1] - cuts.offsets[f];
}

/**
 * The most frequent state of each feature in an even sample of rows; -1 where it is not frequent enough,
 * or is a bin although values are missing (only one state can be left out).
 */
function frequentStates(
  data: DMatrix,
  cuts: Cuts,
  { presentCounts, rowCount: totalRowCount }: AllRows,
): Int32Array {
  const { rowCount, featureCount, features } = data;
  const step = Math.max(1, Math.floor(rowCount / SAMPLE_ROWS));
  const counts = new Uint32Array(cuts.values.length + featureCount);
  const scratch = new Float32Array(featureCount);
  let sampled = 0;
  for (let row = 0; row < rowCount; row += step, sampled++) {
    const values = features.readRows(row, row + 1, scratch);
    for (let f = 0; f < featureCount; f++) counts[cuts.offsets[f] + f + stateOf(cuts, f, values[f])]++;
  }
  return Int32Array.from({ length: featureCount }, (_, f) => {
    const states = counts.subarray(cuts.offsets[f] + f, cuts.offsets[f + 1] + f + 1);
    const state = states.indexOf(states.reduce((max, n) => Math.max(max, n), 0));
    const isBin = state < states.length - 1;
    if (sampled === 0 || (isBin && presentCounts[f] < totalRowCount)) return -1;
    return sampled - states[state] <= MAX_DENSITY * sampled ? state : -1;
  });
}

/** For each candidate the set of rows, as bits, in which it is not in its frequent state. */
function occupiedRows(
  data: DMatrix,
  cuts: Cuts,
  candidates: readonly number[],
  frequent: readonly number[],
): (feature: number) => Uint32Array {
  const { rowCount, featureCount, features } = data;
  const words = (rowCount + 31) >>> 5;
  if (features.isSparse) return sparseOccupiedRows(features as SparseFeatures, cuts, frequent, words);
  if (features instanceof BinnedFeatures) return binnedOccupiedRows(features, frequent, words);
  const sets = new Map(candidates.map((f) => [f, new Uint32Array(words)]));
  const finders = new Map(candidates.map((f) => [f, new BinFinder(cuts, f)]));
  const scratch = new Float32Array(BLOCK_ROWS * featureCount);
  for (let begin = 0; begin < rowCount; begin += BLOCK_ROWS) {
    const end = Math.min(begin + BLOCK_ROWS, rowCount);
    const block = features.readRows(begin, end, scratch);
    for (const [f, set] of sets) {
      const finder = finders.get(f)!;
      const usual = frequent[f];
      for (let row = begin, k = f; row < end; row++, k += featureCount) {
        if (finder.state(block[k]) !== usual) set[row >>> 5] |= 1 << (row & 31);
      }
    }
  }
  return (f) => sets.get(f)!;
}

/** The same from features that are bins already, a set built when it is asked for. */
function binnedOccupiedRows(
  { states, rowCount }: BinnedFeatures,
  frequent: readonly number[],
  words: number,
): (feature: number) => Uint32Array {
  return (f) => {
    const own = states[f];
    const usual = frequent[f];
    const set = new Uint32Array(words);
    for (let row = 0; row < rowCount; row++) if (own[row] !== usual) set[row >>> 5] |= 1 << (row & 31);
    return set;
  };
}

/** The same from sparse rows: transposed once, a set built when it is asked for. */
function sparseOccupiedRows(
  features: SparseFeatures,
  cuts: Cuts,
  frequent: readonly number[],
  words: number,
): (feature: number) => Uint32Array {
  const { offsets, indices, values, rowCount, featureCount } = features;
  const begins = new Float64Array(featureCount + 1);
  for (const f of indices) begins[f + 1]++;
  for (let f = 0; f < featureCount; f++) begins[f + 1] += begins[f];
  const rows = new Uint32Array(indices.length);
  const entries = new Float32Array(indices.length);
  const next = begins.slice();
  for (let row = 0; row < rowCount; row++) {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      const at = next[indices[i]]++;
      rows[at] = row;
      entries[at] = values[i];
    }
  }
  return (f) => {
    const missing = binCountOf(cuts, f);
    const set = new Uint32Array(words);
    for (let i = begins[f]; i < begins[f + 1]; i++) {
      const state = stateOf(cuts, f, entries[i]);
      if (state !== frequent[f] && state !== missing) set[rows[i] >>> 5] |= 1 << (rows[i] & 31);
    }
    return set;
  };
}

function areDisjoint(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if ((a[i] & b[i]) !== 0) return false;
  return true;
}

function countBits(set: Uint32Array): number {
  let count = 0;
  for (let word of set) {
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
