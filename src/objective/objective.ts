// An objective: the loss that training minimises, through its first and second derivative with
// respect to the margin. Arrays over rows and groups are group-major inside the engine: the value
// of (group, row) is at group * rowCount + row. What a file of an objective says is in
// objective-module.ts.

import type { Collective, MaybePromise } from "../core/collective.ts";

/** The labels of the rows at hand, and what weighs them. */
export interface Labels {
  readonly rowCount: number;
  readonly label: Float32Array;
  /** One per row, or absent: all 1. */
  readonly weight?: Float32Array | undefined;
  /** Query groups of ranking tasks, length groups + 1. */
  readonly queryOffsets?: Uint32Array | undefined;
}

/** An objective whose gradients a kernel can compute. */
export type GradientKernel =
  | { readonly kind: "softmax" }
  | { readonly kind: "logistic"; readonly scalePosWeight: number };

export interface Objective {
  /** XGBoost's name, for example "multi:softprob". */
  readonly name: string;
  readonly groupCount: number;
  /** XGBoost's num_class: groupCount for multi:*, else 0. */
  readonly numClass: number;
  readonly defaultMetric: string;
  /**
   * Tree parameters, by name, that take these values where the user gave none: count:poisson limits
   * each leaf by maxDeltaStep = 0.7.
   */
  readonly treeDefaults?: Readonly<Record<string, number>>;
  /** True when `computeGradients` must be called once with all rows: a user's function, say. */
  readonly needsAllRows?: boolean;
  /** Names the kernel that computes the same gradients faster, where there is one. */
  readonly gradientKernel?: GradientKernel;
  /** Parameter objects for the model file, for example { reg_loss_param: { scale_pos_weight: "1" } }. */
  readonly modelParameters: Readonly<Record<string, Readonly<Record<string, string>>>>;

  /** @throws {CoppiceError} INVALID_DATA naming the first row whose label breaks the objective's rule */
  checkLabels(labels: Labels): void;

  /**
   * Writes float32 pairs (gradient, hessian) of rows [rowBegin, rowEnd): those of (group, row) at
   * 2 * (group * rowCount + row). Reads and writes no other row, so ranges can run in parallel.
   *
   * @param margins [groupCount × rowCount] group-major
   * @param gradients [groupCount × rowCount × 2]
   */
  computeGradients(
    margins: Float32Array,
    labels: Labels,
    rowBegin: number,
    rowEnd: number,
    gradients: Float32Array,
  ): void;

  /**
   * The start value that XGBoost 3.4 estimates from the labels, in the space in which the model file
   * stores it. Length 1 or groupCount. Rows count in their global order, in which peers hold
   * consecutive ranges, so sharding does not matter.
   */
  estimateBaseScore(labels: Labels, collective: Collective): MaybePromise<Float32Array>;
}
