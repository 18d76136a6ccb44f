// Weights and gains as section 4.2 of XGBoost's rules states them, one formula after the other and
// without the engine's short path: sums in float64, the weight and each gain rounded to float32.

import type { TreeParameters } from "../../src/tree/tree-parameters.ts";

const fround = Math.fround;

/** A sum of gradients and hessians. */
export interface Sums {
  readonly grad: number;
  readonly hess: number;
}

/** The bounds that monotone constraints put on the weights of a node. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

export const unbounded: Bounds = { lower: -Infinity, upper: Infinity };

export function addSums(a: Sums, b: Sums): Sums {
  return { grad: a.grad + b.grad, hess: a.hess + b.hess };
}

export function subtractSums(a: Sums, b: Sums): Sums {
  return { grad: a.grad - b.grad, hess: a.hess - b.hess };
}

export function naiveWeight(sums: Sums, parameters: TreeParameters, bounds: Bounds): number {
  let weight = 0;
  if (sums.hess > 0) {
    const alpha = fround(parameters.alpha);
    const shrunk = sums.grad > alpha ? sums.grad - alpha : sums.grad < -alpha ? sums.grad + alpha : 0;
    weight = -shrunk / (sums.hess + fround(parameters.lambda));
    const limit = fround(parameters.maxDeltaStep);
    if (limit > 0) weight = clamp(weight, -limit, limit);
  }
  return clamp(fround(weight), bounds.lower, bounds.upper);
}

/** By comparison, so that the sign of a zero within the bounds stays. */
function clamp(x: number, lower: number, upper: number): number {
  if (x < lower) return lower;
  if (x > upper) return upper;
  return x;
}

export function naiveGain(sums: Sums, weight: number, parameters: TreeParameters): number {
  if (!(sums.hess > 0)) return 0;
  const square = fround(weight * weight);
  const penalty = 2 * fround(parameters.alpha) * Math.abs(weight);
  return fround(-(2 * sums.grad * weight + (sums.hess + fround(parameters.lambda)) * square + penalty));
}

/** The gain of two children together; -Infinity where a rule forbids the split. */
export function naiveSplitGain(
  feature: number,
  left: Sums,
  right: Sums,
  parameters: TreeParameters,
  bounds: Bounds,
): number {
  const least = fround(parameters.minChildWeight);
  for (const { hess } of [left, right]) if (!(hess > 0) || hess < least) return -Infinity;
  const leftWeight = naiveWeight(left, parameters, bounds);
  const rightWeight = naiveWeight(right, parameters, bounds);
  const direction = parameters.monotoneConstraints?.[feature] ?? 0;
  if (direction * (rightWeight - leftWeight) < 0) return -Infinity;
  return fround(naiveGain(left, leftWeight, parameters) + naiveGain(right, rightWeight, parameters));
}
