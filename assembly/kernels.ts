// The kernels in AssemblyScript, compiled to WebAssembly with SIMD. Each has a TypeScript twin in
// src/kernel or src/objective that gives the same bytes. Pointers are byte addresses; bounds are the
// caller's duty; nothing is allocated.

// ---- histograms -------------------------------------------------------------------------------

/**
 * Adds `count` rows, whose numbers are at `rows`, to the histogram: the rows of a sparse table, each a list
 * of slots that begins and ends where `offsets` says.
 */
export function addListedRows(
  rows: usize,
  count: i32,
  offsets: usize,
  slots: usize,
  gradients: usize,
  histogram: usize,
): void {
  const end = rows + ((<usize>count) << 2);
  for (; rows < end; rows += 4) {
    const row = <usize>load<u32>(rows);
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(gradients + (row << 3)));
    const bounds = offsets + (row << 2);
    const listEnd = slots + ((<usize>load<u32>(bounds, 4)) << 2);
    for (let p = slots + ((<usize>load<u32>(bounds)) << 2); p < listEnd; p += 4) {
      const at = histogram + ((<usize>load<u32>(p)) << 4);
      v128.store(at, f64x2.add(v128.load(at), pair));
    }
  }
}

/** target += source, `count` (sumGrad, sumHess) pairs. */
export function addHistogram(target: usize, source: usize, count: i32): void {
  const end = target + ((<usize>count) << 4);
  while (target < end) {
    v128.store(target, f64x2.add(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
}

/** target -= source, `count` pairs. */
export function subtractHistogram(target: usize, source: usize, count: i32): void {
  const end = target + ((<usize>count) << 4);
  while (target < end) {
    v128.store(target, f64x2.sub(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
}

// ---- partition --------------------------------------------------------------------------------

// The bins' width is a compile-time choice so that the loop has no branch on it.
// @ts-expect-error: decorator
@inline
function goesLeft<T>(column: usize, row: u32, table: usize): u32 {
  const bin = <usize>load<T>(column + (<usize>row) * sizeof<T>());
  return load<u8>(table + bin);
}

// As many rows have gone to one side as have not gone to the other, so the place of one side tells the other's.
// Four rows are loaded before any is stored: what is stored never lies behind them.

// @ts-expect-error: decorator
@inline
function partition<T>(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  let left = rows;
  let p = rows;
  const end = rows + ((<usize>count) << 2);
  const endOfFours = rows + ((<usize>(count & ~3)) << 2);
  for (; p < endOfFours; p += 16) {
    const row0 = load<u32>(p);
    const row1 = load<u32>(p, 4);
    const row2 = load<u32>(p, 8);
    const row3 = load<u32>(p, 12);
    const sides = scratch + p;
    store<u32>(left, row0);
    store<u32>(sides - left, row0);
    left += <usize>(goesLeft<T>(column, row0, table) << 2);
    store<u32>(left, row1);
    store<u32>(sides - left, row1, 4);
    left += <usize>(goesLeft<T>(column, row1, table) << 2);
    store<u32>(left, row2);
    store<u32>(sides - left, row2, 8);
    left += <usize>(goesLeft<T>(column, row2, table) << 2);
    store<u32>(left, row3);
    store<u32>(sides - left, row3, 12);
    left += <usize>(goesLeft<T>(column, row3, table) << 2);
  }
  for (; p < end; p += 4) {
    const row = load<u32>(p);
    store<u32>(left, row);
    store<u32>(scratch + p - left, row);
    left += <usize>(goesLeft<T>(column, row, table) << 2);
  }
  memory.copy(left, scratch, end - left);
  return <i32>((left - rows) >> 2);
}

/** Rows going left first, in place, both sides in order; returns how many go left. */
export function partitionRows8(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  return partition<u8>(rows, count, column, table, scratch);
}

export function partitionRows16(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  return partition<u16>(rows, count, column, table, scratch);
}

export function partitionRows32(rows: usize, count: i32, column: usize, table: usize, scratch: usize): i32 {
  return partition<u32>(rows, count, column, table, scratch);
}

// @ts-expect-error: decorator
@inline
function separate<T>(rows: usize, count: i32, column: usize, table: usize, target: usize): i32 {
  let left = target;
  let right = target + ((<usize>count) << 2) - 4;
  const end = rows + ((<usize>count) << 2);
  for (let p = rows; p < end; p += 4) {
    const row = load<u32>(p);
    const isLeft = goesLeft<T>(column, row, table);
    store<u32>(left, row);
    store<u32>(right, row);
    left += <usize>(isLeft << 2);
    right -= <usize>((1 - isLeft) << 2);
  }
  return <i32>((left - target) >> 2);
}

/** Copies rows to `target`: those going left from its begin on, the others from its end backwards. */
export function separateRows8(rows: usize, count: i32, column: usize, table: usize, target: usize): i32 {
  return separate<u8>(rows, count, column, table, target);
}

export function separateRows16(rows: usize, count: i32, column: usize, table: usize, target: usize): i32 {
  return separate<u16>(rows, count, column, table, target);
}

export function separateRows32(rows: usize, count: i32, column: usize, table: usize, target: usize): i32 {
  return separate<u32>(rows, count, column, table, target);
}

/**
 * Copies `count` separated rows to their places: the first `leftCount` to `left`, the others, which are in
 * reverse order, to `right`.
 */
export function joinRows(source: usize, count: i32, leftCount: i32, left: usize, right: usize): void {
  const leftBytes = (<usize>leftCount) << 2;
  memory.copy(left, source, leftBytes);
  const first = source + leftBytes;
  let p = source + ((<usize>count) << 2);
  while (p >= first + 16) {
    p -= 16;
    const rows = v128.load(p);
    v128.store(right, v128.shuffle<i32>(rows, rows, 3, 2, 1, 0));
    right += 16;
  }
  while (p > first) {
    p -= 4;
    store<u32>(right, load<u32>(p));
    right += 4;
  }
}

// ---- gradients --------------------------------------------------------------------------------

// A constant vector takes several instructions to make, in every round of a loop; a load takes one. So the
// constants of the exponential lie in memory, behind its table: see src/kernel/grow/gradient-constants.ts.
const STEPS_PER_UNIT: usize = 256;
const ROUND_TO_INTEGER: usize = 264;
const CUBIC: usize = 272;
const SQUARE: usize = 280;
const LINEAR: usize = 288;
const ONE_DOUBLE: usize = 296;
const LEAST_EXPONENT: usize = 304;
const LARGEST_EXPONENT: usize = 308;
const LEAST_HESSIAN: usize = 312;
const ONE: usize = 316;

/**
 * e^x of two float32 values given as doubles in [-700, 700]. `table` holds the bits of 2^(i/32) less
 * i * 2^47, so that adding k * 2^47 gives those of 2^(k/32).
 */
// @ts-expect-error: decorator
@inline
function exp2Lanes(x: v128, table: usize): v128 {
  const toInteger = v128.load64_splat(table, ROUND_TO_INTEGER);
  const steps = f64x2.mul(x, v128.load64_splat(table, STEPS_PER_UNIT));
  const shifted = f64x2.add(steps, toInteger);
  const r = f64x2.sub(steps, f64x2.sub(shifted, toInteger));
  const powers = v128.load64_lane(
    table + ((<usize>(i32x4.extract_lane(shifted, 2) & 31)) << 3),
    v128.load64_zero(table + ((<usize>(i32x4.extract_lane(shifted, 0) & 31)) << 3)),
    1,
  );
  const scale = i64x2.add(powers, i64x2.shl(shifted, 47));
  const square = f64x2.mul(r, r);
  const cubic = f64x2.add(f64x2.mul(v128.load64_splat(table, CUBIC), r), v128.load64_splat(table, SQUARE));
  const linear = f64x2.add(
    f64x2.mul(v128.load64_splat(table, LINEAR), r),
    v128.load64_splat(table, ONE_DOUBLE),
  );
  return f64x2.mul(f64x2.add(f64x2.mul(cubic, square), linear), scale);
}

/** Four doubles in two vectors to one vector of float32. */
// @ts-expect-error: decorator
@inline
function demote(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

// @ts-expect-error: decorator
@inline
function promoteHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** Writes four rows' pairs and raises the maxima. */
// @ts-expect-error: decorator
@inline
function storePairs(target: usize, grad: v128, hess: v128): void {
  v128.store(target, v128.shuffle<f32>(grad, hess, 0, 4, 1, 5));
  v128.store(target, v128.shuffle<f32>(grad, hess, 2, 6, 3, 7), 16);
}

// pmax(a, b) is a < b ? b : a, one instruction where max, which heeds NaN and -0, takes eight; a NaN in `a`
// stays. Magnitudes compare as integers, which a NaN in either survives.

/** The larger of `largest` and |x|, which are not negative; NaN when one is. */
// @ts-expect-error: decorator
@inline
function raise(largest: v128, x: v128): v128 {
  return i32x4.max_s(largest, f32x4.abs(x));
}

// @ts-expect-error: decorator
@inline
function largestLane(x: v128): f64 {
  const pair = f32x4.max(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return <f64>max(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
}

// @ts-expect-error: decorator
@inline
function raiseMaxima(maxima: usize, grad: v128, hess: v128): void {
  store<f64>(maxima, max(load<f64>(maxima), largestLane(grad)));
  store<f64>(maxima, max(load<f64>(maxima, 8), largestLane(hess)), 8);
}

const MIN_MARGIN_MAX: f32 = 1.1754943508222875e-38;

/**
 * Of four rows: e to the power of each group's margin less the largest one, which is `least` at least,
 * written to `powers`. Returns their sums.
 */
// @ts-expect-error: decorator
@inline
function exponentials(
  margins: usize,
  stride: usize,
  groupCount: i32,
  least: v128,
  powers: usize,
  table: usize,
): v128 {
  let largest = least;
  let p = margins;
  for (let group = 0; group < groupCount; group++, p += stride) {
    largest = f32x4.pmax(largest, v128.load(p));
  }
  let sumLow = f64x2.splat(0);
  let sumHigh = f64x2.splat(0);
  p = margins;
  let q = powers;
  for (let group = 0; group < groupCount; group++, p += stride, q += 16) {
    // Far below 0 the result is 0 anyway.
    const x = f32x4.pmax(f32x4.sub(v128.load(p), largest), v128.load32_splat(table, LEAST_EXPONENT));
    const power = demote(exp2Lanes(f64x2.promote_low_f32x4(x), table), exp2Lanes(promoteHigh(x), table));
    v128.store(q, power);
    sumLow = f64x2.add(sumLow, f64x2.promote_low_f32x4(power));
    sumHigh = f64x2.add(sumHigh, promoteHigh(power));
  }
  return demote(sumLow, sumHigh);
}

/**
 * Gradient pairs of multi:softprob for rows [begin, end), end - begin >= 4, and their largest magnitudes.
 * Works on four rows at a time; the last four may overlap those before.
 *
 * @param weights 0 when all rows weigh 1
 * @param powers room for 4 * groupCount float32
 */
export function softmaxGradients(
  margins: usize,
  labels: usize,
  weights: usize,
  groupCount: i32,
  rowCount: i32,
  begin: i32,
  end: i32,
  gradients: usize,
  powers: usize,
  table: usize,
  maxima: usize,
): void {
  const marginStride = (<usize>rowCount) << 2;
  const pairStride = (<usize>rowCount) << 3;
  const one = v128.load32_splat(table, ONE);
  let maxGrad = f32x4.splat(0);
  let maxHess = f32x4.splat(0);
  for (let at = begin; at < end; at += 4) {
    const row = <usize>min(at, end - 4);
    const first = margins + (row << 2);
    const least = f32x4.splat(MIN_MARGIN_MAX);
    const sum = exponentials(first, marginStride, groupCount, least, powers, table);
    const label = v128.load(labels + (row << 2));
    const weight = weights ? v128.load(weights + (row << 2)) : one;
    let target = gradients + (row << 3);
    let q = powers;
    for (let group = 0; group < groupCount; group++, target += pairStride, q += 16) {
      const share = f32x4.div(v128.load(q), sum);
      const rest = f32x4.sub(one, share);
      const isLabel = f32x4.eq(label, f32x4.splat(<f32>group));
      const grad = f32x4.mul(v128.bitselect(f32x4.sub(share, one), share, isLabel), weight);
      const curvature = f32x4.mul(f32x4.mul(f32x4.add(share, share), rest), weight);
      const hess = f32x4.pmax(curvature, v128.load32_splat(table, LEAST_HESSIAN));
      maxGrad = raise(maxGrad, grad);
      maxHess = raise(maxHess, hess);
      storePairs(target, grad, hess);
    }
  }
  raiseMaxima(maxima, maxGrad, maxHess);
}

/**
 * The softmax over groups of `count` >= 4 rows, four at a time; the last four may overlap those before.
 *
 * @param stride, targetStride from a group's values to the next one's, in bytes
 * @param target apart from `margins`
 * @param powers room for 4 * groupCount float32
 */
export function softmaxRows(
  margins: usize,
  stride: usize,
  groupCount: i32,
  count: i32,
  target: usize,
  targetStride: usize,
  powers: usize,
  table: usize,
): void {
  for (let at = 0; at < count; at += 4) {
    const row = (<usize>min(at, count - 4)) << 2;
    const first = margins + row;
    const sum = exponentials(first, stride, groupCount, v128.load(first), powers, table);
    let p = target + row;
    let q = powers;
    for (let group = 0; group < groupCount; group++, p += targetStride, q += 16) {
      v128.store(p, f32x4.div(v128.load(q), sum));
    }
  }
}

/** As softmaxGradients, of binary:logistic; the weight of rows with label 1 is multiplied by scalePosWeight. */
export function logisticGradients(
  margins: usize,
  labels: usize,
  weights: usize,
  scalePosWeight: f32,
  begin: i32,
  end: i32,
  gradients: usize,
  table: usize,
  maxima: usize,
): void {
  const one = v128.load32_splat(table, ONE);
  let maxGrad = f32x4.splat(0);
  let maxHess = f32x4.splat(0);
  for (let at = begin; at < end; at += 4) {
    const row = <usize>min(at, end - 4);
    const margin = v128.load(margins + (row << 2));
    const label = v128.load(labels + (row << 2));
    const x = f32x4.pmax(f32x4.pmin(f32x4.neg(margin), v128.load32_splat(table, LARGEST_EXPONENT)), v128.load32_splat(table, LEAST_EXPONENT));
    const power = demote(exp2Lanes(f64x2.promote_low_f32x4(x), table), exp2Lanes(promoteHigh(x), table));
    const share = f32x4.div(one, f32x4.add(power, one));
    let weight = weights ? v128.load(weights + (row << 2)) : one;
    const scaled = f32x4.mul(weight, f32x4.splat(scalePosWeight));
    weight = v128.bitselect(scaled, weight, f32x4.eq(label, one));
    const grad = f32x4.mul(f32x4.sub(share, label), weight);
    const curvature = f32x4.pmax(f32x4.mul(share, f32x4.sub(one, share)), v128.load32_splat(table, LEAST_HESSIAN));
    const hess = f32x4.mul(curvature, weight);
    maxGrad = raise(maxGrad, grad);
    maxHess = raise(maxHess, hess);
    storePairs(gradients + (row << 3), grad, hess);
  }
  raiseMaxima(maxima, maxGrad, maxHess);
}

/**
 * Adds `count` pairs, rounded to the grids of two magic numbers (src/core/exact-sum.ts), to `sums` = (sumGrad,
 * sumHess) and their magnitudes to `magnitudes`.
 */
export function measureGradients(
  gradients: usize,
  count: i32,
  gradMagic: f64,
  hessMagic: f64,
  sums: usize,
  magnitudes: usize,
): void {
  const magic = f64x2.replace_lane(f64x2.splat(gradMagic), 1, hessMagic);
  const end = gradients + ((<usize>count) << 3);
  let sum = v128.load(sums);
  let magnitude = v128.load(magnitudes);
  for (let p = gradients; p < end; p += 8) {
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(p));
    const rounded = f64x2.sub(f64x2.add(pair, magic), magic);
    sum = f64x2.add(sum, rounded);
    magnitude = f64x2.add(magnitude, f64x2.abs(rounded));
  }
  v128.store(sums, sum);
  v128.store(magnitudes, magnitude);
}

/** 2^800: makes every positive float32 larger than any step, and leaves 0 as it is. */
const HUGE: f64 = 6.668014432879854e240;

/** A pair rounded to the grids of two magic numbers, and at least `least` unless it is 0. */
// @ts-expect-error: decorator
@inline
function roundPair(pair: v128, magic: v128, least: v128, huge: v128): v128 {
  const nearest = f64x2.sub(f64x2.add(pair, magic), magic);
  return f64x2.pmax(nearest, f64x2.pmin(f64x2.mul(pair, huge), least));
}

/**
 * Rounds `count` pairs in place to the grids of two magic numbers (src/core/exact-sum.ts) and adds them to
 * `sums` = (sumGrad, sumHess). A positive hessian becomes one step at least, see src/kernel/grow/gradient.ts.
 */
export function roundGradients(gradients: usize, count: i32, gradMagic: f64, hessMagic: f64, sums: usize): void {
  const magic = f64x2.replace_lane(f64x2.splat(gradMagic), 1, hessMagic);
  // The zero keeps the compiler from seeing a constant, which it would make anew for every pair.
  const huge = f64x2.splat(HUGE + hessMagic * 0);
  // Of the gradient nothing is kept above -Infinity; of a hessian 0 or the step, 2^-52 / 1.5 of the magic.
  const least = f64x2.replace_lane(f64x2.splat(-Infinity), 1, hessMagic / 6755399441055744.0);
  const end = gradients + ((<usize>count) << 3);
  const endOfTwos = end - ((<usize>(count & 1)) << 3);
  let sum = v128.load(sums);
  let otherSum = f64x2.splat(0);
  let p = gradients;
  for (; p < endOfTwos; p += 16) {
    const pairs = v128.load(p);
    const first = roundPair(f64x2.promote_low_f32x4(pairs), magic, least, huge);
    const second = roundPair(promoteHigh(pairs), magic, least, huge);
    sum = f64x2.add(sum, first);
    otherSum = f64x2.add(otherSum, second);
    v128.store(p, demote(first, second));
  }
  if (p < end) {
    const rounded = roundPair(f64x2.promote_low_f32x4(v128.load64_zero(p)), magic, least, huge);
    sum = f64x2.add(sum, rounded);
    v128.store64_lane(p, f32x4.demote_f64x2_zero(rounded), 0);
  }
  v128.store(sums, f64x2.add(sum, otherSum));
}

/** Writes the numbers begin, begin + 1, .. of `count` rows. */
export function numberRows(rows: usize, count: i32, begin: i32): void {
  const end = rows + ((<usize>count) << 2);
  const endOfFours = rows + ((<usize>(count & ~3)) << 2);
  let row = begin;
  for (; rows < endOfFours; rows += 16, row += 4) {
    v128.store(rows, i32x4.add(i32x4.splat(row), i32x4(0, 1, 2, 3)));
  }
  for (; rows < end; rows += 4, row++) store<i32>(rows, row);
}

/** Adds `value` to the margins of `count` rows. */
export function addToMargins(margins: usize, rows: usize, count: i32, value: f32): void {
  const end = rows + ((<usize>count) << 2);
  for (; rows < end; rows += 4) {
    const p = margins + ((<usize>load<u32>(rows)) << 2);
    store<f32>(p, load<f32>(p) + value);
  }
}

// ---- split search -----------------------------------------------------------------------------

/** (first of a, first of b). */
// @ts-expect-error: decorator
@inline
function firsts(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2);
}

/** (second of a, second of b). */
// @ts-expect-error: decorator
@inline
function seconds(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3);
}

/**
 * The gain of a split without L1 term, weight limit and constraints: both children in the two lanes, with
 * XGBoost's roundings to float32; -Infinity when a child is too light.
 */
// @ts-expect-error: decorator
@inline
function plainGain(side: v128, other: v128, lambda: v128, minChildWeight: v128): f32 {
  const grad = firsts(side, other);
  const hess = seconds(side, other);
  const isHeavy = v128.and(f64x2.gt(hess, f64x2.splat(0)), f64x2.ge(hess, minChildWeight));
  if (!i64x2.all_true(isHeavy)) return -Infinity;
  const cover = f64x2.add(hess, lambda);
  const weight32 = f32x4.demote_f64x2_zero(f64x2.neg(f64x2.div(grad, cover)));
  const weight = f64x2.promote_low_f32x4(weight32);
  const square = f64x2.promote_low_f32x4(f32x4.mul(weight32, weight32));
  const loss = f64x2.add(f64x2.mul(f64x2.add(grad, grad), weight), f64x2.mul(cover, square));
  const gains = f32x4.demote_f64x2_zero(f64x2.neg(loss));
  return f32x4.extract_lane(gains, 0) + f32x4.extract_lane(gains, 1);
}

/**
 * The best split over the bins of one numeric feature; see findNumericSplit in src/tree/split.ts.
 *
 * @param sums the node's (sumGrad, sumHess)
 * @param out receives gain and the sums of left and right: 5 doubles
 * @returns -1 for none better than bestGain; bin i of the forward scan as i, of the backward scan as
 *   binCount + i
 */
export function findNumericSplit(
  bins: usize,
  binCount: i32,
  sums: usize,
  rootGain: f32,
  lambdaValue: f64,
  minChildWeightValue: f64,
  bestGain: f32,
  out: usize,
): i32 {
  const total = v128.load(sums);
  const lambda = f64x2.splat(lambdaValue);
  const minChildWeight = f64x2.splat(minChildWeightValue);
  const zero = f64x2.splat(0);
  let found = -1;
  let bestSide = zero;
  let side = zero;
  for (let i = 0; i < binCount; i++) {
    const bin = v128.load(bins + ((<usize>i) << 4));
    // An empty bin repeats the candidate before it.
    if (!v128.any_true(bin)) continue;
    side = f64x2.add(side, bin);
    const change = plainGain(side, f64x2.sub(total, side), lambda, minChildWeight) - rootGain;
    if (change > bestGain && change !== Infinity) {
      bestGain = change;
      bestSide = side;
      found = i;
    }
  }
  if (!i64x2.all_true(f64x2.eq(side, total))) {
    side = zero;
    for (let i = binCount - 1; i >= 0; i--) {
      const bin = v128.load(bins + ((<usize>i) << 4));
      if (!v128.any_true(bin)) continue;
      side = f64x2.add(side, bin);
      // XGBoost parity: the left child comes first in the sum of gains; the order does not change it.
      const change = plainGain(f64x2.sub(total, side), side, lambda, minChildWeight) - rootGain;
      if (change > bestGain && change !== Infinity) {
        bestGain = change;
        bestSide = f64x2.sub(total, side);
        found = binCount + i;
      }
    }
  }
  if (found >= 0) {
    store<f64>(out, <f64>bestGain);
    v128.store(out, bestSide, 8);
    v128.store(out, f64x2.sub(total, bestSide), 24);
  }
  return found;
}

// ---- prediction -------------------------------------------------------------------------------
//
// A tree as a perfect binary tree in preorder, four bytes a node: the low byte is the split as a signed
// rank, the rest the place of the split's column. A column is one signed rank per row; a row goes left when
// its rank is smaller. Sixteen rows are compared at once, with every node of the tree: no branches, no
// dependent loads. See src/kernel/predict/rank-forest.ts.

/** All ones in the bytes of rows that go left at the node. */
// @ts-ignore: decorator
@inline
function leftMask(node: usize, rows: usize): v128 {
  const place = load<u32>(node) & 0xffffff00;
  return i8x16.lt_s(v128.load(rows + <usize>place), v128.load8_splat(node));
}

/** The numbers of the leaves below a node of the last level, whose left leaf is `leaf`. */
// @ts-ignore: decorator
@inline
function leaves1(node: usize, rows: usize, leaf: u32): v128 {
  return i8x16.add(i8x16.splat(<i8>(leaf + 1)), leftMask(node, rows));
}

// @ts-ignore: decorator
@inline
function leaves2(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves1(node + 4, rows, leaf),
    leaves1(node + 8, rows, leaf + 2),
    leftMask(node, rows),
  );
}

// @ts-ignore: decorator
@inline
function leaves3(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves2(node + 4, rows, leaf),
    leaves2(node + 16, rows, leaf + 4),
    leftMask(node, rows),
  );
}

function leaves4(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves3(node + 4, rows, leaf),
    leaves3(node + 32, rows, leaf + 8),
    leftMask(node, rows),
  );
}

function leaves5(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves4(node + 4, rows, leaf),
    leaves4(node + 64, rows, leaf + 16),
    leftMask(node, rows),
  );
}

function leaves6(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves5(node + 4, rows, leaf),
    leaves5(node + 128, rows, leaf + 32),
    leftMask(node, rows),
  );
}

function leaves7(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves6(node + 4, rows, leaf),
    leaves6(node + 256, rows, leaf + 64),
    leftMask(node, rows),
  );
}

