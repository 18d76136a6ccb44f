// All arrays that growing trees works on, in one memory that the members of a team share.
//
// The rows of group g are rows[g * rowCount ..); those of a node a range of them. A node at work has a
// slot in `nodeInts`, `nodeStats`, `splits` and `splitCategories`. What a phase has to do is a list of
// tasks in `tasks`.

import type { Arena } from "../../core/arena.ts";
import { lengthOf, placesOf } from "../../core/fields.ts";
import { taskWords } from "../../core/tasks.ts";
import type { BinArray, BinLayout, BinnedMatrix } from "../../data/binned-matrix.ts";
import { GRADIENT_CONSTANTS } from "../wasm/gradient-constants.ts";
import { growTasks } from "./grow-tasks.ts";

/** Fields of a node's slot in `nodeInts`. */
export const nodeInt = placesOf(
  "group",
  "rowBegin",
  "rowEnd",
  /** The number of its histogram in `histograms`. */
  "histogram",
  /** 0: untouched, 1: being added to, 2: holds sums. */
  "lock",
  /** Its features are featureLists[featureBegin .. featureEnd). */
  "featureBegin",
  "featureEnd",
);
export const NODE_INTS: number = lengthOf(nodeInt);

/** Fields of a node's slot in `nodeStats`. */
export const nodeStat = placesOf("sumGrad", "sumHess", "rootGain", "lower", "upper");
export const NODE_STATS: number = lengthOf(nodeStat);

/** Fields of a node's slot in `splits`, see tree/backend/split-record.ts. */
export const splitField = placesOf(
  "gain",
  "feature",
  "bin",
  "condition",
  "defaultLeft",
  "leftGrad",
  "leftHess",
  "rightGrad",
  "rightHess",
  "isCategorical",
);
export const SPLIT_FIELDS: number = lengthOf(splitField);

/**
 * Fields of a member's part of `searches`, in the order in which assembly/split-search.ts has them: what the
 * search knows of its node and the gain to beat, which it raises; then the sums of both sides of what it found.
 */
export const searchField = placesOf(
  "sumGrad",
  "sumHess",
  "rootGain",
  "lambda",
  "minChildWeight",
  "gain",
  "leftGrad",
  "leftHess",
  "rightGrad",
  "rightHess",
);

/**
 * Fields of a member's part of `jobs`, in the order in which assembly/gradients.ts and assembly/histograms.ts
 * have them: byte addresses, but for the counts, that stay the same for a training.
 */
export const jobField = placesOf(
  "margins",
  "labels",
  "weights",
  "gradients",
  "rowCount",
  "groupCount",
  "powers",
  "table",
  "maxima",
  "listOffsets",
  "listSlots",
);

/** Kernels read ahead of the rows they work on, by at most this many. */
const READ_AHEAD = 16;
/** From one member's maxima, search or job to the next: whole cache lines of doubles and of words. */
export const MAXIMA_STRIDE = 8;
export const SEARCH_STRIDE = 16;
export const JOB_STRIDE = 16;
/** Rows whose values are shared at once while they are binned. */
const MAX_BLOCK_ROWS = 16384;

/** What the memory of a training depends on; plain data, the same for all members. */
export interface GrowShape {
  readonly layout: BinLayout;
  readonly groupCount: number;
  readonly memberCount: number;
  readonly hasWeights: boolean;
  /** Whether trees see samples of the rows, whose gradients are kept beside all gradients. */
  readonly hasSamples: boolean;
  /** Histograms of nodes. */
  readonly histogramCount: number;
  /** How many nodes can be worked on together. */
  readonly nodeCapacity: number;
  readonly taskCapacity: number;
  /** Room for the feature lists of the nodes worked on together. */
  readonly featureListLength: number;
}

/** The rows of values that pass through the members while they are binned. */
export interface ValueBlock {
  /** [rowCount × featureCount] row-major. */
  readonly values: Float32Array;
  readonly rowCount: number;
}

