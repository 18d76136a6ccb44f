// What growing trees needs from whoever holds the rows: one thread, a team of threads or peers on other
// machines. The grower decides, the backend adds up and moves rows. All trees of a round (one per group)
// grow together, so each call takes a batch of nodes of all of them.

import type { MaybePromise } from "../core/collective.ts";
import type { GrowNode, SplitNode } from "./grow-node.ts";

/** Which rows a tree sees: those whose draw is below `share`; the others count with zero gradients. */
export interface RowSample {
  readonly share: number;
  readonly seed: number;
  readonly round: number;
  /** The tree's number among the parallel trees of its group. */
  readonly parallelTree: number;
}

/** A leaf of a finished tree. */
export interface GrownLeaf {
  readonly node: GrowNode;
  readonly leafValue: number;
}

export interface TreeBackend {
  /** Takes over the gradients of a round ([groupCount × rowCount] pairs) and rounds them to the exact grid. */
  startRound(gradients: Float32Array): MaybePromise<void>;
  /**
   * Puts all rows into the roots of one tree per group.
   *
   * @returns (sumGrad, sumHess) of each group's root
   */
  startTrees(sample: RowSample): MaybePromise<Float64Array>;
  /** Finds the best split of each root. */
  evaluateRoots(roots: readonly GrowNode[]): MaybePromise<void>;
  /** Moves the rows of each split node to its children. */
  applySplits(splits: readonly SplitNode[]): MaybePromise<void>;
  /** Finds the best split of both children of each node. */
  evaluateChildren(splits: readonly SplitNode[]): MaybePromise<void>;
  /** Frees what is kept for a node that will not be split. */
  release(node: GrowNode): void;
  /** Adds the leaf values to the margins ([groupCount × rowCount], group-major) of the rows. */
  addLeafValues(leaves: readonly GrownLeaf[], margins: Float32Array): MaybePromise<void>;
}
