// How much memory a training needs: how many nodes are worked on together, how many histograms are kept.

import type { GrowShape } from "../../kernel/grow/grow-memory.ts";
import type { TreeParameters } from "../tree-parameters.ts";

/** Nodes beyond this are worked on in several batches. */
const MAX_NODES = 1024;
const MAX_FEATURE_LIST_BYTES = 2 ** 26;
/** Beyond this, children's histograms are built from their rows instead of kept for subtraction. */
const MAX_HISTOGRAM_BYTES = 2 ** 29;
/** Levels deeper than this do not reserve a histogram for each of their nodes. */
const MAX_RESERVED_DEPTH = 12;
/** Fewest rows of one task of several. */
export const TASK_ROWS = 16384;

/**
 * The most tasks that any phase has whose answers are read when it is done: one per node, and one more per
 * range of rows where several members share the rows of large nodes.
 */
export function countMostTasks({ nodeCapacity, memberCount, groupCount, layout }: TaskedShape): number {
  const ranges = memberCount === 1 ? 0 : groupCount * Math.ceil(layout.rowCount / TASK_ROWS);
  return nodeCapacity + ranges;
}

type TaskedShape = Pick<GrowShape, "nodeCapacity" | "memberCount" | "groupCount" | "layout">;

/** What the table, the objective and the team say about the memory. */
export type GrowNeeds = Pick<GrowShape, "layout" | "groupCount" | "memberCount" | "hasWeights">;

/** The shape of the memory that trees with these parameters need. */
export function planGrowShape(needs: GrowNeeds, parameters: TreeParameters): GrowShape {
  const { layout, groupCount } = needs;
  const { featureCount, slotCount } = layout;
  const hasListPerNode = parameters.colsampleBynode < 1 || parameters.interactionConstraints !== undefined;
  const fitting = Math.floor(MAX_FEATURE_LIST_BYTES / (4 * Math.max(1, featureCount)));
  const nodeCapacity = hasListPerNode ? Math.max(2, Math.min(MAX_NODES, fitting)) : MAX_NODES;
  const lists = hasListPerNode ? nodeCapacity : groupCount;
  return {
    ...needs,
    hasSamples: parameters.subsample < 1,
    histogramCount: countHistograms(parameters, groupCount, slotCount),
    nodeCapacity,
    taskCapacity: countMostTasks({ ...needs, nodeCapacity }),
    featureListLength: lists * featureCount,
  };
}

/** One per node that may wait for its split at the same time, within bounds; two at least for a pair. */
function countHistograms(
  { maxDepth, maxLeaves }: TreeParameters,
  groupCount: number,
  slotCount: number,
): number {
  const depth = maxDepth === 0 ? MAX_RESERVED_DEPTH : Math.min(maxDepth, MAX_RESERVED_DEPTH);
  const leaves = maxLeaves === 0 ? Infinity : maxLeaves;
  const wanted = groupCount * Math.min(2 ** depth, leaves + 1) + 2;
  const fitting = Math.floor(MAX_HISTOGRAM_BYTES / (16 * Math.max(1, slotCount)));
  return Math.max(2, Math.min(wanted, fitting));
}
