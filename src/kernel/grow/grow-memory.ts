// All arrays that growing trees works on, in one memory that the members of a team share.
//
// The rows of group g are rows[g * rowCount ..); those of a node a range of them. A node at work has a
// slot in `nodeInts`, `nodeStats`, `splits` and `splitCategories`. What a phase has to do is a list of
// tasks in `tasks`.

import type { Arena } from "../../core/arena.ts";
import type { BinArray, BinLayout, BinnedMatrix } from "../../data/binned-matrix.ts";
import { GRADIENT_CONSTANTS } from "./gradient-constants.ts";

/** Fields of a node's slot in `nodeInts`. */
export interface NodeInts {
  readonly group: 0;
  readonly rowBegin: 1;
  readonly rowEnd: 2;
  /** The number of its histogram in `histograms`. */
  readonly histogram: 3;
  /** 0: untouched, 1: being added to, 2: holds sums. */
  readonly lock: 4;
  /** Its features are featureLists[featureBegin .. featureEnd). */
  readonly featureBegin: 5;
  readonly featureEnd: 6;
}
export const nodeInt: NodeInts = {
  group: 0,
  rowBegin: 1,
  rowEnd: 2,
  histogram: 3,
  lock: 4,
  featureBegin: 5,
  featureEnd: 6,
};
export const NODE_INTS = 7;

/** Fields of a node's slot in `nodeStats`. */
export interface NodeStats {
  readonly sumGrad: 0;
  readonly sumHess: 1;
  readonly rootGain: 2;
  readonly lower: 3;
  readonly upper: 4;
}
export const nodeStat: NodeStats = { sumGrad: 0, sumHess: 1, rootGain: 2, lower: 3, upper: 4 };
export const NODE_STATS = 5;

/** Float64 fields of one split, see split-record.ts. */
export const SPLIT_FIELDS = 10;
/** Int32 fields of one task. */
export const TASK_INTS = 6;
/** Kernels read ahead of the rows they work on, by at most this many. */
const READ_AHEAD = 16;
/** Float64 values from one member's maxima to the next: a cache line. */
export const MAXIMA_STRIDE = 8;

/** Float64 values from one member's `found` to the next. */
export const FOUND_STRIDE = 8;

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

export interface GrowMemory {
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
  /** Per member what a search returns: gain, then (sumGrad, sumHess) of left and right. */
  readonly found: Float64Array;
  readonly nodeInts: Int32Array;
  readonly nodeStats: Float64Array;
  readonly splits: Float64Array;
  /** Per node a set of categories as bits. */
  readonly splitCategories: Uint32Array;
  readonly featureLists: Uint32Array;
  readonly tasks: Int32Array;
  readonly taskValues: Float64Array;
}

/** Words of a set of the categories of any feature. */
function categoryWords({ cuts, featureCount }: BinLayout): number {
  let words = 0;
  for (let f = 0; f < featureCount; f++) {
    if (cuts.isCategorical[f]) words = Math.max(words, (cuts.offsets[f + 1] - cuts.offsets[f] + 31) >>> 5);
  }
  return words;
}

/** The largest number of bins of a feature, and of slots of a column. */
export function widestOf({ cuts, featureCount, columnOffsets, columnCount }: BinLayout): {
  feature: number;
  column: number;
} {
  let feature = 0;
  for (let f = 0; f < featureCount; f++) feature = Math.max(feature, cuts.offsets[f + 1] - cuts.offsets[f]);
  let column = 0;
  for (let c = 0; c < columnCount; c++) column = Math.max(column, columnOffsets[c + 1] - columnOffsets[c]);
  return { feature, column };
}

/** Makes the arrays in an arena; zeroed as far as the arena's buffer is. */
export function placeGrowMemory(arena: Arena, shape: GrowShape): GrowMemory {
  const { layout, groupCount, memberCount, nodeCapacity, taskCapacity } = shape;
  const { rowCount, columnCount, slotCount } = layout;
  const cells = rowCount * groupCount;
  const widest = widestOf(layout);
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
    assembled: arena.f64(memberCount * 2 * widest.feature),
    splitTables: arena.u8(memberCount * widest.column),
    maxima: arena.f64(memberCount * MAXIMA_STRIDE),
    groupSums: arena.f64(memberCount * 2 * groupCount),
    magnitudes: arena.f64(memberCount * 2 * groupCount),
    powers: arena.f32(memberCount * 4 * groupCount),
    gradientConstants: arena.f64(GRADIENT_CONSTANTS),
    found: arena.f64(memberCount * FOUND_STRIDE),
    nodeInts: arena.i32(nodeCapacity * NODE_INTS),
    nodeStats: arena.f64(nodeCapacity * NODE_STATS),
    splits: arena.f64(nodeCapacity * SPLIT_FIELDS),
    splitCategories: arena.u32(nodeCapacity * categoryWords(layout)),
    featureLists: arena.u32(shape.featureListLength),
    tasks: arena.i32(taskCapacity * TASK_INTS),
    taskValues: arena.f64(taskCapacity),
    histograms: arena.f64((memberCount + shape.histogramCount) * 2 * slotCount),
  };
}
