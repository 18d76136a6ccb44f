// The tree backend over rows of this process: turns batches of nodes into tasks for a team's members, one
// phase after another. Histograms come from the child with fewer rows; its sibling's is the parent's less
// that one, which is exact.

import type { Collective } from "../../core/collective.ts";
import { CoppiceError } from "../../core/errors.ts";
import { exactStep, partialSumStep, roundingMagic } from "../../core/exact-sum.ts";
import type { Executor } from "../../core/executor.ts";
import { fillBins } from "../../data/binned-matrix.ts";
import type { Features } from "../../data/features.ts";
import {
  type GrowMemory,
  MAXIMA_STRIDE,
  NODE_INTS,
  NODE_STATS,
  nodeInt,
  nodeStat,
  SPLIT_FIELDS,
} from "../../kernel/grow/grow-memory.ts";
import type { Objective } from "../../objective/objective.ts";
import { type GrowNode, NO_HISTOGRAM, rowCountOf, type SplitNode } from "../grow-node.ts";
import type { GrownLeaf, TreeBackend } from "../tree-backend.ts";
import type { TreeParameters } from "../tree-parameters.ts";
import { Peers } from "./peers.ts";
import { RowPartition } from "./row-partition.ts";
import { readSplit } from "./split-record.ts";
import { type NodeInSlot, TaskList } from "./task-list.ts";
import type { Phase } from "./tree-member.ts";

/** Rows whose values are shared at once while they are binned. */
const MAX_BLOCK_ROWS = 16384;

export class LocalBackend implements TreeBackend {
  readonly margins: Float32Array;
  readonly #memory: GrowMemory;
  readonly #tasks: TaskList;
  readonly #rows: RowPartition;
  readonly #parameters: TreeParameters;
  readonly #objective: Objective;
  readonly #peers: Peers;
  readonly #groupCount: number;
  readonly #nodeCapacity: number;
  /** Numbers of histograms that are not in use. */
  readonly #freeHistograms: number[] = [];
  /** What a batch needs at most while it runs; nodes keep no histogram when fewer than this are left. */
  readonly #histogramReserve: number;

  private constructor(
    memory: GrowMemory,
    executor: Executor<Phase>,
    parameters: TreeParameters,
    objective: Objective,
    peers: Peers,
  ) {
    this.#peers = peers;
    this.#memory = memory;
    this.#tasks = new TaskList(memory, executor);
    this.#rows = new RowPartition(memory, this.#tasks);
    this.#parameters = parameters;
    this.#objective = objective;
    this.margins = memory.margins;
    this.#groupCount = objective.groupCount;
    this.#nodeCapacity = memory.splits.length / SPLIT_FIELDS;
    const total = memory.histograms.length / (2 * memory.matrix.slotCount);
    for (let h = total - 1; h >= executor.memberCount; h--) this.#freeHistograms.push(h);
    this.#histogramReserve = Math.max(2, Math.min(2 * this.#groupCount, this.#freeHistograms.length >> 1));
  }

  /** @param collective the peers that hold the other rows; `solo` when there are none */
  static async create(
    memory: GrowMemory,
    executor: Executor<Phase>,
    parameters: TreeParameters,
    objective: Objective,
    collective: Collective,
  ): Promise<LocalBackend> {
    const peers = await Peers.meet(memory, collective);
    return new LocalBackend(memory, executor, parameters, objective, peers);
  }

