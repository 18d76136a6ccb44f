// A forest laid out for prediction: all trees one after another, each breadth first, children side by
// side. A node is four 32-bit words, seen through an Int32Array and a Float32Array over one memory:
//
//   0  split condition (float); NaN at a categorical node, +Infinity at a leaf
//   1  split feature, 0 at a leaf
//   2  index of the left child's first word, the right child follows; a leaf's own index
//   3  leaf: its value (float); else DEFAULT_LEFT | CATEGORICAL | where its categories lie << FLAG_BITS
//
// A leaf is its own child, so rows that arrived early may go on stepping.

import { CoppiceError } from "../../core/errors.ts";

export const NODE_WORDS = 4;
export const DEFAULT_LEFT = 1;
export const CATEGORICAL = 2;
export const FLAG_BITS = 2;
const INT32_MAX = 2147483647;

/** The part of a tree that prediction needs; see tree/tree.ts. */
export interface TreeNodes {
  readonly nodeCount: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly splitFeature: Uint32Array;
  readonly splitCondition: Float32Array;
  readonly leafValue: Float32Array;
  readonly defaultLeft: Uint8Array;
  readonly splitType: Uint8Array;
  readonly categories: Int32Array;
  readonly categoryOffsets: Uint32Array;
}

export interface Forest {
  readonly treeCount: number;
  readonly words: Int32Array;
  /** The same memory as `words`. */
  readonly floats: Float32Array;
  /** First word of each tree's root. */
  readonly roots: Int32Array;
  /** Steps from the root to the deepest leaf of each tree. */
  readonly depths: Int32Array;
  /** The group that each tree adds to. */
  readonly treeGroup: Int32Array;
  /** What leaf values are multiplied with, per tree; null for 1. */
  readonly treeWeights: Float32Array | null;
  /** The number that a node has in its own tree, per node. */
  readonly nodeIds: Int32Array;
  /** Where word 3 of a categorical node points: a count, then that many codes, ascending, which go right. */
  readonly categories: Int32Array;
  /** How many values a row must have. */
  readonly width: number;
}

/**
 * Lays out trees for prediction. Nodes that cannot be reached from a root are left out.
 *
 * @param treeGroup the group of each tree
 * @param treeWeights dart's weights, one per tree, or null
 * @throws {CoppiceError} UNSUPPORTED when they are too large
 */
export function flattenTrees(
  trees: readonly TreeNodes[],
  treeGroup: Int32Array,
  treeWeights: Float32Array | null = null,
): Forest {
  const nodeLimit = trees.reduce((sum, tree) => sum + tree.nodeCount, 0);
  if (nodeLimit * NODE_WORDS > INT32_MAX) {
    throw new CoppiceError("UNSUPPORTED", `prediction holds at most 2^29 nodes, got ${nodeLimit}`);
  }
  const words = new Int32Array(nodeLimit * NODE_WORDS);
  const builder: Builder = {
    words,
    floats: new Float32Array(words.buffer),
    nodeIds: new Int32Array(nodeLimit),
    categories: [],
    count: 0,
    width: 0,
  };
  const roots = new Int32Array(trees.length);
  const depths = new Int32Array(trees.length);
  for (const [t, tree] of trees.entries()) {
    roots[t] = builder.count * NODE_WORDS;
    depths[t] = appendTree(builder, tree);
  }
  return {
    treeCount: trees.length,
    words,
    floats: builder.floats,
    roots,
    depths,
    treeGroup,
    treeWeights,
    nodeIds: builder.nodeIds,
    categories: Int32Array.from(builder.categories),
    width: builder.width,
  };
}

/**
 * What a leaf, given by its first word, adds to a margin. XGBoost parity: a weighted leaf value is rounded to
 * float32 before it is added.
 */
export function leafValueAt({ floats, treeWeights }: Forest, tree: number, leaf: number): number {
  const value = floats[leaf + 3];
  return treeWeights ? Math.fround(value * treeWeights[tree]) : value;
}

interface Builder {
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly nodeIds: Int32Array;
  readonly categories: number[];
  /** Nodes so far. */
  count: number;
  width: number;
}

/** Appends a tree breadth first and returns its depth. */
function appendTree(builder: Builder, tree: TreeNodes): number {
  const first = builder.count;
  builder.nodeIds[builder.count++] = 0;
  let depth = -1;
  for (let begin = first, end = builder.count; begin < end; depth++) {
    for (let i = begin; i < end; i++) appendNode(builder, tree, i);
    begin = end;
    end = builder.count;
  }
  return depth;
}

/** Writes the words of flattened node `i` and makes room for its children. */
function appendNode(builder: Builder, tree: TreeNodes, i: number): void {
  const { words, floats, nodeIds } = builder;
  const node = nodeIds[i];
  const at = i * NODE_WORDS;
  if (tree.left[node] === -1) {
    floats[at] = Infinity;
    words[at + 2] = at;
    floats[at + 3] = tree.leafValue[node];
    return;
  }
  const feature = tree.splitFeature[node];
  const isCategorical = tree.splitType[node] === 1;
  builder.width = Math.max(builder.width, feature + 1);
  floats[at] = isCategorical ? NaN : tree.splitCondition[node];
  words[at + 1] = feature;
  words[at + 2] = builder.count * NODE_WORDS;
  words[at + 3] = tree.defaultLeft[node] ? DEFAULT_LEFT : 0;
  if (isCategorical) {
    words[at + 3] |= CATEGORICAL | (appendCategories(builder.categories, tree, node) << FLAG_BITS);
  }
  nodeIds[builder.count++] = tree.left[node];
  nodeIds[builder.count++] = tree.right[node];
}

function appendCategories(categories: number[], tree: TreeNodes, node: number): number {
  const at = categories.length;
  if (at > INT32_MAX >> FLAG_BITS) {
    throw new CoppiceError("UNSUPPORTED", "prediction holds at most 2^29 categories of splits");
  }
  const codes = tree.categories.slice(tree.categoryOffsets[node], tree.categoryOffsets[node + 1]).sort();
  categories.push(codes.length);
  for (const code of codes) categories.push(code);
  return at;
}
