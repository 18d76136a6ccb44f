// What a model file holds, in memory and without behaviour: the trees of all rounds, the objective
// that turns their sum into predictions, and the names of the inputs. Readers and writers produce
// and consume it; Booster gives it methods.

import type { CategoryNames, FeatureType } from "../data/dmatrix.ts";
import type { Tree } from "../tree/tree.ts";

export interface Model {
  readonly featureCount: number;
  /** Empty when unnamed. */
  readonly featureNames: readonly string[];
  /** Empty when untyped. */
  readonly featureTypes: readonly FeatureType[];
  /** One per feature, or empty when no feature has a dictionary of category names. */
  readonly categories: readonly CategoryNames[];
  /**
   * Per feature the width of an integer dictionary as XGBoost numbers it (i8 9, u8 10, i16 11,
   * u16 12, i32 13, u32 14, i64 15, u64 16), 0 for others; absent: 64 bits.
   */
  readonly categoryTypes?: Uint8Array;
  readonly objective: ModelObjective;
  /** Outputs per row: the classes of multi:*, else 1. */
  readonly groupCount: number;
  /** XGBoost's num_class: 0 unless the objective is multi:*. */
  readonly numClass: number;
  /**
   * In the output space of the objective (probability for logistic, count for Poisson), except
   * multi:* and binary:logitraw where it is the margin. Length 1 (all groups) or groupCount.
   */
  readonly baseScore: Float32Array;
  readonly boostFromAverage: boolean;
  /** Trees in boosting order: round by round, in a round group by group. */
  readonly trees: readonly Tree[];
  /** The group that each tree adds to. */
  readonly treeGroup: Int32Array;
  /** Trees of round r are [roundOffsets[r], roundOffsets[r + 1]). */
  readonly roundOffsets: Uint32Array;
  readonly numParallelTree: number;
  /** dart's weight of each tree; null when every tree counts once. */
  readonly treeWeights: Float32Array | null;
  /**
   * gblinear's coefficients ([featureCount + 1] × groupCount, bias last); null for trees. Its rounds
   * are empty ranges of roundOffsets.
   */
  readonly linearWeights: Float32Array | null;
  /** Free text that travels with the model: best_iteration, best_score and the user's own. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The objective's name and its parameter objects as the model file spells them. */
export interface ModelObjective {
  readonly name: string;
  /** For example { reg_loss_param: { scale_pos_weight: "1" } }. */
  readonly parameters: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** State that some objectives keep beside them: the position biases of unbiased ranking. */
  readonly arrays?: Readonly<Record<string, Float32Array>>;
}
