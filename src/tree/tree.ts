// A regression tree as a struct of arrays, one element a node, node 0 the root. The meanings are
// XGBoost's, so that a model file is these arrays written out; a leaf has `left` = `right` = -1. XGBoost keeps
// conditions of inner nodes and values of leaves in one array: that is for the coders of model files, who call
// `splitValues` and `joinValues`. Everybody else reads two.

/** The `parent` of the root, as XGBoost writes it. */
export const ROOT_PARENT = 2147483647;

/** What a categorical split stores as its `splitCondition`, as XGBoost 3 writes it. */
export const CATEGORICAL_CONDITION: number = Math.fround(1.401298464324817e-45);

/** One tree; every array has length `nodeCount` unless it says otherwise. */
export interface Tree {
  readonly nodeCount: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** ROOT_PARENT for the root. */
  readonly parent: Int32Array;
  readonly splitFeature: Uint32Array;
  /** Numeric split: a value v goes left when v < splitCondition. Without meaning at a leaf. */
  readonly splitCondition: Float32Array;
  /** What a leaf adds, after the learning rate. Without meaning at an inner node. */
  readonly leafValue: Float32Array;
  /** 1 where a missing value goes left. */
  readonly defaultLeft: Uint8Array;
  /** 1 for a categorical split. */
  readonly splitType: Uint8Array;
  /** The gain of the split, 0 for a leaf. */
  readonly lossChange: Float32Array;
  /** The cover: the sum of hessians of the rows that reached the node. */
  readonly sumHessian: Float32Array;
  /** XGBoost's base_weights: the weight of an inner node, the leaf value of a leaf. */
  readonly baseWeight: Float32Array;
  /**
   * The categories that go right, of all categorical nodes one after another in ascending node
   * order, ascending within a node; node n's lie in [categoryOffsets[n], categoryOffsets[n + 1]).
   */
  readonly categories: Int32Array;
  /** Length nodeCount + 1. */
  readonly categoryOffsets: Uint32Array;
}

/** Conditions and leaf values from the one array that holds both; the two are that array. */
export function splitValues(values: Float32Array): Pick<Tree, "splitCondition" | "leafValue"> {
  return { splitCondition: values, leafValue: values };
}

/** The one array of a model file: at a leaf its value, at an inner node its condition. */
export function joinValues({ left, splitCondition, leafValue }: Tree): Float32Array {
  if (splitCondition === leafValue) return splitCondition;
  return splitCondition.map((condition, node) => (left[node] === -1 ? leafValue[node] : condition));
}

/** A tree of one leaf. */
export function leafTree(leafValue: number): Tree {
  return {
    nodeCount: 1,
    left: Int32Array.of(-1),
    right: Int32Array.of(-1),
    parent: Int32Array.of(ROOT_PARENT),
    splitFeature: new Uint32Array(1),
    ...splitValues(Float32Array.of(leafValue)),
    defaultLeft: new Uint8Array(1),
    splitType: new Uint8Array(1),
    lossChange: new Float32Array(1),
    sumHessian: new Float32Array(1),
    baseWeight: new Float32Array(1),
    categories: new Int32Array(0),
    categoryOffsets: new Uint32Array(2),
  };
}

export function isLeaf(tree: Tree, node: number): boolean {
  return tree.left[node] === -1;
}

/** Whether category `code` is one of those that go right at categorical node `node`. */
export function hasCategory(tree: Tree, node: number, code: number): boolean {
  const end = tree.categoryOffsets[node + 1];
  for (let i = tree.categoryOffsets[node]; i < end; i++) if (tree.categories[i] === code) return true;
  return false;
}

/**
 * The child that a raw value leads to: missing to the default side, a number by `<`, a category by
 * membership. XGBoost parity: a code that is negative or 2^24 and above goes left.
 */
export function nextNode(tree: Tree, node: number, value: number): number {
  if (Number.isNaN(value)) return tree.defaultLeft[node] ? tree.left[node] : tree.right[node];
  if (tree.splitType[node] === 0) {
    return value < tree.splitCondition[node] ? tree.left[node] : tree.right[node];
  }
  const isMember = value >= 0 && value < 16777216 && hasCategory(tree, node, Math.trunc(value));
  return isMember ? tree.right[node] : tree.left[node];
}
