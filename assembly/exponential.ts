// The exponential of float32 values, two at a time, and the softmax over groups that is made of it.

import { demote, promoteHigh } from "./lanes";

// A constant vector takes several instructions to make, in every round of a loop; a load takes one. So the
// constants of the exponential lie in memory, behind its table: see src/kernel/wasm/gradient-constants.ts.
export const STEPS_PER_UNIT: usize = 256;
export const ROUND_TO_INTEGER: usize = 264;
export const CUBIC: usize = 272;
export const SQUARE: usize = 280;
export const LINEAR: usize = 288;
export const ONE_DOUBLE: usize = 296;
export const LEAST_EXPONENT: usize = 304;
export const LARGEST_EXPONENT: usize = 308;
export const LEAST_HESSIAN: usize = 312;
export const ONE: usize = 316;

/**
 * e^x of two float32 values given as doubles in [-700, 700]. `table` holds the bits of 2^(i/32) less
 * i * 2^47, so that adding k * 2^47 gives those of 2^(k/32).
 */
// @ts-expect-error: decorator
@inline
export function exp2Lanes(x: v128, table: usize): v128 {
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

/**
 * Of four rows: e to the power of each group's margin less the largest one, which is `least` at least,
 * written to `powers`. Returns their sums.
 */
// @ts-expect-error: decorator
@inline
export function exponentials(
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

/** Where margins are read and their softmax is written, apart from them; strides are bytes between groups. */
// @ts-expect-error: decorator
@unmanaged
class SoftmaxJob {
  margins: usize;
  marginStride: usize;
  target: usize;
  targetStride: usize;
  groupCount: i32;
  /** Room for 4 * groupCount float32. */
  powers: usize;
  table: usize;
}

/** The softmax over groups of `count` >= 4 rows, four at a time; the last four may overlap those before. */
export function softmaxRows(job: SoftmaxJob, count: i32): void {
  const groupCount = job.groupCount;
  const powers = job.powers;
  for (let at = 0; at < count; at += 4) {
    const row = (<usize>min(at, count - 4)) << 2;
    const first = job.margins + row;
    const sum = exponentials(first, job.marginStride, groupCount, v128.load(first), powers, job.table);
    let p = job.target + row;
    let q = powers;
    for (let group = 0; group < groupCount; group++, p += job.targetStride, q += 16) {
      v128.store(p, f32x4.div(v128.load(q), sum));
    }
  }
}
