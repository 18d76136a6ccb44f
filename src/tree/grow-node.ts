// A node while its tree grows: its statistics, its bounds, and what the backend keeps for it.

import type { GainEvaluator } from "./gain.ts";
import { MAX_FLOAT } from "./gain.ts";
import { Split, type SplitContext } from "./split.ts";

/** The number of no histogram. */
export const NO_HISTOGRAM = -1;

/** What a node is born with. */
export interface NodeOrigin {
  readonly evaluator: GainEvaluator;
  /** The group whose gradients the tree fits; trees of different groups grow together. */
  readonly group: number;
  readonly id: number;
  readonly depth: number;
  readonly sumGrad: number;
  readonly sumHess: number;
  /** The node's own gain. */
  readonly rootGain: number;
}

export class GrowNode implements NodeOrigin, SplitContext {
  readonly evaluator: GainEvaluator;
  readonly group: number;
  readonly id: number;
  readonly depth: number;
  readonly sumGrad: number;
  readonly sumHess: number;
  readonly rootGain: number;
  /** Monotone bounds of the weights below this node. */
  lower: number = -MAX_FLOAT;
  upper: number = MAX_FLOAT;
  /** Features used on the way from the root, each once. */
  path: readonly number[] = [];
  /** The features that may split the node, ascending; empty for a node that will not be split. */
  features: Uint32Array = new Uint32Array(0);
  split: Split = new Split();

  // What a backend keeps: the node's rows in its row index, and its histogram.
  rowBegin = 0;
  rowEnd = 0;
  histogram: number = NO_HISTOGRAM;

  constructor({ evaluator, group, id, depth, sumGrad, sumHess, rootGain }: NodeOrigin) {
    this.evaluator = evaluator;
    this.group = group;
    this.id = id;
    this.depth = depth;
    this.sumGrad = sumGrad;
    this.sumHess = sumHess;
    this.rootGain = rootGain;
  }
}

/** How many rows of this process a node has. */
export function rowCountOf(node: GrowNode): number {
  return node.rowEnd - node.rowBegin;
}

/** A node that was split, with its children. */
export interface SplitNode {
  readonly node: GrowNode;
  readonly left: GrowNode;
  readonly right: GrowNode;
}
