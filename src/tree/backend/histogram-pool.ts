// The histograms that nodes have: a fixed number, handed out and taken back. A node that waits for its split
// keeps its own, so that its children's come by subtraction; when few are left nodes give theirs up, since they
// can be built again from the rows.

import type { GrowShape } from "../../kernel/grow/grow-memory.ts";
import { type GrowNode, NO_HISTOGRAM } from "../grow-node.ts";

export class HistogramPool {
  /** Numbers of histograms that no node has. */
  readonly #free: number[] = [];
  /** What a batch needs at most while it runs; nodes keep no histogram when fewer than this are left. */
  readonly #reserve: number;

  constructor({ memberCount, histogramCount, groupCount }: GrowShape) {
    // Before those of nodes lies one per member, for nodes that several members add to.
    for (let h = memberCount + histogramCount - 1; h >= memberCount; h--) this.#free.push(h);
    this.#reserve = Math.max(2, Math.min(2 * groupCount, this.#free.length >> 1));
  }

  get freeCount(): number {
    return this.#free.length;
  }

  /** Gives a node a histogram unless it has one. */
  assign(node: GrowNode): void {
    if (node.histogram === NO_HISTOGRAM) node.histogram = this.#free.pop()!;
  }

  release(node: GrowNode): void {
    if (node.histogram === NO_HISTOGRAM) return;
    this.#free.push(node.histogram);
    node.histogram = NO_HISTOGRAM;
  }

  /** Takes histograms from `nodes` until enough are free for the next batch. */
  keepReserve(nodes: readonly GrowNode[]): void {
    for (const node of nodes) {
      if (this.#free.length >= this.#reserve) break;
      this.release(node);
    }
  }
}

/** The parent's histogram becomes the child's, where the parent has one. */
export function inheritHistogram(parent: GrowNode, child: GrowNode): boolean {
  if (parent.histogram === NO_HISTOGRAM) return false;
  child.histogram = parent.histogram;
  parent.histogram = NO_HISTOGRAM;
  return true;
}
