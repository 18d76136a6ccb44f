// The weight of a leaf and the gain of a split (Chen & Guestrin 2016, eq. 5 and 7, arXiv:1603.02754), in
// the arithmetic of XGBoost 3.4: sums in float64, weights and gains rounded to float32.

import type { TreeParameters } from "./tree-parameters.ts";

const fround = Math.fround;
/** XGBoost parity: the bounds of an unconstrained node are the largest float32 values, not infinity. */
export const MAX_FLOAT: number = 3.4028234663852886e38;

/** What a node's splits are judged by. */
export interface SplitBounds {
  readonly sumGrad: number;
  readonly sumHess: number;
  /** Bounds of the children's weights. */
  readonly lower: number;
  readonly upper: number;
}

/** Weights and gains under fixed regularisation. */
export class GainEvaluator {
  readonly lambda: number;
  readonly minChildWeight: number;
  /** No L1 term, no limit on weights, no monotone constraint: the usual case has a short path. */
  readonly isPlain: boolean;
  readonly #alpha: number;
  readonly #maxDeltaStep: number;
  readonly #monotone: Int8Array | undefined;

  constructor(parameters: TreeParameters) {
    this.lambda = fround(parameters.lambda);
    this.minChildWeight = fround(parameters.minChildWeight);
    this.#alpha = fround(parameters.alpha);
    this.#maxDeltaStep = fround(parameters.maxDeltaStep);
    const monotone = parameters.monotoneConstraints;
    this.#monotone = monotone?.some((c) => c !== 0) ? monotone : undefined;
    this.isPlain = this.#alpha === 0 && this.#maxDeltaStep === 0 && this.#monotone === undefined;
  }

  get hasMonotone(): boolean {
    return this.#monotone !== undefined;
  }

  monotoneOf(feature: number): number {
    return this.#monotone === undefined ? 0 : this.#monotone[feature];
  }

  /** The optimal leaf weight, float32, within the node's bounds when monotone constraints are active. */
  weight(sumGrad: number, sumHess: number, lower: number, upper: number): number {
    let weight = 0;
    if (sumHess > 0) {
      weight = -thresholdL1(sumGrad, this.#alpha) / (sumHess + this.lambda);
      const limit = this.#maxDeltaStep;
      if (limit !== 0 && Math.abs(weight) > limit) weight = weight < 0 ? -limit : limit;
      weight = fround(weight);
    }
    if (this.#monotone !== undefined) {
      if (weight < lower) return lower;
      if (weight > upper) return upper;
    }
    return weight;
  }

  /** XGBoost parity: CalcGainGivenWeight of 3.4, with w squared in float32 and the rest in float64. */
  gain(sumGrad: number, sumHess: number, weight: number): number {
    if (!(sumHess > 0)) return 0;
    const square = fround(weight * weight);
    return fround(
      -(2 * sumGrad * weight + (sumHess + this.lambda) * square + 2 * this.#alpha * Math.abs(weight)),
    );
  }

  /**
   * Gain of the two children of a node together; -Infinity when the split is not allowed. The right child has
   * what the left one leaves of the node's sums, exactly, since all sums are exact (core/exact-sum.ts).
   */
  splitGain(node: SplitBounds, feature: number, leftGrad: number, leftHess: number): number {
    const rightGrad = node.sumGrad - leftGrad;
    const rightHess = node.sumHess - leftHess;
    const least = this.minChildWeight;
    if (!(leftHess > 0 && rightHess > 0 && leftHess >= least && rightHess >= least)) return -Infinity;
    if (this.isPlain) {
      const leftCover = leftHess + this.lambda;
      const rightCover = rightHess + this.lambda;
      const leftWeight = fround(-leftGrad / leftCover);
      const rightWeight = fround(-rightGrad / rightCover);
      return fround(
        fround(-(2 * leftGrad * leftWeight + leftCover * fround(leftWeight * leftWeight))) +
          fround(-(2 * rightGrad * rightWeight + rightCover * fround(rightWeight * rightWeight))),
      );
    }
    const { lower, upper } = node;
    const leftWeight = this.weight(leftGrad, leftHess, lower, upper);
    const rightWeight = this.weight(rightGrad, rightHess, lower, upper);
    const direction = this.monotoneOf(feature);
    if (direction > 0 && leftWeight > rightWeight) return -Infinity;
    if (direction < 0 && leftWeight < rightWeight) return -Infinity;
    return fround(this.gain(leftGrad, leftHess, leftWeight) + this.gain(rightGrad, rightHess, rightWeight));
  }
}

/** Soft thresholding: what the L1 term leaves of a sum of gradients. */
function thresholdL1(sumGrad: number, alpha: number): number {
  if (sumGrad > alpha) return sumGrad - alpha;
  return sumGrad < -alpha ? sumGrad + alpha : 0;
}
