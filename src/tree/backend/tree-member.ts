// What one member of a team does: the tasks of each phase of growing trees, on memory that all members
// share. Members take tasks in any order; sums are exact, so none of that shows in a result.

import type { Member } from "../../core/executor.ts";
import { streamKey, uniformAt } from "../../core/random.ts";
import { Tasks } from "../../core/tasks.ts";
import { BlockFiller } from "../../data/binned-matrix.ts";
import { createGrowKernels } from "../../kernel/grow/create-kernels.ts";
import type { GrowKernels } from "../../kernel/grow/grow-kernels.ts";
import { type GrowMemory, NODE_INTS, NODE_STATS, nodeInt, nodeStat } from "../../kernel/grow/grow-memory.ts";
import { type GrowPhase, type GrowTask, growTasks } from "../../kernel/grow/grow-tasks.ts";
import type { KernelMemory } from "../../kernel/wasm/kernel-memory.ts";
import type { Objective } from "../../objective/objective.ts";
import { ROW_STREAM } from "../feature-sets.ts";
import { GainEvaluator } from "../gain.ts";
import type { SplitContext } from "../split.ts";
import { SplitFinder, tabulateSplit } from "../split-finder.ts";
import type { TreeParameters } from "../tree-parameters.ts";
import { readSplit, writeSplit } from "./split-record.ts";