function leaves8(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves7(node + 4, rows, leaf),
    leaves7(node + 512, rows, leaf + 128),
    leftMask(node, rows),
  );
}

// @ts-ignore: decorator
@inline
function leavesOf(depth: i32, nodes: usize, rows: usize): v128 {
  switch (depth) {
    case 1: return leaves1(nodes, rows, 0);
    case 2: return leaves2(nodes, rows, 0);
    case 3: return leaves3(nodes, rows, 0);
    case 4: return leaves4(nodes, rows, 0);
    case 5: return leaves5(nodes, rows, 0);
    case 6: return leaves6(nodes, rows, 0);
    case 7: return leaves7(nodes, rows, 0);
    default: return leaves8(nodes, rows, 0);
  }
}

/** The leaf values of four rows, whose leaves are bytes `first` to `first + 3` of the vector. */
// @ts-ignore: decorator
@inline
function leafValues(values: usize, a: u32, b: u32, c: u32, d: u32): v128 {
  let found = v128.load32_zero(values + (<usize>a << 2));
  found = v128.load32_lane(values + (<usize>b << 2), found, 1);
  found = v128.load32_lane(values + (<usize>c << 2), found, 2);
  return v128.load32_lane(values + (<usize>d << 2), found, 3);
}

// @ts-ignore: decorator
@inline
function addLeafValues(margins: usize, values: v128): void {
  v128.store(margins, f32x4.add(v128.load(margins), values));
}

