// The tree backend over rows of this process: turns batches of nodes into tasks for a team's members, one
// phase after another. Histograms come from the child with fewer rows; its sibling's is the parent's less
// that one, which is exact.

import type { Collective } from "../../core/collective.ts";
import type { Executor } from "../../core/executor.ts";
import type { Features } from "../../data/features.ts";
import { type GrowMemory, NODE_INTS, NODE_STATS, nodeInt, nodeStat } from "../../kernel/grow/grow-memory.ts";
import type { GrowPhase } from "../../kernel/grow/grow-tasks.ts";
import type { Objective } from "../../objective/objective.ts";
import { type GrowNode, rowCountOf, type SplitNode } from "../grow-node.ts";
import type { GrownLeaf, TreeBackend } from "../tree-backend.ts";
import type { TreeParameters } from "../tree-parameters.ts";
import { HistogramPool, inheritHistogram } from "./histogram-pool.ts";
import { Peers } from "./peers.ts";
import { startGradients } from "./round-gradients.ts";
import { RowPartition } from "./row-partition.ts";
import { fillBinsTogether } from "./share-bins.ts";
import { readSplit } from "./split-record.ts";
import { type NodeInSlot, TaskList } from "./task-list.ts";

export class LocalBackend implements TreeBackend {
  readonly margins: Float32Array;
  readonly #memory: GrowMemory;
  readonly #tasks: TaskList;
  readonly #rows: RowPartition;
  readonly #histograms: HistogramPool;
  readonly #parameters: TreeParameters;
  readonly #objective: Objective;
  readonly #peers: Peers;

  private constructor(
    memory: GrowMemory,
    executor: Executor<GrowPhase>,
    parameters: TreeParameters,
    objective: Objective,
    peers: Peers,
  ) {
    this.#peers = peers;
    this.#memory = memory;
    this.#tasks = new TaskList(memory, executor);
    this.#rows = new RowPartition(memory, this.#tasks);
    this.#histograms = new HistogramPool(memory.shape);
    this.#parameters = parameters;
    this.#objective = objective;
    this.margins = memory.margins;
  }

  /** @param collective the peers that hold the other rows; `solo` when there are none */
  static async create(
    memory: GrowMemory,
    executor: Executor<GrowPhase>,
    parameters: TreeParameters,
    objective: Objective,
    collective: Collective,
  ): Promise<LocalBackend> {
    const peers = await Peers.meet(memory, collective);
    return new LocalBackend(memory, executor, parameters, objective, peers);
  }

  /** Bins the rows of a table; the memory must be zeroed. */
  fillBins(features: Features): void {
    fillBinsTogether(this.#memory, features, this.#tasks);
  }

  async startRound(): Promise<void> {
    await startGradients(this.#memory, this.#objective, this.#tasks, this.#peers);
  }

  async startTrees(round: number, parallelTree: number): Promise<Float64Array> {
    const { groupSums, shape } = this.#memory;
    if (this.#parameters.subsample < 1) groupSums.fill(0);
    this.#tasks.runOverGroups("start", { round, parallelTree });
    const sums = new Float64Array(2 * shape.groupCount);
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
        this.#tasks.add("evaluate", { slot, sibling: -1, isParent: 0 });
      });
      this.#tasks.run("evaluate");
      await this.#readSplits(batch);
      this.#histograms.keepReserve(batch);
    }
  }

  /** How many nodes, or pairs of children, fit into slots and histograms. */
  #batchSize(nodesPerItem: 1 | 2): number {
    const nodes = Math.min(this.#memory.shape.nodeCapacity, this.#histograms.freeCount);
    return Math.max(1, Math.floor(nodes / nodesPerItem));
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
      return { smaller, larger, hasParent: inheritHistogram(node, larger) };
    });
    const nodes = pairs.flatMap(({ smaller, larger }) => [smaller, larger]);
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
      this.#tasks.add("evaluate", { slot: 2 * i, sibling: 2 * i + 1, isParent: hasParent ? 1 : 0 });
    });
    this.#tasks.run("evaluate");
    await this.#readSplits(nodes);
    this.#histograms.keepReserve(nodes);
  }

  /** Large nodes are added range by range, each member to its own histogram first. */
  #buildHistograms(nodes: readonly NodeInSlot[]): void {
    const { inOrder, mostRows } = this.#tasks.shareOut(nodes);
    for (const { node, slot } of inOrder) {
      const { rowBegin, rowEnd } = node;
      if (rowCountOf(node) <= mostRows) this.#tasks.add("build", { slot, rowBegin, rowEnd, isShared: 0 });
      else {
        this.#tasks.forEachRange(rowBegin, rowEnd, (begin, end) =>
          this.#tasks.add("build", { slot, rowBegin: begin, rowEnd: end, isShared: 1 }),
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
      this.#histograms.assign(node);
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
    this.#histograms.release(node);
  }

  addLeafValues(leaves: readonly GrownLeaf[]): void {
    for (const { node, leafValue } of leaves) {
      const { group } = node;
      this.#tasks.forEachRange(node.rowBegin, node.rowEnd, (rowBegin, rowEnd) => {
        this.#tasks.add("leaves", { group, rowBegin, rowEnd, value: leafValue });
      });
    }
    this.#tasks.run("leaves");
  }
}