  /** Bins the rows of a table; the memory must be zeroed. */
  fillBins(features: Features): void {
    const { matrix, gradients } = this.#memory;
    const { rowCount, featureCount } = matrix;
    // Nothing is in the gradients yet, so blocks of values can pass through them to all members.
    const blockRows = Math.min(MAX_BLOCK_ROWS, Math.floor(gradients.length / Math.max(1, featureCount)));
    // What is bins already needs no search.
    const isQuick = features.isSparse || features.cuts !== undefined;
    if (this.#tasks.memberCount === 1 || isQuick || blockRows < this.#tasks.memberCount) {
      fillBins(matrix, features, 0, rowCount);
      return;
    }
    const scratch = new Float32Array(blockRows * featureCount);
    const step = Math.ceil(blockRows / this.#tasks.memberCount / 4);
    for (let begin = 0; begin < rowCount; begin += blockRows) {
      const end = Math.min(begin + blockRows, rowCount);
      gradients.set(features.readRows(begin, end, scratch));
      for (let at = begin; at < end; at += step) {
        this.#tasks.add("fill", at, Math.min(at + step, end), at - begin);
      }
      this.#tasks.run("fill");
    }
  }

  async startRound(): Promise<void> {
    const { gradients, maxima, matrix } = this.#memory;
    maxima.fill(0);
    if (this.#objective.needsAllRows) {
      const { label, weight, margins } = this.#memory;
      const labels = { rowCount: matrix.rowCount, label, weight: weight.length > 0 ? weight : undefined };
      this.#objective.computeGradients(margins, labels, 0, matrix.rowCount, gradients);
      this.#tasks.runOverRows("maxima");
    } else {
      this.#tasks.runOverRows("gradients");
    }
    const largest = new Float64Array(2);
    for (let member = 0; member < this.#tasks.memberCount; member++) {
      largest[0] = Math.max(largest[0], maxima[member * MAXIMA_STRIDE]);
      largest[1] = Math.max(largest[1], maxima[member * MAXIMA_STRIDE + 1]);
    }
    await this.#peers.collective.allReduceMax(largest);
    checkFinite(largest);
    await this.#chooseGrids(largest);
    this.#tasks.runOverGroups("round");
  }

  /**
   * Chooses the grid of each group's gradients and hessians: as fine as sums of any of its rows can be
   * held. Their size is measured on a coarse grid, on which all sums of values up to `largest` are exact.
   */
  async #chooseGrids(largest: Float64Array): Promise<void> {
    const { magic, groupSums, magnitudes } = this.#memory;
    const { rowCount, collective } = this.#peers;
    const coarse = [exactStep(rowCount, largest[0]), exactStep(rowCount, largest[1])];
    for (let i = 0; i < magic.length; i++) magic[i] = roundingMagic(coarse[i & 1]);
    groupSums.fill(0);
    magnitudes.fill(0);
    this.#tasks.runOverGroups("measure");
    const totals = new Float64Array(2 * magic.length);
    for (let i = 0; i < groupSums.length; i++) {
      totals[i % magic.length] += groupSums[i];
      totals[magic.length + (i % magic.length)] += magnitudes[i];
    }
    await collective.allReduceSum(totals);
    for (let i = 0; i < magic.length; i++) {
      const slack = rowCount * coarse[i & 1];
      magic[i] = roundingMagic(partialSumStep(totals[i], totals[magic.length + i], slack));
    }
    groupSums.fill(0);
  }

  async startTrees(round: number, parallelTree: number): Promise<Float64Array> {
    const { groupSums } = this.#memory;
    const isSampled = this.#parameters.subsample < 1;
    if (isSampled) groupSums.fill(0);
    this.#tasks.runOverGroups("start", round, parallelTree);
    const sums = new Float64Array(2 * this.#groupCount);
    for (let i = 0; i < groupSums.length; i++) sums[i % sums.length] += groupSums[i];
    await this.#peers.collective.allReduceSum(sums);
    return sums;
  }

  async evaluateRoots(roots: readonly GrowNode[]): Promise<void> {
    for (let begin = 0; begin < roots.length; ) {
      const batch = roots.slice(begin, begin + this.#batchSize(1));
      begin += batch.length;
      for (const root of batch) root.rowEnd = this.#memory.matrix.rowCount;
      this.#writeNodes(batch);
      this.#buildHistograms(batch.map((node, slot) => ({ node, slot })));
      await this.#peers.addHistograms(batch);
      batch.forEach((_, slot) => {
        this.#tasks.add("evaluate", slot, -1, 0);
      });
      this.#tasks.run("evaluate");
      await this.#readSplits(batch);
      this.#keepReserve(batch);
    }
  }

  /** Gives up histograms of `nodes` until enough are free for the next batch; they can be built again. */
  #keepReserve(nodes: readonly GrowNode[]): void {
    for (const node of nodes) {
      if (this.#freeHistograms.length >= this.#histogramReserve) break;
      this.release(node);
    }
  }

  /** How many nodes, or pairs of children, fit into slots and histograms. */
  #batchSize(nodesPerItem: 1 | 2): number {
    return Math.max(1, Math.floor(Math.min(this.#nodeCapacity, this.#freeHistograms.length) / nodesPerItem));
  }

  async evaluateChildren(splits: readonly SplitNode[]): Promise<void> {
    for (let begin = 0; begin < splits.length; ) {
      const batch = splits.slice(begin, begin + this.#batchSize(2));
      begin += batch.length;
      await this.#evaluatePairs(batch);
    }
  }

  async #evaluatePairs(splits: readonly SplitNode[]): Promise<void> {
    const pairs = splits.map(({ node, left, right }) => {
      const [smaller, larger] = this.#peers.isSmaller(left, right) ? [left, right] : [right, left];
      return { node, smaller, larger, hasParent: node.histogram !== NO_HISTOGRAM };
    });
    const nodes = pairs.flatMap(({ smaller, larger }) => [smaller, larger]);
    // The parent's histogram becomes the larger child's.
    for (const { node, larger, hasParent } of pairs) {
      if (!hasParent) continue;
      larger.histogram = node.histogram;
      node.histogram = NO_HISTOGRAM;
    }
    this.#writeNodes(nodes);
    this.#buildHistograms(
      pairs.flatMap(({ smaller, larger, hasParent }, i) => {
        const own = { node: smaller, slot: 2 * i };
        return hasParent ? [own] : [own, { node: larger, slot: 2 * i + 1 }];
      }),
    );
    await this.#peers.addHistograms(
      pairs.flatMap(({ smaller, larger, hasParent }) => (hasParent ? [smaller] : [smaller, larger])),
    );
    pairs.forEach(({ hasParent }, i) => {
      this.#tasks.add("evaluate", 2 * i, 2 * i + 1, hasParent ? 1 : 0);
    });
    this.#tasks.run("evaluate");
    await this.#readSplits(nodes);
    this.#keepReserve(nodes);
  }

  /** Large nodes are added range by range, each member to its own histogram first. */
  #buildHistograms(nodes: readonly NodeInSlot[]): void {
    const { inOrder, mostRows } = this.#tasks.shareOut(nodes);
    for (const { node, slot } of inOrder) {
      if (rowCountOf(node) <= mostRows) this.#tasks.add("build", slot, node.rowBegin, node.rowEnd, 0);
      else {
        this.#tasks.forEachRange(node.rowBegin, node.rowEnd, (begin, end) =>
          this.#tasks.add("build", slot, begin, end, 1),
        );
      }
    }
    this.#tasks.run("build");
  }

