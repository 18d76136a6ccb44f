// A forest for predicting one row fast: every tree is perfect, its nodes in the order of levels, so that the
// children of node i are 2i and 2i + 1 and no node says where they are. Eight trees descend side by side,
// because one step waits for the memory of the one before, and a step has no branch.
//
// A row stands there twice, missing values below everything in the first copy and above everything in the
// second: a node reads the copy that sends them where they go. A node is two 32-bit words:
//
//   0  place of the value among both copies (int); node i of a tree begins at word 2i, from i = 1 on
//   1  split condition (float), +Infinity below a leaf that comes early, where both ways end alike

import { CATEGORICAL, DEFAULT_LEFT, type Forest, leafValueAt } from "./predict-forest.ts";
import { type RowKernel, walkRow } from "./walk-row.ts";

/** Trees of one batch; all are as deep as the deepest. */
const BATCH = 8;
/** Perfect trees of more levels would hold mostly padding. */
const MAX_DEPTH = 8;

/** The fastest kernel that the forest allows, made at its first row. */
export function createRowKernel(forest: Forest): RowKernel {
  let kernel: RowKernel | undefined;
  return (row, margins) => {
    kernel ??= canBePerfect(forest) ? descendPerfect(forest) : walkRow(forest);
    kernel(row, margins);
  };
}

/** Whether all trees are shallow and ask only for numbers below or above a condition. */
function canBePerfect({ depths, nodeIds, words, floats }: Forest): boolean {
  if (depths.some((depth) => depth > MAX_DEPTH)) return false;
  for (let node = 0; node < 4 * nodeIds.length; node += 4) {
    if (words[node + 2] === node) continue;
    const condition = floats[node];
    // Nothing is below -Infinity, not even a missing value that goes left; no value is on a side of NaN.
    if ((words[node + 3] & CATEGORICAL) !== 0 || !(condition > -Infinity)) return false;
  }
  return true;
}

interface PerfectForest {
  readonly words: Int32Array;
  /** The same memory as `words`. */
  readonly floats: Float32Array;
  /** Leaf values of each tree from half its `begins` on. */
  readonly leaves: Float32Array;
  /** Where the words of each tree begin. */
  readonly begins: Int32Array;
  /** Levels of each tree. */
  readonly depths: Int32Array;
}

function makePerfect(forest: Forest): PerfectForest {
  const { treeCount } = forest;
  const begins = new Int32Array(treeCount);
  const depths = new Int32Array(treeCount);
  let end = 0;
  for (let tree = 0; tree < treeCount; tree++) {
    const first = tree - (tree % BATCH);
    depths[tree] = forest.depths.subarray(first, first + BATCH).reduce((a, b) => Math.max(a, b), 0);
    begins[tree] = end;
    end += 2 << depths[tree];
  }
  const words = new Int32Array(end);
  const perfect = {
    words,
    floats: new Float32Array(words.buffer),
    leaves: new Float32Array(end / 2),
    begins,
    depths,
  };
  for (let tree = 0; tree < treeCount; tree++) placeNode(forest, perfect, tree, forest.roots[tree], 1);
  return perfect;
}

/** Copies what lies below node `from` of the forest to node `to` of a perfect tree. */
function placeNode(forest: Forest, perfect: PerfectForest, tree: number, from: number, to: number): void {
  const { words, floats, width } = forest;
  const size = 1 << perfect.depths[tree];
  const begin = perfect.begins[tree];
  const left = words[from + 2];
  if (to >= size) {
    perfect.leaves[begin / 2 + to - size] = leafValueAt(forest, tree, from);
    return;
  }
  const isLeaf = left === from;
  perfect.words[begin + 2 * to] = isLeaf ? 0 : words[from + 1] + (words[from + 3] & DEFAULT_LEFT ? 0 : width);
  perfect.floats[begin + 2 * to + 1] = floats[from];
  placeNode(forest, perfect, tree, left, 2 * to);
  placeNode(forest, perfect, tree, isLeaf ? left : left + 4, 2 * to + 1);
}

function descendPerfect(forest: Forest): RowKernel {
  const { treeCount, treeGroup, width } = forest;
  const { words, floats, leaves, begins, depths } = makePerfect(forest);
  const copies = new Float32Array(Math.max(1, 2 * width));
  const lastBatch = treeCount - (treeCount % BATCH);

  /** Twice the number of the child that the row goes to from node i / 2 of the tree at `begin`. */
  const step = (begin: number, i: number): number =>
    2 * i + (Number(copies[words[begin + i]] >= floats[begin + i + 1]) << 1);
  const addLeaf = (tree: number, begin: number, i: number, margins: Float32Array): void => {
    margins[treeGroup[tree]] += leaves[((begin + i) >> 1) - (1 << depths[tree])];
  };
  return (row, margins) => {
    writeCopies(row, copies, width);
    for (let tree = 0; tree < lastBatch; tree += BATCH) {
      const begin0 = begins[tree];
      const size = 2 << depths[tree];
      const begin1 = begin0 + size;
      const begin2 = begin1 + size;
      const begin3 = begin2 + size;
      const begin4 = begin3 + size;
      const begin5 = begin4 + size;
      const begin6 = begin5 + size;
      const begin7 = begin6 + size;
      let [i0, i1, i2, i3, i4, i5, i6, i7] = [2, 2, 2, 2, 2, 2, 2, 2];
      for (let left = depths[tree]; left > 0; left--) {
        i0 = step(begin0, i0);
        i1 = step(begin1, i1);
        i2 = step(begin2, i2);
        i3 = step(begin3, i3);
        i4 = step(begin4, i4);
        i5 = step(begin5, i5);
        i6 = step(begin6, i6);
        i7 = step(begin7, i7);
      }
      addLeaf(tree, begin0, i0, margins);
      addLeaf(tree + 1, begin1, i1, margins);
      addLeaf(tree + 2, begin2, i2, margins);
      addLeaf(tree + 3, begin3, i3, margins);
      addLeaf(tree + 4, begin4, i4, margins);
      addLeaf(tree + 5, begin5, i5, margins);
      addLeaf(tree + 6, begin6, i6, margins);
      addLeaf(tree + 7, begin7, i7, margins);
    }
    for (let tree = lastBatch; tree < treeCount; tree++) {
      let i = 2;
      for (let left = depths[tree]; left > 0; left--) i = step(begins[tree], i);
      addLeaf(tree, begins[tree], i, margins);
    }
  };
}

/** Both copies of a row, see the head of this file. */
function writeCopies(row: ArrayLike<number>, copies: Float32Array, width: number): void {
  const count = Math.min(row.length, width);
  for (let f = 0; f < count; f++) {
    copies[f] = row[f];
    const value = copies[f];
    const isMissing = value !== value;
    if (isMissing) copies[f] = -Infinity;
    copies[width + f] = isMissing ? Infinity : value;
  }
  for (let f = count; f < width; f++) {
    copies[f] = -Infinity;
    copies[width + f] = Infinity;
  }
}
