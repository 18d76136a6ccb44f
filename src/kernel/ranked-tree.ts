// Adding a tree of at most eight levels to the margins of ranked rows: in WebAssembly sixteen rows at once
// (see rank-forest.ts), and its twin in TypeScript, which gives the same bytes.

import type { WasmMemory } from "./grow-kernels.ts";
import { BLOCK_ROWS } from "./rank-columns.ts";
import { instantiateKernels } from "./wasm-module.ts";

/** Where a tree, ranks and margins begin: elements of their arrays. */
export interface RankedPlaces {
  depth: number;
  /** Of `nodes`, and of `values`. */
  tree: number;
  /** Of `ranks`: a block's. */
  block: number;
  /** Of `margins`. */
  margin: number;
  /** At most BLOCK_ROWS. */
  rowCount: number;
}

/** Arrays of one memory. */
export interface RankedArrays {
  readonly nodes: Int32Array;
  readonly values: Float32Array;
  readonly ranks: Int8Array;
  /** Has room for rows up to a multiple of sixteen. */
  readonly margins: Float32Array;
}

export type RankedTreeKernel = (arrays: RankedArrays, places: RankedPlaces) => void;

type AddRankedTree = (
  depth: number,
  nodes: number,
  values: number,
  columns: number,
  rowCount: number,
  margins: number,
) => void;

/** @param wasm the arrays' memory, where WebAssembly is to be used */
export function createRankedTreeKernel(wasm: WasmMemory | undefined): RankedTreeKernel {
  if (wasm === undefined) return addRankedTreePlain;
  const { addRankedTree } = instantiateKernels(wasm) as unknown as { addRankedTree: AddRankedTree };
  return (arrays, places) => {
    if (places.depth === 0) return addRankedTreePlain(arrays, places);
    const { nodes, values, ranks, margins } = arrays;
    addRankedTree(
      places.depth,
      nodes.byteOffset + 4 * places.tree,
      values.byteOffset + 4 * places.tree,
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
export function addRankedTreePlain(arrays: RankedArrays, places: RankedPlaces): void {
  const { nodes, values, ranks, margins } = arrays;
  const { depth, tree, block, margin, rowCount } = places;
  const top = (1 << depth) >> 1;
  // Like the other kernel this may work on rows past the last one.
  for (let row = 0; row < rowCount; row += 4) {
    let [node0, node1, node2, node3] = [tree, tree, tree, tree];
    let [leaf0, leaf1, leaf2, leaf3] = [tree, tree, tree, tree];
    for (let half = top; half > 0; half >>= 1) {
      const isLeft0 = maskLeft(nodes[node0], ranks, block + row);
      const isLeft1 = maskLeft(nodes[node1], ranks, block + row + 1);
      const isLeft2 = maskLeft(nodes[node2], ranks, block + row + 2);
      const isLeft3 = maskLeft(nodes[node3], ranks, block + row + 3);
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

/** All ones when the row goes left; a column's number times BLOCK_ROWS stands above a node's low byte. */
function maskLeft(word: number, ranks: Int8Array, row: number): number {
  return (ranks[row + (word & -BLOCK_ROWS)] - ((word << 24) >> 24)) >> 31;
}
