// A forest for predicting many rows with WebAssembly: values become ranks among the forest's own split
// conditions, one signed byte each, and sixteen rows are compared with every node of a tree at once. That
// does more comparisons than walking down the tree, but none depends on another. (The idea of evaluating all
// nodes without branches: Lucchese et al. 2015, "QuickScorer".)
//
// A row goes left at condition T[j] of a feature when v < T[j], that is when the number of conditions <= v is
// at most j. Conditions beyond RANKS go to further columns. A column says where missing values go, so a
// feature has one for each default direction in use.

import { BinFinder } from "../../data/bin-finder.ts";
import { canCompileWasm, instantiateKernels } from "../wasm/wasm-module.ts";
import { addMargins, type MarginKernel } from "./predict.ts";
import { CATEGORICAL, DEFAULT_LEFT, type Forest, leafValueAt } from "./predict-forest.ts";
import type { RowBlock } from "./predict-rows.ts";

/** Perfect trees of more levels would hold mostly padding. */
const MAX_DEPTH = 8;
/** Conditions that one column tells apart; ranks 0 to 254, and one byte value left for missing. */
const RANKS = 254;
/** More columns than that cost more than they save. */
const MAX_COLUMNS = 4096;
/** Rows of a column, which is as long as the low byte of a node leaves room for. */
const COLUMN_ROWS = 256;
const LANES = 16;
/** Blocks smaller than this are not worth ranking. */
const MIN_ROWS = 64;
/** Ranks are stored less this, as signed bytes. */
const BIAS = 128;
const PAGE_BYTES = 65536;

/** The kernel for a forest: ranked where that pays and WebAssembly can be had, walking the trees otherwise. */
export function createMarginKernel(forest: Forest): MarginKernel {
  let ranked: MarginKernel | null | undefined;
  return (treeBegin, treeEnd, block, layout) => {
    if (block.rowCount >= MIN_ROWS && layout.rowStride === 1) {
      if (ranked === undefined) ranked = createRankedKernel(forest);
      if (ranked !== null) return ranked(treeBegin, treeEnd, block, layout);
    }
    addMargins(forest, treeBegin, treeEnd, block, layout);
  };
}

/** One rank per row for some conditions of a feature. */
interface RankColumn {
  readonly feature: number;
  readonly finder: BinFinder;
  /** The rank of the first condition of the column. */
  readonly first: number;
  readonly isMissingLeft: boolean;
}

/** Null when the forest has categorical or odd splits, is too deep or has too many conditions. */
export function createRankedKernel(forest: Forest): MarginKernel | null {
  if (!canCompileWasm() || forest.depths.some((depth) => depth > MAX_DEPTH)) return null;
  const conditions = collectConditions(forest);
  if (conditions === null) return null;
  const columns = new ColumnSet(conditions);
  const trees = Array.from(forest.roots, (_, tree) => encodeTree(forest, tree, columns));
  if (columns.list.length > MAX_COLUMNS) return null;
  return bindRankedKernel(forest, trees, columns.list);
}

/** The distinct conditions of each feature, ascending; null when ranks cannot express a split. */
function collectConditions({ words, floats, nodeIds }: Forest): Map<number, Float32Array> | null {
  const sets = new Map<number, Set<number>>();
  for (let node = 0; node < 4 * nodeIds.length; node += 4) {
    if (words[node + 2] === node) continue;
    const condition = floats[node];
    if ((words[node + 3] & CATEGORICAL) !== 0 || Number.isNaN(condition) || condition === Infinity)
      return null;
    if (condition === -Infinity) continue;
    const feature = words[node + 1];
    const set = sets.get(feature) ?? new Set();
    sets.set(feature, set.add(condition === 0 ? 0 : condition));
  }
  const sorted = new Map<number, Float32Array>();
  for (const [feature, set] of sets) sorted.set(feature, Float32Array.from(set).sort());
  return sorted;
}

/** The columns in use, made as nodes ask for them. */
class ColumnSet implements NodeEncoder {
  readonly list: RankColumn[] = [];
  readonly #conditions: Map<number, Float32Array>;
  readonly #ranks = new Map<number, Map<number, number>>();
  readonly #finders = new Map<number, BinFinder>();
  readonly #numbers = new Map<string, number>();