export interface GrowMemory {
  readonly shape: GrowShape;
  /** Bins of the feature that has most, and slots of the column that has most. */
  readonly widestFeature: number;
  readonly widestColumn: number;
  /** Words of a set of the categories of any feature. */
  readonly categoryWords: number;
  /** Per group the magic numbers of rounding gradients and hessians to its grid, see exact-sum.ts. */
  readonly magic: Float64Array;
  /** The number of the first row among the rows of all peers. */
  readonly firstRow: Float64Array;
  readonly matrix: BinnedMatrix;
  readonly label: Float32Array;
  /** Empty when all rows weigh 1. */
  readonly weight: Float32Array;
  /** [groupCount × rowCount] group-major. */
  readonly margins: Float32Array;
  /** [groupCount × rowCount] pairs, group-major. */
  readonly gradients: Float32Array;
  /**
   * Borrowed: the phase "fill" has it in the place of `gradients`, into which nothing is written before all rows
   * are binned.
   */
  readonly block: ValueBlock;
  /** The same with zeros for the rows that the trees at work do not see; `gradients` itself when all are seen. */
  readonly sampled: Float32Array;
  /** [groupCount × rowCount] row numbers in the order of the nodes. */
  readonly rows: Uint32Array;
  /** As long as `rows`: where partitions put rows before they are moved. */
  readonly scratch: Uint32Array;
  /** Histograms of 2 * slotCount values: first one per member, for nodes that several members add to. */
  readonly histograms: Float64Array;
  /** Per member, the bins of a feature one of which is implicit. */
  readonly assembled: Float64Array;
  /** Per member, which bins of a column go left. */
  readonly splitTables: Uint8Array;
  /** Per member (max |gradient|, max |hessian|), a cache line apart. */
  readonly maxima: Float64Array;
  /** Per member (sumGrad, sumHess) of each group. */
  readonly groupSums: Float64Array;
  /** Per member the sums of the magnitudes of gradients and hessians of each group. */
  readonly magnitudes: Float64Array;
  /** Per member four values a group, for the gradient kernels. */
  readonly powers: Float32Array;
  /** See gradient-constants.ts. */
  readonly gradientConstants: Float64Array;
  /** Per member what WebAssembly kernels read in every call, see `jobField`. */
  readonly jobs: Uint32Array;
  /** Per member a search for a numeric split by a kernel, see `searchField`. */
  readonly searches: Float64Array;
  readonly nodeInts: Int32Array;
  readonly nodeStats: Float64Array;
  readonly splits: Float64Array;
  /** Per node a set of categories as bits. */
  readonly splitCategories: Uint32Array;
  readonly featureLists: Uint32Array;
  /** See grow-tasks.ts. */
  readonly tasks: Int32Array;
}

function countCategoryWords({ cuts, featureCount }: BinLayout): number {
  let words = 0;
  for (let f = 0; f < featureCount; f++) {
    if (cuts.isCategorical[f]) words = Math.max(words, (cuts.offsets[f + 1] - cuts.offsets[f] + 31) >>> 5);
  }
  return words;
}

/** The largest difference of neighbouring offsets. */
function widest(offsets: Uint32Array): number {
  let most = 0;
  for (let i = 0; i + 1 < offsets.length; i++) most = Math.max(most, offsets[i + 1] - offsets[i]);
  return most;
}

/** Makes the arrays in an arena; zeroed as far as the arena's buffer is. */
export function placeGrowMemory(arena: Arena, shape: GrowShape): GrowMemory {
  const { layout, groupCount, memberCount, nodeCapacity, taskCapacity } = shape;
  const { rowCount, columnCount, slotCount } = layout;
  const cells = rowCount * groupCount;
  const widestFeature = widest(layout.cuts.offsets);
  const widestColumn = widest(layout.columnOffsets);
  const categoryWords = countCategoryWords(layout);
  const hasLists = layout.listLength > 0;
  const placeBins = (bins: number): BinArray => {
    const length = bins + READ_AHEAD;
    if (layout.bytesPerBin === 1) return arena.u8(length);
    return layout.bytesPerBin === 2 ? arena.u16(length) : arena.u32(length);
  };
  const matrix = {
    ...layout,
    rowBins: placeBins(hasLists ? 0 : rowCount * columnCount),
    listOffsets: arena.u32(hasLists ? rowCount + 1 : 0),
    listSlots: arena.u32(layout.listLength),
    columnBins: placeBins(rowCount * columnCount),
  };
  const gradients = arena.f32(2 * cells);
  return {
    shape,
    widestFeature,
    widestColumn,
    categoryWords,
    block: blockIn(gradients, layout),
    magic: arena.f64(2 * groupCount),
    firstRow: arena.f64(1),
    matrix,
    gradients,
    sampled: shape.hasSamples ? arena.f32(2 * cells) : gradients,
    label: arena.f32(rowCount),
    weight: arena.f32(shape.hasWeights ? rowCount : 0),
    margins: arena.f32(cells),
    rows: arena.u32(cells + READ_AHEAD),
    scratch: arena.u32(cells + READ_AHEAD),
    assembled: arena.f64(memberCount * 2 * widestFeature),
    splitTables: arena.u8(memberCount * widestColumn),
    maxima: arena.f64(memberCount * MAXIMA_STRIDE),
    groupSums: arena.f64(memberCount * 2 * groupCount),
    magnitudes: arena.f64(memberCount * 2 * groupCount),
    powers: arena.f32(memberCount * 4 * groupCount),
    gradientConstants: arena.f64(GRADIENT_CONSTANTS),
    jobs: arena.u32(memberCount * JOB_STRIDE),
    searches: arena.f64(memberCount * SEARCH_STRIDE),
    nodeInts: arena.i32(nodeCapacity * NODE_INTS),
    nodeStats: arena.f64(nodeCapacity * NODE_STATS),
    splits: arena.f64(nodeCapacity * SPLIT_FIELDS),
    splitCategories: arena.u32(nodeCapacity * categoryWords),
    featureLists: arena.u32(shape.featureListLength),
    tasks: arena.i32(taskWords(growTasks, taskCapacity)),
    histograms: arena.f64((memberCount + shape.histogramCount) * 2 * slotCount),
  };
}

function blockIn(gradients: Float32Array, { featureCount }: BinLayout): ValueBlock {
  const rowCount = Math.min(MAX_BLOCK_ROWS, Math.floor(gradients.length / Math.max(1, featureCount)));
  return { values: gradients.subarray(0, rowCount * featureCount), rowCount };
}
