// The order in which nodes are split, and every rule that stops it. `depthwise` takes the nodes of a
// level together, lowest id first; `lossguide` takes the node with the largest gain, alone.
// XGBoost parity: Driver::Pop, with its limit of 256 nodes a batch and its rule that an empty batch ends
// the tree.

import type { GrowNode } from "./grow-node.ts";
import type { TreeParameters } from "./tree-parameters.ts";

const MAX_BATCH = 256;
/** XGBoost parity: kRtEps, the gain above which a split counts. */
const LEAST_GAIN: number = Math.fround(1e-6);

export class ExpandQueue {
  readonly #parameters: TreeParameters;
  readonly #gamma: number;
  readonly #before: (a: GrowNode, b: GrowNode) => boolean;
  /** A binary heap, the next node first. */
  readonly #heap: GrowNode[] = [];
  #leafCount = 1;

  constructor(parameters: TreeParameters) {
    this.#parameters = parameters;
    this.#gamma = Math.fround(parameters.gamma);
    this.#before =
      parameters.growPolicy === "depthwise"
        ? (a, b) => a.id < b.id
        : (a, b) => a.split.gain > b.split.gain || (a.split.gain === b.split.gain && a.id < b.id);
  }

  /** Queues a node whose split was sought; one without a useful split is dropped. */
  push(node: GrowNode): boolean {
    if (node.id !== 0 && !(node.split.gain > LEAST_GAIN)) return false;
    const heap = this.#heap;
    let i = heap.push(node) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(node, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = node;
    return true;
  }

  /** The nodes to split next; none when the tree is finished. */
  popBatch(): GrowNode[] {
    const batch: GrowNode[] = [];
    if (this.#heap.length === 0) return batch;
    if (this.#parameters.growPolicy === "lossguide") {
      const node = this.#pop();
      if (this.#isValid(node)) batch.push(node);
      this.#leafCount += batch.length;
      return batch;
    }
    const { depth } = this.#heap[0];
    while (this.#heap.length > 0 && this.#heap[0].depth === depth && batch.length < MAX_BATCH) {
      const node = this.#pop();
      if (!this.#isValid(node)) continue;
      this.#leafCount++;
      batch.push(node);
    }
    return batch;
  }

  /** Whether children at `depth` may be split in their turn. */
  mayExpand(depth: number): boolean {
    const { maxDepth, maxLeaves } = this.#parameters;
    return (maxDepth === 0 || depth < maxDepth) && (maxLeaves === 0 || this.#leafCount < maxLeaves);
  }

  #isValid(node: GrowNode): boolean {
    return node.split.gain > LEAST_GAIN && node.split.gain >= this.#gamma && this.mayExpand(node.depth);
  }

  #pop(): GrowNode {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop()!;
    const size = heap.length;
    if (size === 0) return top;
    let i = 0;
    for (let child = 1; child < size; child = 2 * i + 1) {
      if (child + 1 < size && this.#before(heap[child + 1], heap[child])) child++;
      if (!this.#before(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
