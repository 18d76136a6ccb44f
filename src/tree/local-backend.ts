// The tree backend over rows of this process: turns batches of nodes into tasks for a team's members, one
// phase after another. Histograms come from the child with fewer rows; its sibling's is the parent's less
// that one, which is exact.

import type { Collective } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { exactStep, partialSumStep, roundingMagic } from "../core/exact-sum.ts";
import type { Executor } from "../core/executor.ts";
import { fillBins } from "../data/binned-matrix.ts";
import type { Features } from "../data/features.ts";
import {
  type GrowMemory,
  MAXIMA_STRIDE,
  NODE_INTS,
  NODE_STATS,
  nodeInt,
  nodeStat,
  SPLIT_FIELDS,
  TASK_INTS,
} from "../kernel/grow-memory.ts";
import type { Objective } from "../objective/objective.ts";
import { type GrowNode, NO_HISTOGRAM, type SplitNode } from "./grow-node.ts";
import { Peers } from "./peers.ts";
import { readSplit, writeSplit } from "./split-record.ts";
import type { GrownLeaf, TreeBackend } from "./tree-backend.ts";
import { ANSWER, type Phase } from "./tree-member.ts";
import type { TreeParameters } from "./tree-parameters.ts";

/** Rows of one task, when there are several members; a multiple of the lanes of any kernel. */
const TASK_ROWS = 16384;
/** Rows whose values are shared at once while they are binned. */
const MAX_BLOCK_ROWS = 16384;

export class LocalBackend implements TreeBackend {
  readonly margins: Float32Array;
  readonly #memory: GrowMemory;
  readonly #executor: Executor<Phase>;
  readonly #parameters: TreeParameters;
  readonly #objective: Objective;
  readonly #peers: Peers;
  readonly #groupCount: number;
  readonly #nodeCapacity: number;
  /** Numbers of histograms that are not in use. */
  readonly #freeHistograms: number[] = [];
  /** What a batch needs at most while it runs; nodes keep no histogram when fewer than this are left. */
  readonly #histogramReserve: number;
  #taskCount = 0;

