// Prediction kernels: rows of raw float32 values (NaN = missing) down the trees of a forest. Four rows
// descend side by side, because one step waits for the memory of the one before; comparing by the
// sign of a difference keeps the step free of branches. What the difference cannot tell (a missing
// value, a categorical node, infinities) is NaN and takes the slow step.

import type { Features } from "../../data/features.ts";
import {
  CATEGORICAL,
  DEFAULT_LEFT,
  FLAG_BITS,
  type Forest,
  leafValueAt,
  NODE_WORDS,
} from "./predict-forest.ts";
import { type RowBlock, readBlocks } from "./predict-rows.ts";

/** XGBoost parity: category codes from here on go left. */
const CATEGORY_LIMIT = 16777216;
/** Rows that pass through all trees together: their values stay in the first cache. */
const ROWS_AT_ONCE = 64;
/** After that many steps it is worth asking whether all four rows have arrived. */
const STEPS_AT_ONCE = 8;

const leaves = new Int32Array(ROWS_AT_ONCE);
/** The row that descends through four trees. */
const oneRow = { width: 0 } as { values: Float32Array; width: number };

/** Where margins lie: that of (group, row) at begin + group * groupStride + row * rowStride. */
export interface MarginLayout {
  readonly margins: Float32Array;
  readonly begin: number;
  readonly rowStride: number;
  readonly groupStride: number;
}

/** `addMargins` of one forest, in whatever way it does it. */
export type MarginKernel = (
  treeBegin: number,
  treeEnd: number,
  block: RowBlock,
  layout: MarginLayout,
) => void;

/**
 * Adds the leaf values of trees [treeBegin, treeEnd) to the margins of a block of rows.
 * XGBoost parity: one float32 addition per tree, in the order of trees; a weighted leaf value is
 * rounded to float32 first. No allocation; `block.width` >= `forest.width` is the caller's duty.
 */
export function addMargins(
  forest: Forest,
  treeBegin: number,
  treeEnd: number,
  block: RowBlock,
  layout: MarginLayout,
): void {
  const { floats, treeGroup, treeWeights } = forest;
  const { margins, rowStride } = layout;
  for (let begin = 0; begin < block.rowCount; begin += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, block.rowCount - begin);
    for (let tree = treeBegin; tree < treeEnd; tree++) {
      findLeaves(forest, tree, block, begin, count);
      let at = layout.begin + treeGroup[tree] * layout.groupStride + begin * rowStride;
      if (treeWeights === null) {
        for (let i = 0; i < count; i++, at += rowStride) margins[at] += floats[leaves[i] + 3];
      } else {
        const weight = treeWeights[tree];
        for (let i = 0; i < count; i++, at += rowStride) {
          margins[at] += Math.fround(floats[leaves[i] + 3] * weight);
        }
      }
    }
  }
}

/**
 * Writes the numbers of the leaves that rows reach, as they are called in their own tree:
 * [rowCount × (treeEnd - treeBegin)] row-major.
 */
export function writeLeafIds(
  forest: Forest,
  treeBegin: number,
  treeEnd: number,
  block: RowBlock,
  leafIds: Float32Array,
): void {
  const width = treeEnd - treeBegin;
  for (let row = 0; row < block.rowCount; row += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, block.rowCount - row);
    for (let tree = treeBegin; tree < treeEnd; tree++) {
      findLeaves(forest, tree, block, row, count);
      for (let i = 0; i < count; i++) {
        leafIds[(row + i) * width + tree - treeBegin] = forest.nodeIds[leaves[i] / NODE_WORDS];
      }
    }
  }
}

/**
 * Adds the leaf values that one row reaches to its margins, one per group. No allocation.
 *
 * @param row at least `forest.width` values
 */
export function addRowMargins(
  forest: Forest,
  treeBegin: number,
  treeEnd: number,
  row: Float32Array,
  margins: Float32Array,
): void {
  const { roots, depths, treeGroup } = forest;
  for (let first = treeBegin; first < treeEnd; first += 4) {
    const count = Math.min(4, treeEnd - first);
    if (count === 4) {
      // Four trees side by side instead of four rows.
      let depth = 0;
      for (let i = 0; i < 4; i++) {
        leaves[i] = roots[first + i];
        depth = Math.max(depth, depths[first + i]);
      }
      oneRow.values = row;
      descendFour(forest, depth, oneRow, 0, 0);
    } else {
      for (let i = 0; i < count; i++) leaves[i] = findLeaf(forest, first + i, row, 0);
    }
    for (let i = 0; i < count; i++) {
      margins[treeGroup[first + i]] += leafValueAt(forest, first + i, leaves[i]);
    }
  }
}

/**
 * Adds the predictions of a forest to the margins of all rows of a table, as after a round of training.
 *
 * @param margins [groupCount × groupStride] group-major
 */
