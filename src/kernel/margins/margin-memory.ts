// What keeping margins up to date needs while trees are trained, in one memory that the members of a team
// share: the ranks of the tables' rows, their margins, what metrics see, and some trees, encoded.
//
// Margins of a table are [groupCount × stride] group-major, the stride a whole number of blocks of rows, so
// that kernels may write past the last row.

import type { Arena } from "../../core/arena.ts";
import { lengthOf, placesOf } from "../../core/fields.ts";
import { taskWords } from "../../core/tasks.ts";
import { GRADIENT_CONSTANTS } from "../wasm/gradient-constants.ts";
import { marginTasks } from "./margin-tasks.ts";
import { BLOCK_ROWS, type RankColumns } from "./rank-columns.ts";
import { SOFTMAX_WORDS } from "./softmax-kernel.ts";

/**
 * How trees reach the margins of a table: over the ranks of its rows, or by the caller walking down the trees.
 * The margins of the training table are those of the memory in which trees grow.
 */
export type MarginSource = "ranks" | "walk" | "training";

/** What the memory depends on; plain data, the same for all members. */
export interface MarginShape {
  readonly groupCount: number;
  readonly memberCount: number;
  /** The objective, whose transform gives what metrics see. */
  readonly objectiveName: string;
  readonly tables: readonly { readonly rowCount: number; readonly source: MarginSource }[];
  /** Values of a row. */
  readonly featureCount: number;
  readonly columns: RankColumns;
  /** Trees that are handed to members together. */
  readonly treeCapacity: number;
  /** Room for the nodes of one tree. */
  readonly nodeCapacity: number;
}

/** Rows of one task of "add" and "transform"; whole blocks. */
export const TASK_ROWS: number = 16 * BLOCK_ROWS;

/** Fields of a tree in `treeInts`. */
export const treeInt = placesOf(
  "depth",
  "group",
  /** Where its leaf values begin behind its nodes. */ "value",
);
export const TREE_INTS: number = lengthOf(treeInt);
/** Words of a node at most: two of a deep tree, and one for the value of a leaf. */
const NODE_WORDS = 3;

export interface TableMargins {
  readonly rowCount: number;
  readonly source: MarginSource;
  /** From a group's margins to the next one's. */
  readonly stride: number;
  readonly margins: Float32Array;
  /** What metrics see: [groupCount × rowCount] group-major. */
  readonly predictions: Float32Array;
  /** Empty unless the source is "ranks"; see rank-columns.ts. */
  readonly ranks: Int8Array;
  /**
   * Rows of values on their way to ranks, whole blocks of them. Borrowed: the phase "rank" has it in the place
   * of `predictions`, into which nothing is written before all rows are ranked.
   */
  readonly block: { readonly values: Float32Array; readonly rowCount: number };
}

export interface MarginMemory {
  readonly shape: MarginShape;
  readonly tables: readonly TableMargins[];
  /** See margin-tasks.ts. */
  readonly tasks: Int32Array;
  readonly treeInts: Int32Array;
  /** Words from a tree's to the next one's in `treeWords`. */
  readonly treeStride: number;
  /** Per tree its nodes (ranked-tree.ts), then the values of its leaves. */
  readonly treeWords: Int32Array;
  /** The same memory. */
  readonly treeValues: Float32Array;
  /** Per member what the softmax kernel has for itself. */
  readonly powers: Float32Array;
  readonly softmaxJobs: Uint32Array;
  /** What the softmax kernel reads. */
  readonly constants: Float64Array;
}

/**
 * Makes the arrays in an arena; zeroed as far as the arena's buffer is.
 *
 * @param trainingMargins [groupCount × rowCount] group-major, where a table is the training table
 */
export function placeMarginMemory(
  arena: Arena,
  shape: MarginShape,
  trainingMargins: Float32Array,
): MarginMemory {
  const { groupCount, memberCount, treeCapacity, nodeCapacity } = shape;
  const tables = shape.tables.map((table) => placeTable(arena, shape, table, trainingMargins));
  const treeStride = NODE_WORDS * nodeCapacity;
  const treeWords = arena.i32(treeCapacity * treeStride);
  return {
    shape,
    tables,
    tasks: arena.i32(taskWords(marginTasks, countMostTasks(shape))),
    treeInts: arena.i32(TREE_INTS * treeCapacity),
    treeStride,
    treeWords,
    treeValues: new Float32Array(treeWords.buffer, treeWords.byteOffset, treeWords.length),
    powers: arena.f32(4 * groupCount * memberCount),
    softmaxJobs: arena.u32(SOFTMAX_WORDS * memberCount),
    constants: arena.f64(GRADIENT_CONSTANTS),
  };
}

function placeTable(
  arena: Arena,
  { groupCount, columns, featureCount }: MarginShape,
  { rowCount, source }: MarginShape["tables"][number],
  trainingMargins: Float32Array,
): TableMargins {
  const isTraining = source === "training";
  const stride = isTraining ? rowCount : Math.ceil(rowCount / BLOCK_ROWS) * BLOCK_ROWS;
  const bytes = arena.u8(source === "ranks" ? stride * columns.features.length : 0);
  const length = groupCount * rowCount;
  const blockRows = source === "ranks" ? blockRowsOf(groupCount, rowCount, featureCount) : 0;
  const values = arena.f32(Math.max(length, blockRows * featureCount));
  return {
    rowCount,
    source,
    stride,
    ranks: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    margins: isTraining ? trainingMargins : arena.f32(groupCount * stride),
    predictions: values.subarray(0, length),
    block: { values, rowCount: blockRows },
  };
}

/** How many rows of values the place of the predictions has room for; one block at least. */
function blockRowsOf(groupCount: number, rowCount: number, featureCount: number): number {
  const fitting = Math.floor((groupCount * rowCount) / Math.max(1, featureCount) / BLOCK_ROWS);
  return BLOCK_ROWS * Math.max(1, fitting);
}

/** The most tasks of any phase. */
function countMostTasks({ tables, groupCount, featureCount }: MarginShape): number {
  const ofAll = tables.reduce((sum, { rowCount }) => sum + Math.ceil(rowCount / TASK_ROWS), 0);
  const ofRanking = tables.map(({ rowCount, source }) =>
    source === "ranks" ? blockRowsOf(groupCount, rowCount, featureCount) / BLOCK_ROWS : 0,
  );
  return Math.max(1, ofAll, ...ofRanking);
}