  private constructor(
    memory: GrowMemory,
    executor: Executor<Phase>,
    parameters: TreeParameters,
    objective: Objective,
    peers: Peers,
  ) {
    this.#peers = peers;
    this.#memory = memory;
    this.#executor = executor;
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
    if (this.#executor.memberCount === 1 || features.isSparse || blockRows < this.#executor.memberCount) {
      fillBins(matrix, features, 0, rowCount);
      return;
    }
    const scratch = new Float32Array(blockRows * featureCount);
    const step = Math.ceil(blockRows / this.#executor.memberCount / 4);
    for (let begin = 0; begin < rowCount; begin += blockRows) {
      const end = Math.min(begin + blockRows, rowCount);
      gradients.set(features.readRows(begin, end, scratch));
      for (let at = begin; at < end; at += step) {
        this.#addTask("fill", at, Math.min(at + step, end), at - begin);
      }
      this.#run("fill");
    }
  }

  async startRound(): Promise<void> {
    const { gradients, maxima, matrix } = this.#memory;
    maxima.fill(0);
    if (this.#objective.needsAllRows) {
      const { label, weight, margins } = this.#memory;
      const labels = { rowCount: matrix.rowCount, label, weight: weight.length > 0 ? weight : undefined };
      this.#objective.computeGradients(margins, labels, 0, matrix.rowCount, gradients);
      this.#runOverRows("maxima");
    } else {
      this.#runOverRows("gradients");
    }
    const largest = new Float64Array(2);
    for (let member = 0; member < this.#executor.memberCount; member++) {
      largest[0] = Math.max(largest[0], maxima[member * MAXIMA_STRIDE]);
      largest[1] = Math.max(largest[1], maxima[member * MAXIMA_STRIDE + 1]);
    }
    await this.#peers.collective.allReduceMax(largest);
    checkFinite(largest);
    await this.#chooseGrids(largest);
    this.#runOverGroups("round");
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
    this.#runOverGroups("measure");
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
    this.#runOverGroups("start", round, parallelTree);
    const sums = new Float64Array(2 * this.#groupCount);
    for (let i = 0; i < groupSums.length; i++) sums[i % sums.length] += groupSums[i];
    await this.#peers.collective.allReduceSum(sums);
    return sums;
  }

  /** One task per range of rows: (begin, end). */
  #runOverRows(phase: Phase): void {
    this.#forEachRange(0, this.#memory.matrix.rowCount, (begin, end) => this.#addTask(phase, begin, end));
    this.#run(phase);
  }

  /** One task per group and range of rows: (group, begin, end, ..). */
  #runOverGroups(phase: Phase, first = 0, second = 0): void {
    for (let group = 0; group < this.#groupCount; group++) {
      this.#forEachRange(0, this.#memory.matrix.rowCount, (begin, end) =>
        this.#addTask(phase, group, begin, end, first, second),
      );
    }
    this.#run(phase);
  }

  /** Ranges of TASK_ROWS rows, or the whole for a single member, who has nobody to share with. */
  #forEachRange(begin: number, end: number, visit: (begin: number, end: number) => void): void {
    const step = this.#executor.memberCount === 1 ? Math.max(1, end - begin) : TASK_ROWS;
    for (let at = begin; at < end; at += step) visit(at, Math.min(at + step, end));
  }

  /** Appends a task; runs those that wait when there is no room. */
  #addTask(phase: Phase, ...ints: number[]): void {
    const { tasks } = this.#memory;
    if ((this.#taskCount + 1) * TASK_INTS > tasks.length) this.#run(phase);
    tasks.set(ints, this.#taskCount++ * TASK_INTS);
  }

  #run(phase: Phase): void {
    const count = this.#taskCount;
    this.#taskCount = 0;
    if (count > 0) this.#executor.run(phase, count);
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
        this.#addTask("evaluate", slot, -1, 0);
      });
      this.#run("evaluate");
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
      this.#addTask("evaluate", 2 * i, 2 * i + 1, hasParent ? 1 : 0);
    });
    this.#run("evaluate");
    await this.#readSplits(nodes);
    this.#keepReserve(nodes);
  }

  /** Large nodes are added range by range, each member to its own histogram first. */
  #buildHistograms(nodes: readonly NodeInSlot[]): void {
    const { inOrder, mostRows } = this.#shareOut(nodes);
    for (const { node, slot } of inOrder) {
      if (rowCountOf(node) <= mostRows) this.#addTask("build", slot, node.rowBegin, node.rowEnd, 0);
      else {
        this.#forEachRange(node.rowBegin, node.rowEnd, (begin, end) =>
          this.#addTask("build", slot, begin, end, 1),
        );
      }
    }
    this.#run("build");
  }

  /**
   * How members share the rows of `nodes`: those of at most `mostRows` rows are tasks as they are, the
   * others are cut into ranges, which costs another step to join. With the largest tasks first, members
   * end at nearly the same time.
   */
  #shareOut<T extends NodeInSlot>(nodes: readonly T[]): { inOrder: readonly T[]; mostRows: number } {
    const { memberCount } = this.#executor;
    if (memberCount === 1) return { inOrder: nodes, mostRows: Infinity };
    const inOrder = nodes.toSorted((a, b) => rowCountOf(b.node) - rowCountOf(a.node));
    const total = nodes.reduce((sum, { node }) => sum + rowCountOf(node), 0);
    return { inOrder, mostRows: Math.max(TASK_ROWS, total / (2 * memberCount)) };
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
    for (let begin = 0; begin < splits.length; begin += this.#nodeCapacity) {
      const batch = splits.slice(begin, begin + this.#nodeCapacity);
      batch.forEach(({ node }, slot) => {
        writeSplit(this.#memory, slot, node.split);
        this.#memory.nodeInts[slot * NODE_INTS + nodeInt.group] = node.group;
      });
      this.#partition(batch.map((split, slot) => ({ split, node: split.node, slot })));
    }
  }

  /** Small nodes are partitioned by one task each, large ones range by range and then joined. */
  #partition(splits: readonly (NodeInSlot & { split: SplitNode })[]): void {
    const { tasks } = this.#memory;
    const { inOrder, mostRows } = this.#shareOut(splits);
    const parts = inOrder.map(({ split, node, slot }) => {
      const isWhole = rowCountOf(node) <= mostRows;
      const ranges: RowRange[] = [];
      const add = (begin: number, end: number) => {
        ranges.push({ begin, end, answer: 0 });
        this.#addTask("partition", slot, begin, end, isWhole ? 1 : 0);
      };
      if (isWhole) add(node.rowBegin, node.rowEnd);
      else this.#forEachRange(node.rowBegin, node.rowEnd, add);
      return { split, isWhole, ranges };
    });
    this.#run("partition");
    let task = 0;
    for (const { split, isWhole, ranges } of parts) {
      for (const range of ranges) range.answer = tasks[TASK_INTS * task++ + ANSWER];
      if (isWhole) setChildRows(split, ranges[0].answer);
    }
    for (const { split, isWhole, ranges } of parts) if (!isWhole) this.#addJoinTasks(split, ranges);
    this.#run("join");
  }

  /** `answer` of a range is how many of its rows go left. */
  #addJoinTasks(split: SplitNode, ranges: readonly RowRange[]): void {
    let left = split.node.rowBegin;
    let right = ranges.reduce((sum, { answer }) => sum + answer, left);
    setChildRows(split, right);
    for (const { begin, end, answer } of ranges) {
      this.#addTask("join", split.node.group, begin, end, left, right, answer);
      left += answer;
      right += end - begin - answer;
    }
  }

  release(node: GrowNode): void {
    if (node.histogram === NO_HISTOGRAM) return;
    this.#freeHistograms.push(node.histogram);
    node.histogram = NO_HISTOGRAM;
  }

  addLeafValues(leaves: readonly GrownLeaf[]): void {
    for (const { node, leafValue } of leaves) {
      this.#forEachRange(node.rowBegin, node.rowEnd, (begin, end) => {
        this.#addTask("leaves", node.group, begin, end);
        this.#memory.taskValues[this.#taskCount - 1] = leafValue;
      });
    }
    this.#run("leaves");
  }
}

/** A node and the slot where members find it. */
interface NodeInSlot {
  readonly node: GrowNode;
  readonly slot: number;
}

/** Rows of one partition task, and what it answers: see TreeMember. */
interface RowRange {
  readonly begin: number;
  readonly end: number;
  answer: number;
}

function rowCountOf(node: GrowNode): number {
  return node.rowEnd - node.rowBegin;
}

/** @throws {CoppiceError} INVALID_DATA */
function checkFinite(largest: Float64Array): void {
  if (largest.every(Number.isFinite)) return;
  throw new CoppiceError(
    "INVALID_DATA",
    "gradients must be finite in float32: labels, weights or the margins that training starts from are too large",
  );
}

function setChildRows({ node, left, right }: SplitNode, middle: number): void {
  left.rowBegin = node.rowBegin;
  left.rowEnd = middle;
  right.rowBegin = middle;
  right.rowEnd = node.rowEnd;
}
