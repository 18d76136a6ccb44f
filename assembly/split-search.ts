// The best split over the bins of one numeric feature; the twin is findNumericSplit in src/tree/split.ts.

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

/** What a search knows of its node and of the splits found before, and where it leaves what it finds. */
// @ts-expect-error: decorator
@unmanaged
class Search {
  sumGrad: f64;
  sumHess: f64;
  rootGain: f64;
  lambda: f64;
  minChildWeight: f64;
  gain: f64;
  leftGrad: f64;
  leftHess: f64;
  rightGrad: f64;
  rightHess: f64;
}

/**
 * The best split over the bins of one numeric feature, if it is better than `search.gain`.
 *
 * @returns -1 for none; bin i of the forward scan as i, of the backward scan as binCount + i; gain and sums of
 *   both sides are in `search` then
 */
export function findNumericSplit(search: Search, bins: usize, binCount: i32): i32 {
  const total = v128.load(changetype<usize>(search), offsetof<Search>("sumGrad"));
  const rootGain = <f32>search.rootGain;
  const lambda = f64x2.splat(search.lambda);
  const minChildWeight = f64x2.splat(search.minChildWeight);
  const zero = f64x2.splat(0);
  let bestGain = <f32>search.gain;
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
    search.gain = <f64>bestGain;
    v128.store(changetype<usize>(search), bestSide, offsetof<Search>("leftGrad"));
    v128.store(changetype<usize>(search), f64x2.sub(total, bestSide), offsetof<Search>("rightGrad"));
  }
  return found;
}