  /** Puts what members must know of the nodes into slots 0, 1, ..; gives each a histogram. */
  #writeNodes(nodes: readonly GrowNode[]): void {
    const { nodeInts, nodeStats, featureLists } = this.#memory;
    let listBegin = 0;
    let listEnd = 0;
    let lastList: Uint32Array | undefined;
    nodes.forEach((node, slot) => {
      if (node.histogram === NO_HISTOGRAM) node.histogram = this.#freeHistograms.pop()!;
      // Nodes that may use the same features share one list.
      if (node.features !== lastList) {
        lastList = node.features;
        const own = this.#peers.ownFeatures(lastList);
        featureLists.set(own, listEnd);
        listBegin = listEnd;
        listEnd += own.length;
      }
      const ints = slot * NODE_INTS;
      nodeInts[ints + nodeInt.group] = node.group;
      nodeInts[ints + nodeInt.rowBegin] = node.rowBegin;
      nodeInts[ints + nodeInt.rowEnd] = node.rowEnd;
      nodeInts[ints + nodeInt.histogram] = node.histogram;
      nodeInts[ints + nodeInt.lock] = 0;
      nodeInts[ints + nodeInt.featureBegin] = listBegin;
      nodeInts[ints + nodeInt.featureEnd] = listEnd;
      const stats = slot * NODE_STATS;
      nodeStats[stats + nodeStat.sumGrad] = node.sumGrad;
      nodeStats[stats + nodeStat.sumHess] = node.sumHess;
      nodeStats[stats + nodeStat.rootGain] = node.rootGain;
      nodeStats[stats + nodeStat.lower] = node.lower;
      nodeStats[stats + nodeStat.upper] = node.upper;
    });
  }

  async #readSplits(nodes: readonly GrowNode[]): Promise<void> {
    await this.#peers.agreeOnSplits(nodes.length);
    nodes.forEach((node, slot) => {
      node.split = readSplit(this.#memory, slot);
    });
  }

  applySplits(splits: readonly SplitNode[]): void {
    this.#rows.partition(splits);
  }

  release(node: GrowNode): void {
    if (node.histogram === NO_HISTOGRAM) return;
    this.#freeHistograms.push(node.histogram);
    node.histogram = NO_HISTOGRAM;
  }

  addLeafValues(leaves: readonly GrownLeaf[]): void {
    for (const { node, leafValue } of leaves) {
      this.#tasks.forEachRange(node.rowBegin, node.rowEnd, (begin, end) => {
        this.#tasks.addWithValue("leaves", leafValue, node.group, begin, end);
      });
    }
    this.#tasks.run("leaves");
  }
}

/** @throws {CoppiceError} INVALID_DATA */
function checkFinite(largest: Float64Array): void {
  if (largest.every(Number.isFinite)) return;
  throw new CoppiceError(
    "INVALID_DATA",
    "gradients must be finite in float32: labels, weights or the margins that training starts from are too large, " +
      "or it diverges (a smaller `eta` may help)",
  );
}