export class TreeMember implements Member<GrowPhase> {
  readonly #member: number;
  readonly #memory: GrowMemory;
  readonly #tasks: Tasks<typeof growTasks>;
  readonly #kernels: GrowKernels;
  readonly #parameters: TreeParameters;
  readonly #objective: Objective;
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
    this.#tasks = new Tasks(growTasks, memory.tasks);
    this.#kernels = createGrowKernels(memory, kernelMemory, member);
    this.#parameters = parameters;
    this.#objective = objective;
    this.#evaluator = new GainEvaluator(parameters);
    this.#finder = new SplitFinder(memory, this.#kernels, parameters, member);
  }

  /** Does task `task` of a phase. */
  run(phase: GrowPhase, task: number): void {
    this.#work[phase](task);
  }

  /** What each phase does, see grow-tasks.ts. */
  readonly #work: Readonly<Record<GrowPhase, (task: number) => void>> = {
    fill: (task) => this.#fillBins(this.#tasks.read("fill", task)),
    gradients: (task) => {
      const { rowBegin, rowEnd } = this.#tasks.read("gradients", task);
      this.#computeGradients(rowBegin, rowEnd);
    },
    maxima: (task) => {
      const { rowBegin, rowEnd } = this.#tasks.read("maxima", task);
      this.#kernels.raiseMaxima(rowBegin, rowEnd);
    },
    measure: (task) => {
      const { group, rowBegin, rowEnd } = this.#tasks.read("measure", task);
      this.#kernels.measureGradients(group, rowBegin, rowEnd);
    },
    round: (task) => {
      const { group, rowBegin, rowEnd } = this.#tasks.read("round", task);
      this.#kernels.roundGradients(group, rowBegin, rowEnd);
    },
    start: (task) => this.#startTree(this.#tasks.read("start", task)),
    build: (task) => this.#buildHistogram(this.#tasks.read("build", task)),
    evaluate: (task) => this.#evaluate(this.#tasks.read("evaluate", task)),
    partition: (task) => this.#partition(task),
    join: (task) => this.#kernels.joinRows(this.#tasks.read("join", task)),
    leaves: (task) => {
      const { group, rowBegin, rowEnd, value } = this.#tasks.read("leaves", task);
      this.#kernels.addToMargins(group, rowBegin, rowEnd, value);
    },
  };

  #fillBins({ rowBegin, rowEnd, blockRow }: GrowTask<"fill">): void {
    const { block, matrix } = this.#memory;
    const begin = blockRow * matrix.featureCount;
    const end = begin + (rowEnd - rowBegin) * matrix.featureCount;
    this.#filler ??= new BlockFiller(matrix);
    this.#filler.fill(block.values.subarray(begin, end), rowBegin, rowEnd);
  }

  /** Gradients of rows [begin, end) and their largest magnitudes. */
  #computeGradients(begin: number, end: number): void {
    const { margins, label, weight, gradients, matrix } = this.#memory;
    const kernel = this.#objective.gradientKernel;
    if (this.#kernels.computeGradients(kernel, begin, end)) return;
    const labels = {
      rowCount: matrix.rowCount,
      label,
      weight: weight.length > 0 ? weight : undefined,
    };
    this.#objective.computeGradients(margins, labels, begin, end, gradients);
    this.#kernels.raiseMaxima(begin, end);
  }

  #startTree(task: GrowTask<"start">): void {
    this.#kernels.numberRows(task.group, task.rowBegin, task.rowEnd);
    if (this.#parameters.subsample < 1) this.#drawSample(task);
  }

  /** Zero gradients for the rows that the tree does not see. */
  #drawSample({ group, rowBegin, rowEnd, round, parallelTree }: GrowTask<"start">): void {
    const { gradients, sampled, matrix, groupSums, firstRow, shape } = this.#memory;
    const { seed, subsample, numParallelTree } = this.#parameters;
    const key = streamKey(seed, ROW_STREAM, round, group * numParallelTree + parallelTree);
    const sums = 2 * (this.#member * shape.groupCount + group);
    for (let row = rowBegin; row < rowEnd; row++) {
      const at = 2 * (group * matrix.rowCount + row);
      const isDrawn = uniformAt(key, firstRow[0] + row) < subsample;
      sampled[at] = isDrawn ? gradients[at] : 0;
      sampled[at + 1] = isDrawn ? gradients[at + 1] : 0;
      groupSums[sums] += sampled[at];
      groupSums[sums + 1] += sampled[at + 1];
    }
  }

  /** Through the member's own histogram when others add too. */
  #buildHistogram({ slot, rowBegin, rowEnd, isShared }: GrowTask<"build">): void {
    const { nodeInts, matrix } = this.#memory;
    const ints = slot * NODE_INTS;
    const group = nodeInts[ints + nodeInt.group];
    const target = nodeInts[ints + nodeInt.histogram];
    const histogram = isShared ? this.#member : target;
    this.#clear(histogram);
    const isRoot = nodeInts[ints + nodeInt.rowEnd] - nodeInts[ints + nodeInt.rowBegin] === matrix.rowCount;
    // All rows of the table are in order, whatever stands in the row index.
    if (isRoot) this.#kernels.addRowRange(group, rowBegin, rowEnd, histogram);
    else this.#kernels.addRows(group, rowBegin, rowEnd, histogram);
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

  #evaluate({ slot, sibling, isParent }: GrowTask<"evaluate">): void {
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
    const histogram = nodeInts[ints + nodeInt.histogram];
    writeSplit(this.#memory, slot, this.#finder.find(node, histogram, features));
  }

  /** Answers where the right side begins when the rows are the whole node; else how many go left. */
  #partition(number: number): void {
    const task = this.#tasks.read("partition", number);
    const { slot, rowBegin, rowEnd, isWhole } = task;
    const group = this.#memory.nodeInts[slot * NODE_INTS + nodeInt.group];
    const column = this.#tabulate(slot);
    const divide = isWhole ? this.#kernels.partitionRows : this.#kernels.separateRows;
    task.answer = divide(group, rowBegin, rowEnd, column);
    this.#tasks.write("partition", number, task);
  }

  /** Writes the member's table of which bins go left, and returns the column they are in. */
  #tabulate(slot: number): number {
    const { matrix, splitTables, widestColumn } = this.#memory;
    const split = readSplit(this.#memory, slot);
    splitTables.set(tabulateSplit(matrix, split), this.#member * widestColumn);
    return matrix.featureColumn[split.feature];
  }
}
