// Adding a tree to the margins of ranked rows. Trees of at most eight levels are perfect ones (see
// rank-forest.ts): in WebAssembly sixteen rows are evaluated at once, and a twin in TypeScript gives the same
// bytes. Deeper trees have two words a node, encoded condition and left child, behind which the right one is.

import { DEFAULT_LEFT, type Forest, leafValueAt, NODE_WORDS } from "../predict/predict-forest.ts";
import type { AddRankedTree, EncodedTree, NodeEncoder } from "../predict/rank-forest.ts";
import type { WasmMemory } from "../wasm/wasm-memory.ts";
import { instantiateKernels } from "../wasm/wasm-module.ts";
import { BLOCK_ROWS } from "./rank-columns.ts";

/** Levels of the deepest perfect trees. */
export const MAX_DEPTH = 8;
/** Node word of column 0 and the lowest rank, below which nothing is. */
const NOBODY_LEFT = 0x80;

/** Where a tree, ranks and margins begin: elements of their arrays. */
export interface RankedPlaces {
  depth: number;
  /** Of the tree's nodes in `words`. */
  node: number;
  /** Of its leaf values, which lie behind the nodes. */
  value: number;
  /** Of `ranks`: a block's. */
  block: number;
  /** Of `margins`. */
  margin: number;
  /** At most BLOCK_ROWS. */
  rowCount: number;
}

/** Arrays of one memory. */
export interface RankedArrays {
  /** The nodes of trees. */
  readonly words: Int32Array;
  /** The same memory: the values of their leaves. */
  readonly values: Float32Array;
  readonly ranks: Int8Array;
  /** Has room for rows up to a multiple of sixteen. */
  readonly margins: Float32Array;
}

export type RankedTreeKernel = (arrays: RankedArrays, places: RankedPlaces) => void;

/** @param wasm the arrays' memory, where WebAssembly is to be used */
export function createRankedTreeKernel(wasm: WasmMemory | undefined): RankedTreeKernel {
  if (wasm === undefined) {
    return (arrays, places) =>
      places.depth > MAX_DEPTH ? addDeepTree(arrays, places) : addRankedTreePlain(arrays, places);
  }
  const { addRankedTree } = instantiateKernels(wasm) as unknown as { addRankedTree: AddRankedTree };
  return (arrays, places) => {
    if (places.depth === 0) return addRankedTreePlain(arrays, places);
    if (places.depth > MAX_DEPTH) return addDeepTree(arrays, places);
    const { words, ranks, margins } = arrays;
    addRankedTree(
      places.depth,
      words.byteOffset + 4 * places.node,
      ranks.byteOffset + places.block,
      Math.ceil(places.rowCount / 16) * 16,
      margins.byteOffset + 4 * places.margin,
    );
  };
}

/**
 * Down the perfect tree in preorder: the left child follows its parent, the right one the left's subtree.
 * Four rows descend side by side, because one step waits for the memory of the one before.
 */
function addRankedTreePlain(arrays: RankedArrays, places: RankedPlaces): void {
  const { words, values, ranks, margins } = arrays;
  const { depth, node, value, block, margin, rowCount } = places;
  const top = (1 << depth) >> 1;
  // Like the other kernel this may work on rows past the last one.
  for (let row = 0; row < rowCount; row += 4) {
    let [node0, node1, node2, node3] = [node, node, node, node];
    let [leaf0, leaf1, leaf2, leaf3] = [value, value, value, value];
    for (let half = top; half > 0; half >>= 1) {
      const isLeft0 = maskLeft(words[node0], ranks, block + row);
      const isLeft1 = maskLeft(words[node1], ranks, block + row + 1);
      const isLeft2 = maskLeft(words[node2], ranks, block + row + 2);
      const isLeft3 = maskLeft(words[node3], ranks, block + row + 3);
      node0 += half + (isLeft0 & (1 - half));
      node1 += half + (isLeft1 & (1 - half));
      node2 += half + (isLeft2 & (1 - half));
      node3 += half + (isLeft3 & (1 - half));
      leaf0 += half & ~isLeft0;
      leaf1 += half & ~isLeft1;
      leaf2 += half & ~isLeft2;
      leaf3 += half & ~isLeft3;
    }
    margins[margin + row] += values[leaf0];
    margins[margin + row + 1] += values[leaf1];
    margins[margin + row + 2] += values[leaf2];
    margins[margin + row + 3] += values[leaf3];
  }
}

/** After that many steps it is worth asking whether all four rows have arrived. */
const STEPS_AT_ONCE = 8;

/** A leaf sends every row to its right, which is itself. */
function addDeepTree(arrays: RankedArrays, places: RankedPlaces): void {
  const { words, values, ranks, margins } = arrays;
  const { depth, node, value, block, margin, rowCount } = places;
  const step = (at: number, row: number): number =>
    words[node + 2 * at + 1] + 1 + maskLeft(words[node + 2 * at], ranks, block + row);
  const isLeaf = (at: number): boolean => words[node + 2 * at + 1] === at - 1;
  for (let row = 0; row < rowCount; row += 4) {
    let [at0, at1, at2, at3] = [0, 0, 0, 0];
    for (let left = depth; left > 0; left -= STEPS_AT_ONCE) {
      for (let steps = Math.min(left, STEPS_AT_ONCE); steps > 0; steps--) {
        at0 = step(at0, row);
        at1 = step(at1, row + 1);
        at2 = step(at2, row + 2);
        at3 = step(at3, row + 3);
      }
      if (isLeaf(at0) && isLeaf(at1) && isLeaf(at2) && isLeaf(at3)) break;
    }
    margins[margin + row] += values[value + at0];
    margins[margin + row + 1] += values[value + at1];
    margins[margin + row + 2] += values[value + at2];
    margins[margin + row + 3] += values[value + at3];
  }
}

/** The words of a tree of more than MAX_DEPTH levels; null when ranks cannot express a split. */
export function encodeDeepTree(
  forest: Forest,
  tree: number,
  nodeCount: number,
  columns: NodeEncoder,
): EncodedTree | null {
  const { words, roots, depths, floats } = forest;
  const nodes = new Int32Array(2 * nodeCount);
  const values = new Float32Array(nodeCount);
  for (let i = 0; i < nodeCount; i++) {
    const at = roots[tree] + NODE_WORDS * i;
    const left = words[at + 2];
    if (left === at) {
      nodes[2 * i] = NOBODY_LEFT;
      nodes[2 * i + 1] = i - 1;
      values[i] = leafValueAt(forest, tree, at);
      continue;
    }
    nodes[2 * i] = columns.encode(words[at + 1], floats[at], (words[at + 3] & DEFAULT_LEFT) !== 0);
    if (nodes[2 * i] < 0) return null;
    nodes[2 * i + 1] = (left - roots[tree]) / NODE_WORDS;
  }
  return { depth: depths[tree], nodes, values };
}

/** All ones when the row goes left; a column's number times BLOCK_ROWS stands above a node's low byte. */
function maskLeft(word: number, ranks: Int8Array, row: number): number {
  return (ranks[row + (word & -BLOCK_ROWS)] - ((word << 24) >> 24)) >> 31;
}
