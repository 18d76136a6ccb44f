// What evaluation sets need while trees are trained, in one memory that the members of a team share: the
// ranks of their rows, their margins, what metrics see, and the trees of a round, encoded.
//
// Margins of a set are [groupCount × stride] group-major, the stride a whole number of blocks of rows, so
// that kernels may write past the last row.

import type { Arena } from "../../core/arena.ts";
import { GRADIENT_CONSTANTS } from "../grow/gradient-constants.ts";
import { BLOCK_ROWS, type RankColumns } from "../predict/rank-columns.ts";

/**
 * How new trees reach the margins of a set: over its ranks, by the caller walking down the trees, or not
 * at all because they are the training table's.
 */
export type MarginSource = "ranks" | "walk" | "training";

/** What the memory depends on; plain data, the same for all members. */
export interface EvaluationShape {
  readonly groupCount: number;
  readonly memberCount: number;
  /** The objective, whose transform gives what metrics see. */
  readonly objectiveName: string;
  readonly sets: readonly { readonly rowCount: number; readonly source: MarginSource }[];
  /** Values of a row. */
  readonly featureCount: number;
  readonly columns: RankColumns;
  /** Trees that are handed to members together. */
  readonly treeCapacity: number;
  /** Room for the nodes of one tree. */
  readonly nodeCapacity: number;
}

/** Fields of `work`. */
export interface WorkFields {
  /** "rank": the set, its first row in the block, and how many rows are there. */
  readonly set: 0;
  readonly rowBegin: 1;
  readonly rowCount: 2;
  /** "score": how many trees there are to add, and whether predictions are wanted. */
  readonly treeCount: 3;
  readonly isLast: 4;
}
export const workField: WorkFields = { set: 0, rowBegin: 1, rowCount: 2, treeCount: 3, isLast: 4 };
const WORK_INTS = 5;

export interface EvaluatedSet {
  readonly rowCount: number;
  readonly source: MarginSource;
  /** From a group's margins to the next one's. */
  readonly stride: number;
  /** Empty unless the source is "ranks"; see rank-columns.ts. */
  readonly ranks: Int8Array;
  /** Empty for the training table. */
  readonly margins: Float32Array;
  /** What metrics see: [groupCount × rowCount] group-major. */
  readonly predictions: Float32Array;
  /** Rows of values on their way to ranks, in the place of `predictions`. */
  readonly block: Float32Array;
}

export interface EvaluationMemory {
  readonly sets: readonly EvaluatedSet[];
  readonly work: Int32Array;
  /** Per tree its depth and its group. */
  readonly treeInts: Int32Array;
  /** Per tree its nodes, 2 * nodeCapacity words apart; see ranked-tree.ts. */
  readonly nodes: Int32Array;
  /** Per tree the values of its leaves, nodeCapacity apart. */
  readonly values: Float32Array;
  /** Per member four values a group, for the softmax kernel. */
  readonly powers: Float32Array;
  /** What the softmax kernel reads. */
  readonly constants: Float64Array;
}

/** Makes the arrays in an arena; zeroed as far as the arena's buffer is. */
export function placeEvaluationMemory(arena: Arena, shape: EvaluationShape): EvaluationMemory {
  const { groupCount, treeCapacity, nodeCapacity, featureCount } = shape;
  const columnCount = shape.columns.features.length;
  const sets = shape.sets.map(({ rowCount, source }): EvaluatedSet => {
    const stride = Math.ceil(rowCount / BLOCK_ROWS) * BLOCK_ROWS;
    const bytes = arena.u8(source === "ranks" ? stride * columnCount : 0);
    const length = groupCount * rowCount;
    const block = arena.f32(source === "ranks" ? Math.max(length, featureCount * BLOCK_ROWS) : length);
    return {
      rowCount,
      source,
      stride,
      ranks: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      margins: arena.f32(source === "training" ? 0 : groupCount * stride),
      predictions: block.subarray(0, length),
      block,
    };
  });
  return {
    sets,
    work: arena.i32(WORK_INTS),
    treeInts: arena.i32(2 * treeCapacity),
    nodes: arena.i32(2 * treeCapacity * nodeCapacity),
    values: arena.f32(treeCapacity * nodeCapacity),
    powers: arena.f32(4 * groupCount * shape.memberCount),
    constants: arena.f64(GRADIENT_CONSTANTS),
  };
}
