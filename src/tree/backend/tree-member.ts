// What one member of a team does: the tasks of each phase of growing trees, on memory that all members
// share. Members take tasks in any order; sums are exact, so none of that shows in a result.

import type { Member } from "../../core/executor.ts";
import { streamKey, uniformAt } from "../../core/random.ts";
import { BlockFiller } from "../../data/binned-matrix.ts";
import { createGrowKernels, type GrowKernels } from "../../kernel/grow/grow-kernels.ts";
import {
  type GrowMemory,
  MAXIMA_STRIDE,
  NODE_INTS,
  NODE_STATS,
  nodeInt,
  nodeStat,
  TASK_INTS,
} from "../../kernel/grow/grow-memory.ts";
import type { KernelMemory } from "../../kernel/wasm/kernel-memory.ts";
import type { Objective } from "../../objective/objective.ts";
import { ROW_STREAM } from "../feature-sets.ts";
import { GainEvaluator } from "../gain.ts";
import type { SplitContext } from "../split.ts";
import { SplitFinder, tabulateSplit } from "../split-finder.ts";
import type { TreeParameters } from "../tree-parameters.ts";
import { readSplit, writeSplit } from "./split-record.ts";

/** The phases; a phase's tasks are independent of each other and start when the phase before has ended. */
export const phases: readonly Phase[] = [
  "fill",
  "gradients",
  "maxima",
  "measure",
  "round",
  "start",
  "build",
  "evaluate",
  "partition",
  "join",
  "leaves",
];
export type Phase =
  | "fill"
  | "gradients"
  | "maxima"
  | "measure"
  | "round"
  | "start"
  | "build"
  | "evaluate"
  | "partition"
  | "join"
  | "leaves";

/** The field of a task in which a member answers. */
export const ANSWER = 5;

export class TreeMember implements Member<Phase> {
  readonly #member: number;
  readonly #memory: GrowMemory;
  readonly #kernels: GrowKernels;
  readonly #parameters: TreeParameters;
  readonly #objective: Objective;
  readonly #groupCount: number;
  readonly #evaluator: GainEvaluator;
  readonly #finder: SplitFinder;
  #filler: BlockFiller | undefined;

  constructor(
    member: number,
    memory: GrowMemory,
    kernelMemory: KernelMemory,
    parameters: TreeParameters,
    objective: Objective,
  ) {
    this.#member = member;
    this.#memory = memory;
    this.#kernels = createGrowKernels(memory, kernelMemory);
    this.#parameters = parameters;
    this.#objective = objective;
    this.#groupCount = objective.groupCount;
    this.#evaluator = new GainEvaluator(parameters);
    this.#finder = new SplitFinder(memory, this.#kernels, parameters, member);
  }

  /** Does task `task` of a phase. */
  run(phase: Phase, task: number): void {
    this.#work[phase](task * TASK_INTS, task);
  }