  constructor(conditions: Map<number, Float32Array>) {
    this.#conditions = conditions;
    for (const [feature, values] of conditions) {
      this.#ranks.set(feature, new Map(Array.from(values, (value, j) => [value, j])));
      // With a last cut that no value reaches, a value's bin is the number of conditions <= it.
      const cuts = { values: Float32Array.of(...values, Infinity), isCategorical: Uint8Array.of(0) };
      this.#finders.set(
        feature,
        new BinFinder({ ...cuts, offsets: Uint32Array.of(0, values.length + 1) }, 0),
      );
    }
  }

  /** A node's four bytes: the column's place and the signed rank below which rows go left. */
  encode(feature: number, condition: number, isMissingLeft: boolean): number {
    const isNever = condition === -Infinity;
    const rank = isNever ? 0 : this.#ranks.get(feature)!.get(condition === 0 ? 0 : condition)!;
    if (isNever && !this.#conditions.has(feature)) return this.#neverColumn(feature, isMissingLeft);
    const first = Math.floor(rank / RANKS) * RANKS;
    const column = this.#number(feature, first, isMissingLeft);
    // Ranks start at 1 - BIAS: no present value is below -BIAS + 1, a missing one that goes left is.
    const below = isNever ? 1 - BIAS : rank - first + 2 - BIAS;
    return (column << 8) | (below & 0xff);
  }

  #neverColumn(feature: number, isMissingLeft: boolean): number {
    this.#conditions.set(feature, new Float32Array(0));
    const cuts = {
      values: Float32Array.of(Infinity),
      offsets: Uint32Array.of(0, 1),
      isCategorical: Uint8Array.of(0),
    };
    this.#finders.set(feature, new BinFinder(cuts, 0));
    this.#ranks.set(feature, new Map());
    return this.encode(feature, -Infinity, isMissingLeft);
  }

  #number(feature: number, first: number, isMissingLeft: boolean): number {
    const key = `${feature} ${first} ${isMissingLeft}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push({ feature, first, isMissingLeft, finder: this.#finders.get(feature)! }) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** Turns a node into four bytes: a column's place and the signed rank below which rows go left. */
export interface NodeEncoder {
  encode(feature: number, condition: number, isMissingLeft: boolean): number;
}

export interface EncodedTree {
  readonly depth: number;
  /** 2^depth - 1 nodes in preorder. */
  readonly nodes: Int32Array;
  /** 2^depth leaf values. */
  readonly values: Float32Array;
}

/** The perfect tree of a forest's tree. */
export function encodeTree(forest: Forest, tree: number, columns: NodeEncoder): EncodedTree {
  const { words, floats, roots, depths } = forest;
  const depth = depths[tree];
  const nodes = new Int32Array(2 ** depth - 1);
  const values = new Float32Array(2 ** depth);
  let next = 0;
  const place = (node: number, levels: number, leaf: number): void => {
    const left = words[node + 2];
    if (left === node) {
      // Below a leaf that comes early all paths end alike.
      next += 2 ** levels - 1;
      values.fill(leafValueAt(forest, tree, node), leaf, leaf + 2 ** levels);
      return;
    }
    nodes[next++] = columns.encode(words[node + 1], floats[node], (words[node + 3] & DEFAULT_LEFT) !== 0);
    place(left, levels - 1, leaf);
    place(left + 4, levels - 1, leaf + 2 ** (levels - 1));
  };
  place(roots[tree], depth, 0);
  return { depth, nodes, values };
}

/** The kernel of assembly/margins.ts; but for depth and rowCount, byte addresses. Values lie behind the nodes. */
export type AddRankedTree = (
  depth: number,
  nodes: number,
  columns: number,
  rowCount: number,
  margins: number,
) => void;

/** Puts trees and columns into a memory of their own and binds the kernel to it. */
function bindRankedKernel(
  { treeGroup }: Forest,
  trees: readonly EncodedTree[],
  columns: readonly RankColumn[],
): MarginKernel {
  const marginsAt = columns.length * COLUMN_ROWS;
  const groupCount = treeGroup.reduce((max, group) => Math.max(max, group + 1), 1);
  let sizeBytes = marginsAt + 4 * groupCount * COLUMN_ROWS;
  const places = trees.map(({ nodes, values }) => {
    const at = sizeBytes;
    sizeBytes += nodes.byteLength + values.byteLength;
    return at;
  });
  const memory = new WebAssembly.Memory({ initial: Math.ceil(sizeBytes / PAGE_BYTES), maximum: 65536 });
  const { buffer } = memory;
  trees.forEach(({ nodes, values }, t) => {
    new Int32Array(buffer, places[t], nodes.length).set(nodes);
    new Float32Array(buffer, places[t] + nodes.byteLength, values.length).set(values);
  });
  const { addRankedTree } = instantiateKernels(memory) as unknown as { addRankedTree: AddRankedTree };
  const ranks = new Int8Array(buffer, 0, marginsAt);
  const margins = new Float32Array(buffer, marginsAt, groupCount * COLUMN_ROWS);

  const addBlock = (begin: number, end: number, rowCount: number) => {
    const padded = Math.ceil(rowCount / LANES) * LANES;
    for (let tree = begin; tree < end; tree++) {
      const at = marginsAt + 4 * treeGroup[tree] * COLUMN_ROWS;
      const { depth, values } = trees[tree];
      if (depth > 0) addRankedTree(depth, places[tree], 0, padded, at);
      else {
        const first = treeGroup[tree] * COLUMN_ROWS;
        for (let i = first; i < first + rowCount; i++) margins[i] += values[0];
      }
    }
  };
  return (treeBegin, treeEnd, block, layout) => {
    for (let row = 0; row < block.rowCount; row += COLUMN_ROWS) {
      const count = Math.min(COLUMN_ROWS, block.rowCount - row);
      columns.forEach((column, c) => {
        const own = ranks.subarray(c * COLUMN_ROWS, c * COLUMN_ROWS + count);
        rankRows(column, block, row, own);
      });
      for (let group = 0; group < groupCount; group++) {
        const from = layout.begin + group * layout.groupStride + row;
        margins.set(layout.margins.subarray(from, from + count), group * COLUMN_ROWS);
      }
      addBlock(treeBegin, treeEnd, count);
      for (let group = 0; group < groupCount; group++) {
        const to = layout.begin + group * layout.groupStride + row;
        layout.margins.set(margins.subarray(group * COLUMN_ROWS, group * COLUMN_ROWS + count), to);
      }
    }
  };
}

/** Writes a column's ranks of the rows of a block from `begin` on. */
function rankRows(
  { feature, finder, first, isMissingLeft }: RankColumn,
  { values, width }: RowBlock,
  begin: number,
  ranks: Int8Array,
): void {
  const missing = isMissingLeft ? -BIAS : BIAS - 1;
  for (let i = 0, k = begin * width + feature; i < ranks.length; i++, k += width) {
    const value = values[k];
    if (value !== value) ranks[i] = missing;
    else ranks[i] = Math.min(Math.max(finder.state(value) - first, 0), RANKS) + 1 - BIAS;
  }
}
