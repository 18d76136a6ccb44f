// What keeping the margins of evaluation sets needs: which tables are ranked, how large trees may be.

import { measureArena } from "../../core/arena.ts";
import { type Cuts, countPresent } from "../../data/cuts.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import { type MarginShape, placeMarginMemory } from "../../kernel/margins/margin-memory.ts";
import { planRankColumns, type RankColumns } from "../../kernel/margins/rank-columns.ts";
import { MAX_DEPTH } from "../../kernel/margins/ranked-tree.ts";
import { allocateKernelMemory, type KernelChoice } from "../../kernel/wasm/kernel-memory.ts";
import type { Objective } from "../../objective/objective.ts";
import type { MarginJob } from "../../parallel/jobs.ts";
import type { TreeParameters } from "../../tree/tree-parameters.ts";

/** What a training says about the trees and who works on them. */
export interface MarginNeeds {
  readonly objective: Objective;
  readonly parameters: TreeParameters;
  readonly memberCount: number;
  readonly kernels: KernelChoice;
}

/** Nodes of all trees that are handed over together. */
const TREE_NODES = 2 ** 17;
/** A larger tree is not handed over. */
const MAX_TREE_NODES = 2 ** 16;
/** Leaves of the largest perfect tree. */
const PERFECT_LEAVES = 2 ** MAX_DEPTH;

/**
 * The memory for the margins of `tables`, of which the training table may be one.
 *
 * @param cuts those that the trees' conditions are of
 */
export function planMargins(
  tables: readonly DMatrix[],
  training: DMatrix,
  cuts: Cuts,
  needs: MarginNeeds,
): MarginJob {
  const { memberCount, kernels } = needs;
  const shape = planShape(tables, training, cuts, needs);
  const sizeBytes = measureArena((arena) => placeMarginMemory(arena, shape, new Float32Array(0)));
  return { shape, memory: allocateKernelMemory(sizeBytes, memberCount > 1, kernels) };
}

function planShape(
  tables: readonly DMatrix[],
  training: DMatrix,
  cuts: Cuts,
  { objective, parameters, memberCount }: MarginNeeds,
): MarginShape {
  const { groupCount } = objective;
  const isDense = (data: DMatrix) => data !== training && !data.features.isSparse;
  const columns = cuts.isCategorical.includes(1) ? null : planColumns(tables.filter(isDense), cuts);
  const nodeCapacity = planNodes(parameters, training.rowCount);
  const treesPerRound = groupCount * parameters.numParallelTree;
  return {
    groupCount,
    memberCount,
    objectiveName: objective.name,
    columns: columns ?? noColumns(cuts),
    featureCount: cuts.isCategorical.length,
    treeCapacity: Math.max(1, Math.min(treesPerRound, Math.floor(TREE_NODES / nodeCapacity))),
    nodeCapacity,
    tables: tables.map((data) => ({
      rowCount: data.rowCount,
      source: data === training ? "training" : columns !== null && isDense(data) ? "ranks" : "walk",
    })),
  };
}

/** How many nodes a tree can have: a perfect tree at least. */
function planNodes({ maxDepth, maxLeaves }: TreeParameters, rowCount: number): number {
  if (maxDepth > 0 && maxDepth <= MAX_DEPTH) return PERFECT_LEAVES;
  const byDepth = maxDepth > 0 ? 2 ** Math.min(maxDepth, 30) : Infinity;
  const leaves = Math.min(byDepth, maxLeaves > 0 ? maxLeaves : Infinity, Math.max(1, rowCount));
  return Math.max(PERFECT_LEAVES, Math.min(2 * leaves, MAX_TREE_NODES));
}

function planColumns(tables: readonly DMatrix[], cuts: Cuts): RankColumns | null {
  const hasMissing = new Uint8Array(cuts.isCategorical.length);
  for (const data of tables) {
    const present = countPresent(data);
    hasMissing.forEach((_, f) => {
      // A table may have fewer features than the model; the rest is missing.
      if ((present[f] ?? 0) < data.rowCount) hasMissing[f] = 1;
    });
  }
  return planRankColumns(cuts, hasMissing);
}

function noColumns(cuts: Cuts): RankColumns {
  return {
    cuts,
    features: new Uint32Array(0),
    firstCuts: new Uint32Array(0),
    isMissingLeft: new Uint8Array(0),
  };
}
