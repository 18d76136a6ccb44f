// XGBoost's model.json as plain trees, read independently of the library's own reader.

import { splitValues, type Tree } from "../../src/tree/tree.ts";

export interface XGBoostModel {
  readonly trees: readonly Tree[];
  /** Trees of round r are [roundOffsets[r], roundOffsets[r + 1]). */
  readonly roundOffsets: readonly number[];
  readonly baseScore: readonly number[];
}

interface TreeJson {
  readonly left_children: number[];
  readonly right_children: number[];
  readonly parents: number[];
  readonly split_indices: number[];
  readonly split_conditions: number[];
  readonly default_left: number[];
  readonly split_type: number[];
  readonly loss_changes: number[];
  readonly sum_hessian: number[];
  readonly base_weights: number[];
  readonly categories: number[];
  readonly categories_nodes: number[];
  readonly categories_segments: number[];
  readonly categories_sizes: number[];
}

/** Reads a model of trees, the bare words NaN and Infinity included. */
export function readXGBoostModel(bytes: Uint8Array): XGBoostModel {
  const text = new TextDecoder().decode(bytes);
  // Bare words become what JSON.parse knows: a number too large, and text that a typed array makes NaN.
  const json = JSON.parse(text.replace(/([[,:]-?)Infinity/g, "$11e999").replace(/([[,:])NaN/g, '$1"NaN"'));
  const { gradient_booster: booster, learner_model_param: param } = json.learner;
  const trees: TreeJson[] = booster.model.trees;
  return {
    trees: trees.map(toTree),
    roundOffsets: booster.model.iteration_indptr,
    baseScore: JSON.parse(param.base_score),
  };
}

function toTree(json: TreeJson): Tree {
  const nodeCount = json.left_children.length;
  const categories: number[] = [];
  const categoryOffsets = new Uint32Array(nodeCount + 1);
  for (let node = 0; node < nodeCount; node++) {
    const j = json.categories_nodes.indexOf(node);
    if (j >= 0) {
      const begin = json.categories_segments[j];
      categories.push(...json.categories.slice(begin, begin + json.categories_sizes[j]));
    }
    categoryOffsets[node + 1] = categories.length;
  }
  return {
    nodeCount,
    left: Int32Array.from(json.left_children),
    right: Int32Array.from(json.right_children),
    parent: Int32Array.from(json.parents),
    splitFeature: Uint32Array.from(json.split_indices),
    ...splitValues(Float32Array.from(json.split_conditions)),
    defaultLeft: Uint8Array.from(json.default_left),
    splitType: Uint8Array.from(json.split_type),
    lossChange: Float32Array.from(json.loss_changes),
    sumHessian: Float32Array.from(json.sum_hessian),
    baseWeight: Float32Array.from(json.base_weights),
    categories: Int32Array.from(categories),
    categoryOffsets,
  };
}