  /** What each phase does with the task whose fields begin at `at`. */
  readonly #work: Readonly<Record<Phase, (at: number, task: number) => void>> = {
    fill: (at) => this.#fillBins(at),
    gradients: (at) => this.#computeGradients(this.#int(at), this.#int(at + 1)),
    maxima: (at) => this.#kernels.raiseMaxima(this.#int(at), this.#int(at + 1), this.#member),
    measure: (at) =>
      this.#kernels.measureGradients(this.#int(at), this.#int(at + 1), this.#int(at + 2), this.#member),
    round: (at) =>
      this.#kernels.roundGradients(this.#int(at), this.#int(at + 1), this.#int(at + 2), this.#member),
    start: (at) => this.#startTree(at),
    build: (at) => this.#buildHistogram(at),
    evaluate: (at) => this.#evaluate(this.#int(at), this.#int(at + 1), this.#int(at + 2) === 1),
    partition: (at) => this.#partition(at),
    join: (at) => this.#join(at),
    leaves: (at, task) => {
      const value = this.#memory.taskValues[task];
      this.#kernels.addToMargins(this.#int(at), this.#int(at + 1), this.#int(at + 2), value);
    },
  };

  #int(at: number): number {
    return this.#memory.tasks[at];
  }

  /** Bins rows [begin, end), whose values begin at row `from` of the block in the gradients' place. */
  #fillBins(at: number): void {
    const { gradients, matrix } = this.#memory;
    const [begin, end, from] = this.#memory.tasks.subarray(at, at + TASK_INTS);
    const width = matrix.featureCount;
    this.#filler ??= new BlockFiller(matrix);
    this.#filler.fill(gradients.subarray(from * width, (from + end - begin) * width), begin, end);
  }

  /** Gradients of rows [begin, end) and their largest magnitudes. */
  #computeGradients(begin: number, end: number): void {
    const { margins, label, weight, gradients, matrix } = this.#memory;
    const kernel = this.#objective.gradientKernel;
    if (this.#kernels.computeGradients(kernel, begin, end, this.#member)) return;
    const labels = {
      rowCount: matrix.rowCount,
      label,
      weight: weight.length > 0 ? weight : undefined,
    };
    this.#objective.computeGradients(margins, labels, begin, end, gradients);
    this.#kernels.raiseMaxima(begin, end, this.#member);
  }

  /** Puts rows [begin, end) into the root of a group's tree, with zero gradients unless the tree sees them. */
  #startTree(at: number): void {
    const [group, begin, end, round, parallelTree] = this.#memory.tasks.subarray(at, at + TASK_INTS);
    this.#kernels.numberRows(group, begin, end);
    if (this.#parameters.subsample < 1) this.#drawSample(group, begin, end, round, parallelTree);
  }

  #drawSample(group: number, begin: number, end: number, round: number, parallelTree: number): void {
    const { gradients, sampled, matrix, groupSums, firstRow } = this.#memory;
    const { seed, subsample, numParallelTree } = this.#parameters;
    const key = streamKey(seed, ROW_STREAM, round, group * numParallelTree + parallelTree);
    const sums = 2 * (this.#member * this.#groupCount + group);
    for (let row = begin; row < end; row++) {
      const at = 2 * (group * matrix.rowCount + row);
      const isDrawn = uniformAt(key, firstRow[0] + row) < subsample;
      sampled[at] = isDrawn ? gradients[at] : 0;
      sampled[at + 1] = isDrawn ? gradients[at + 1] : 0;
      groupSums[sums] += sampled[at];
      groupSums[sums + 1] += sampled[at + 1];
    }
  }

  /** Adds rows [begin, end) of a node to its histogram; through the member's own when others add too. */
  #buildHistogram(at: number): void {
    const { nodeInts, matrix, tasks } = this.#memory;
    const [slot, begin, end, isShared] = tasks.subarray(at, at + TASK_INTS);
    const ints = slot * NODE_INTS;
    const group = nodeInts[ints + nodeInt.group];
    const target = nodeInts[ints + nodeInt.histogram];
    const histogram = isShared ? this.#member : target;
    this.#clear(histogram);
    const isRoot = nodeInts[ints + nodeInt.rowEnd] - nodeInts[ints + nodeInt.rowBegin] === matrix.rowCount;
    // All rows of the table are in order, whatever stands in the row index.
    if (isRoot) this.#kernels.addRowRange(group, begin, end, histogram);
    else this.#kernels.addRows(group, begin, end, histogram);
    if (isShared) this.#addShared(ints + nodeInt.lock, target);
  }

  #clear(histogram: number): void {
    const length = 2 * this.#memory.matrix.slotCount;
    this.#memory.histograms.fill(0, histogram * length, (histogram + 1) * length);
  }

  /** Adds the member's own histogram to a node's under the node's lock; the first to come clears it. */
  #addShared(lock: number, target: number): void {
    const { nodeInts } = this.#memory;
    let state: number;
    do {
      state = Atomics.load(nodeInts, lock);
    } while (state === 1 || Atomics.compareExchange(nodeInts, lock, state, 1) !== state);
    if (state === 0) this.#clear(target);
    this.#kernels.addHistogram(target, this.#member);
    Atomics.store(nodeInts, lock, 2);
  }

  /** Finds the best splits of a node and of its sibling (-1: none), whose histogram may be still the parent's. */
  #evaluate(slot: number, sibling: number, isParent: boolean): void {
    const { nodeInts } = this.#memory;
    if (isParent) {
      const own = nodeInts[slot * NODE_INTS + nodeInt.histogram];
      this.#kernels.subtractHistogram(nodeInts[sibling * NODE_INTS + nodeInt.histogram], own);
    }
    this.#findSplit(slot);
    if (sibling >= 0) this.#findSplit(sibling);
  }

  #findSplit(slot: number): void {
    const { nodeInts, nodeStats, featureLists } = this.#memory;
    const ints = slot * NODE_INTS;
    const stats = slot * NODE_STATS;
    const node: SplitContext = {
      evaluator: this.#evaluator,
      sumGrad: nodeStats[stats + nodeStat.sumGrad],
      sumHess: nodeStats[stats + nodeStat.sumHess],
      rootGain: nodeStats[stats + nodeStat.rootGain],
      lower: nodeStats[stats + nodeStat.lower],
      upper: nodeStats[stats + nodeStat.upper],
    };
    const features = featureLists.subarray(
      nodeInts[ints + nodeInt.featureBegin],
      nodeInts[ints + nodeInt.featureEnd],
    );
    writeSplit(
      this.#memory,
      slot,
      this.#finder.find(node, slot, nodeInts[ints + nodeInt.histogram], features),
    );
  }

  /**
   * Partitions rows [begin, end) of a node. Answers where the right side begins when they are the whole
   * node; else separates them and answers how many go left, for "join" to move.
   */
  #partition(at: number): void {
    const { tasks, nodeInts } = this.#memory;
    const [slot, begin, end, isWhole] = tasks.subarray(at, at + TASK_INTS);
    const group = nodeInts[slot * NODE_INTS + nodeInt.group];
    const column = this.#tabulate(slot);
    tasks[at + ANSWER] = isWhole
      ? this.#kernels.partitionRows(group, begin, end, column, this.#member)
      : this.#kernels.separateRows(group, begin, end, column, this.#member);
  }

  /** Moves the rows of a separated range to their places on both sides. */
  #join(at: number): void {
    const [group, begin, end, left, right, leftCount] = this.#memory.tasks.subarray(at, at + TASK_INTS);
    this.#kernels.joinRows(group, begin, end, leftCount, left, right);
  }

  /** Writes the member's table of which bins go left, and returns the column they are in. */
  #tabulate(slot: number): number {
    const { matrix, splitTables, maxima } = this.#memory;
    const split = readSplit(this.#memory, slot);
    const widest = splitTables.length / (maxima.length / MAXIMA_STRIDE);
    splitTables.set(tabulateSplit(matrix, split), this.#member * widest);
    return matrix.featureColumn[split.feature];
  }
}