export function addForestMargins(
  forest: Forest,
  features: Features,
  margins: Float32Array,
  groupStride: number = features.rowCount,
): void {
  readBlocks(features, forest.width, (block, begin) => {
    const layout = { margins, begin, rowStride: 1, groupStride };
    addMargins(forest, 0, forest.treeCount, block, layout);
  });
}

/** Sets leaves[i] to the leaf (its first word) that row begin + i reaches, i < count <= ROWS_AT_ONCE. */
function findLeaves(forest: Forest, tree: number, block: RowBlock, begin: number, count: number): void {
  const { values, width } = block;
  const lastFour = count - (count % 4);
  for (let i = 0; i < lastFour; i += 4) {
    leaves.fill(forest.roots[tree], i, i + 4);
    descendFour(forest, forest.depths[tree], block, (begin + i) * width, i);
  }
  for (let i = lastFour; i < count; i++) leaves[i] = findLeaf(forest, tree, values, (begin + i) * width);
}

/**
 * Moves leaves[i] to leaves[i + 3] from the nodes they are to the leaves that are reached from there, for
 * values at base0, base0 + width, .. and so on: four neighbouring rows, or with width 0 one.
 */
function descendFour(
  forest: Forest,
  depth: number,
  { values, width }: Pick<RowBlock, "values" | "width">,
  base0: number,
  i: number,
): void {
  const { words, floats } = forest;
  const base1 = base0 + width;
  const base2 = base1 + width;
  const base3 = base2 + width;
  let node0 = leaves[i];
  let node1 = leaves[i + 1];
  let node2 = leaves[i + 2];
  let node3 = leaves[i + 3];
  for (let left = depth; left > 0; left -= STEPS_AT_ONCE) {
    for (let step = Math.min(left, STEPS_AT_ONCE); step > 0; step--) {
      const side0 = values[base0 + words[node0 + 1]] - floats[node0];
      const side1 = values[base1 + words[node1 + 1]] - floats[node1];
      const side2 = values[base2 + words[node2 + 1]] - floats[node2];
      const side3 = values[base3 + words[node3 + 1]] - floats[node3];
      const sum = side0 + side1 + side2 + side3;
      // A number equals itself, NaN does not. The right child lies NODE_WORDS = 1 << 2 behind the left.
      if (sum === sum) {
        node0 = words[node0 + 2] + (Number(side0 >= 0) << 2);
        node1 = words[node1 + 2] + (Number(side1 >= 0) << 2);
        node2 = words[node2 + 2] + (Number(side2 >= 0) << 2);
        node3 = words[node3 + 2] + (Number(side3 >= 0) << 2);
      } else {
        node0 = stepCarefully(forest, node0, side0, values, base0);
        node1 = stepCarefully(forest, node1, side1, values, base1);
        node2 = stepCarefully(forest, node2, side2, values, base2);
        node3 = stepCarefully(forest, node3, side3, values, base3);
      }
    }
    const isDone0 = words[node0 + 2] === node0 && words[node1 + 2] === node1;
    if (isDone0 && words[node2 + 2] === node2 && words[node3 + 2] === node3) break;
  }
  leaves[i] = node0;
  leaves[i + 1] = node1;
  leaves[i + 2] = node2;
  leaves[i + 3] = node3;
}

/** The first word of the leaf that the row at values[base] reaches. */
function findLeaf(forest: Forest, tree: number, values: Float32Array, base: number): number {
  const { words, floats } = forest;
  let node = forest.roots[tree];
  while (words[node + 2] !== node) {
    const side = values[base + words[node + 1]] - floats[node];
    node = stepCarefully(forest, node, side, values, base);
  }
  return node;
}

/** One step where the difference `side` of value and condition may be NaN. */
function stepCarefully(
  forest: Forest,
  node: number,
  side: number,
  values: Float32Array,
  base: number,
): number {
  const left = forest.words[node + 2];
  if (side === side) return left + (side >= 0 ? NODE_WORDS : 0);
  // A leaf is its own child.
  if (left === node) return node;
  return left + (goesRight(forest, node, values[base + forest.words[node + 1]]) ? NODE_WORDS : 0);
}

/** The side of a value by the rules in full: missing, categories, infinities. */
function goesRight(forest: Forest, node: number, value: number): boolean {
  const flags = forest.words[node + 3];
  if (Number.isNaN(value)) return (flags & DEFAULT_LEFT) === 0;
  if ((flags & CATEGORICAL) !== 0) return hasCategory(forest.categories, flags >>> FLAG_BITS, value);
  // XGBoost parity: left means value < condition, so a NaN condition sends all values right.
  return !(value < forest.floats[node]);
}

/** Whether the list at `at` holds the category. XGBoost parity: a fraction is cut off, not rounded. */
function hasCategory(categories: Int32Array, at: number, value: number): boolean {
  if (!(value >= 0 && value < CATEGORY_LIMIT)) return false;
  const code = Math.trunc(value);
  let low = at + 1;
  let high = low + categories[at];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (categories[middle] < code) low = middle + 1;
    else high = middle;
  }
  return low < at + 1 + categories[at] && categories[low] === code;
}
