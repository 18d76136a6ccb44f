// What the peers of a distributed training do together while trees grow; a single peer does nothing here.
// Rows stay where they are. Each peer owns a block of columns: it gets the sums of all peers for the block's
// slots (a reduce-scatter), seeks the best splits of the block's features, and all peers learn the few
// winners. Half the traffic of giving every peer every sum.

import type { Collective } from "../../core/collective.ts";
import { countAllRows } from "../../core/exact-sum.ts";
import { bytesOf } from "../../core/typed-bytes.ts";
import type { BinLayout } from "../../data/binned-matrix.ts";
import { type GrowMemory, SPLIT_FIELDS } from "../../kernel/grow/grow-memory.ts";
import { type GrowNode, rowCountOf } from "../grow-node.ts";
import { isBetterSplit } from "./split-record.ts";

export class Peers {
  readonly collective: Collective;
  /** Rows on all peers together. */
  readonly rowCount: number;
  readonly #memory: GrowMemory;
  /** Peer p's slots are [slotOffsets[p], slotOffsets[p + 1]). */
  readonly #slotOffsets: Uint32Array;
  /** What is sent, kept for the next time. */
  #packed: Float64Array = new Float64Array(0);

  private constructor(memory: GrowMemory, collective: Collective, rowCount: number) {
    this.collective = collective;
    this.rowCount = rowCount;
    this.#memory = memory;
    this.#slotOffsets = divideSlots(memory.matrix, collective.worldSize);
  }

  /** Learns how many rows there are and where this peer's begin; stores the latter in the memory. */
  static async meet(memory: GrowMemory, collective: Collective): Promise<Peers> {
    const { rank, worldSize } = collective;
    const counts = new Float64Array(worldSize);
    counts[rank] = memory.matrix.rowCount;
    await collective.allReduceSum(counts);
    memory.firstRow[0] = counts.subarray(0, rank).reduce((sum, count) => sum + count, 0);
    return new Peers(memory, collective, await countAllRows(memory.matrix.rowCount, collective));
  }

  get #isAlone(): boolean {
    return this.collective.worldSize === 1;
  }

  /**
   * Which of two siblings has its histogram built. Alone the one with fewer rows, which is the quicker; peers
   * must agree, so they go by what all of them know.
   */
  isSmaller(left: GrowNode, right: GrowNode): boolean {
    if (this.#isAlone) return rowCountOf(left) <= rowCountOf(right);
    return left.sumHess <= right.sumHess;
  }

  /** Those of `features` whose splits this peer seeks. */
  ownFeatures(features: Uint32Array): Uint32Array {
    if (this.#isAlone) return features;
    const { featureSlot } = this.#memory.matrix;
    const begin = this.#slotOffsets[this.collective.rank];
    const end = this.#slotOffsets[this.collective.rank + 1];
    return features.filter((f) => featureSlot[f] >= begin && featureSlot[f] < end);
  }

  /** Turns the histograms of `nodes` into the sums of all peers, in this peer's slots. */
  async addHistograms(nodes: readonly GrowNode[]): Promise<void> {
    if (this.#isAlone || nodes.length === 0) return;
    const { worldSize, rank } = this.collective;
    const { histograms, matrix } = this.#memory;
    const slots = this.#slotOffsets;
    const offsets = Array.from(slots, (slot) => 2 * slot * nodes.length);
    if (this.#packed.length < offsets[worldSize]) this.#packed = new Float64Array(offsets[worldSize]);
    const packed = this.#packed.subarray(0, offsets[worldSize]);
    // Peer by peer, within a peer node by node: each peer's part is one range.
    const visit = (peer: number, move: (packedAt: number, histogramAt: number, length: number) => void) => {
      const length = 2 * (slots[peer + 1] - slots[peer]);
      nodes.forEach((node, i) => {
        move(offsets[peer] + i * length, 2 * (node.histogram * matrix.slotCount + slots[peer]), length);
      });
    };
    for (let peer = 0; peer < worldSize; peer++) {
      visit(peer, (to, from, length) => packed.set(histograms.subarray(from, from + length), to));
    }
    await this.collective.reduceScatterSum(packed, offsets);
    visit(rank, (from, to, length) => histograms.set(packed.subarray(from, from + length), to));
  }

  /** Replaces the splits in slots [0, count) by the best of all peers. */
  async agreeOnSplits(count: number): Promise<void> {
    if (this.#isAlone || count === 0) return;
    const { splits, splitCategories, categoryWords: words } = this.#memory;
    const splitBytes = count * SPLIT_FIELDS * 8;
    const own = new Uint8Array(splitBytes + count * words * 4);
    own.set(bytesOf(splits.subarray(0, count * SPLIT_FIELDS)));
    own.set(bytesOf(splitCategories.subarray(0, count * words)), splitBytes);
    const all = await this.collective.allGather(own);
    for (const [peer, bytes] of all.entries()) {
      if (peer === this.collective.rank) continue;
      const copy = bytes.slice();
      const theirs = new Float64Array(copy.buffer, 0, count * SPLIT_FIELDS);
      const theirCategories = new Uint32Array(copy.buffer, splitBytes, count * words);
      for (let slot = 0; slot < count; slot++) {
        const at = slot * SPLIT_FIELDS;
        if (!isBetterSplit(theirs, splits, at)) continue;
        splits.set(theirs.subarray(at, at + SPLIT_FIELDS), at);
        splitCategories.set(theirCategories.subarray(slot * words, (slot + 1) * words), slot * words);
      }
    }
  }
}

/** Blocks of whole columns with about equally many slots each; slots that no row is in go to the last. */
function divideSlots({ columnOffsets, columnCount, slotCount }: BinLayout, worldSize: number): Uint32Array {
  const offsets = new Uint32Array(worldSize + 1);
  let column = 0;
  for (let peer = 1; peer < worldSize; peer++) {
    const wanted = (peer * columnOffsets[columnCount]) / worldSize;
    while (column < columnCount && columnOffsets[column] < wanted) column++;
    offsets[peer] = columnOffsets[column];
  }
  offsets[worldSize] = slotCount;
  return offsets;
}
