// What growing trees needs from whoever holds the rows: one thread, a team of threads or peers on other
// machines. The grower decides, the backend adds up and moves rows. All trees of a round (one per group)
// grow together, so each call takes a batch of nodes of all of them.

import type { MaybePromise } from "../core/collective.ts";
import type { GrowNode, SplitNode } from "./grow-node.ts";

/** A leaf of a finished tree. */
export interface GrownLeaf {
  readonly node: GrowNode;
  readonly leafValue: number;
}

export interface TreeBackend {
  /** The margins of the rows held here, [groupCount × rowCount] group-major. */
  readonly margins: Float32Array;
  /** Computes the gradients at the margins and rounds them to the exact grid. */
  startRound(): MaybePromise<void>;
  /**
   * Puts all rows into the roots of one tree per group. With subsampling, a tree sees the rows whose draw is
   * below the share; the others count with zero gradients.
   *
   * @param parallelTree the trees' number among the parallel trees of their groups
   * @returns (sumGrad, sumHess) of each group's root
   */
  startTrees(round: number, parallelTree: number): MaybePromise<Float64Array>;
  /** Finds the best split of each root. */
  evaluateRoots(roots: readonly GrowNode[]): MaybePromise<void>;
  /** Moves the rows of each split node to its children. */
  applySplits(splits: readonly SplitNode[]): MaybePromise<void>;
  /** Finds the best split of both children of each node. */
  evaluateChildren(splits: readonly SplitNode[]): MaybePromise<void>;
  /** Frees what is kept for a node that will not be split. */
  release(node: GrowNode): void;
  /** Adds the leaf values to the margins of the leaves' rows. */
  addLeafValues(leaves: readonly GrownLeaf[]): MaybePromise<void>;
}
