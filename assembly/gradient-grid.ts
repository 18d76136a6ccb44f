// The grid of gradient pairs on which all sums are exact (src/core/exact-sum.ts).

import { demote, promoteHigh } from "./lanes";

/**
 * Adds `count` pairs, rounded to the grids of the two magic numbers at `magics`, to `sums` = (sumGrad, sumHess)
 * and their magnitudes to `magnitudes`.
 */
export function measureGradients(
  gradients: usize,
  count: i32,
  magics: usize,
  sums: usize,
  magnitudes: usize,
): void {
  const magic = v128.load(magics);
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
 * Rounds `count` pairs in place to the grids of the two magic numbers at `magics` and adds them to `sums` =
 * (sumGrad, sumHess). A positive hessian becomes one step at least, see src/kernel/grow/gradient.ts.
 */
export function roundGradients(gradients: usize, count: i32, magics: usize, sums: usize): void {
  const magic = v128.load(magics);
  const hessMagic = load<f64>(magics, 8);
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