/**
 * Adds the leaf values of one tree to the margins of rows, sixteen at a time.
 *
 * @param depth of the perfect tree, in [1, 8]
 * @param values of the 2^depth leaves
 * @param columns rank columns; that of row r at the column's place + r
 * @param rowCount a multiple of 16
 */
export function addRankedTree(
  depth: i32,
  nodes: usize,
  values: usize,
  columns: usize,
  rowCount: i32,
  margins: usize,
): void {
  const end = columns + <usize>rowCount;
  for (let rows = columns; rows < end; rows += 16, margins += 64) {
    const leaf = leavesOf(depth, nodes, rows);
    addLeafValues(
      margins,
      leafValues(
        values,
        i8x16.extract_lane_u(leaf, 0),
        i8x16.extract_lane_u(leaf, 1),
        i8x16.extract_lane_u(leaf, 2),
        i8x16.extract_lane_u(leaf, 3),
      ),
    );
    addLeafValues(
      margins + 16,
      leafValues(
        values,
        i8x16.extract_lane_u(leaf, 4),
        i8x16.extract_lane_u(leaf, 5),
        i8x16.extract_lane_u(leaf, 6),
        i8x16.extract_lane_u(leaf, 7),
      ),
    );
    addLeafValues(
      margins + 32,
      leafValues(
        values,
        i8x16.extract_lane_u(leaf, 8),
        i8x16.extract_lane_u(leaf, 9),
        i8x16.extract_lane_u(leaf, 10),
        i8x16.extract_lane_u(leaf, 11),
      ),
    );
    addLeafValues(
      margins + 48,
      leafValues(
        values,
        i8x16.extract_lane_u(leaf, 12),
        i8x16.extract_lane_u(leaf, 13),
        i8x16.extract_lane_u(leaf, 14),
        i8x16.extract_lane_u(leaf, 15),
      ),
    );
  }
}
