// Gradient pairs of the objectives that have a kernel, four rows at a time, and their largest magnitudes.

import { demote, promoteHigh } from "./lanes";
import { exp2Lanes, exponentials, LARGEST_EXPONENT, LEAST_EXPONENT, LEAST_HESSIAN, ONE } from "./exponential";

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

/** What the gradients of a training are made from, the same for all its ranges of rows. */
// @ts-expect-error: decorator
@unmanaged
class GradientJob {
  margins: usize;
  labels: usize;
  /** 0 when all rows weigh 1. */
  weights: usize;
  gradients: usize;
  rowCount: i32;
  groupCount: i32;
  /** Room for 4 * groupCount float32. */
  powers: usize;
  /** See exponential.ts. */
  table: usize;
  maxima: usize;
}

/**
 * Gradient pairs of multi:softprob for rows [begin, end), end - begin >= 4, and their largest magnitudes.
 * Works on four rows at a time; the last four may overlap those before.
 */
export function softmaxGradients(job: GradientJob, begin: i32, end: i32): void {
  const margins = job.margins;
  const labels = job.labels;
  const weights = job.weights;
  const gradients = job.gradients;
  const table = job.table;
  const powers = job.powers;
  const groupCount = job.groupCount;
  const marginStride = (<usize>job.rowCount) << 2;
  const pairStride = (<usize>job.rowCount) << 3;
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
  raiseMaxima(job.maxima, maxGrad, maxHess);
}

/** As softmaxGradients, of binary:logistic; the weight of rows with label 1 is multiplied by scalePosWeight. */
export function logisticGradients(job: GradientJob, begin: i32, end: i32, scalePosWeight: f32): void {
  const margins = job.margins;
  const labels = job.labels;
  const weights = job.weights;
  const gradients = job.gradients;
  const table = job.table;
  const one = v128.load32_splat(table, ONE);
  let maxGrad = f32x4.splat(0);
  let maxHess = f32x4.splat(0);
  for (let at = begin; at < end; at += 4) {
    const row = <usize>min(at, end - 4);
    const margin = v128.load(margins + (row << 2));
    const label = v128.load(labels + (row << 2));
    const x = f32x4.pmax(
      f32x4.pmin(f32x4.neg(margin), v128.load32_splat(table, LARGEST_EXPONENT)),
      v128.load32_splat(table, LEAST_EXPONENT),
    );
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
  raiseMaxima(job.maxima, maxGrad, maxHess);
}
