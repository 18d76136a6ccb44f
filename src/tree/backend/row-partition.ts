// Gives the rows of split nodes to their children: those that go left first, then the others, both in the
// order they had. A node's rows are partitioned by one task, or range by range and the pieces then joined.

import { type GrowMemory, NODE_INTS, nodeInt } from "../../kernel/grow/grow-memory.ts";
import { rowCountOf, type SplitNode } from "../grow-node.ts";
import { writeSplit } from "./split-record.ts";
import type { NodeInSlot, TaskList } from "./task-list.ts";

/** A split whose node is in a slot. */
interface SplitInSlot extends NodeInSlot {
  readonly split: SplitNode;
}

/** Rows of one task, and what it answers: see grow-tasks.ts. */
interface RowRange {
  readonly begin: number;
  readonly end: number;
  answer: number;
}

/** How one node is partitioned. */
interface Piece {
  readonly split: SplitNode;
  readonly isWhole: boolean;
  readonly ranges: readonly RowRange[];
}

export class RowPartition {
  readonly #memory: GrowMemory;
  readonly #tasks: TaskList;

  constructor(memory: GrowMemory, tasks: TaskList) {
    this.#memory = memory;
    this.#tasks = tasks;
  }

  /** Partitions the rows of each node and tells its children theirs. */
  partition(splits: readonly SplitNode[]): void {
    const { nodeInts, shape } = this.#memory;
    for (let begin = 0; begin < splits.length; begin += shape.nodeCapacity) {
      const batch = splits.slice(begin, begin + shape.nodeCapacity).map((split, slot): SplitInSlot => {
        writeSplit(this.#memory, slot, split.node.split);
        nodeInts[slot * NODE_INTS + nodeInt.group] = split.node.group;
        return { split, node: split.node, slot };
      });
      this.#partitionBatch(batch);
    }
  }

  #partitionBatch(splits: readonly SplitInSlot[]): void {
    const { inOrder, mostRows } = this.#tasks.shareOut(splits);
    const pieces = inOrder.map((split) => this.#addPartition(split, rowCountOf(split.node) <= mostRows));
    this.#tasks.run("partition");
    let task = 0;
    for (const { ranges } of pieces) {
      for (const range of ranges) range.answer = this.#tasks.read("partition", task++).answer;
    }
    for (const { split, isWhole, ranges } of pieces) {
      if (isWhole) setChildRows(split, ranges[0].answer);
      else this.#addJoin(split, ranges);
    }
    this.#tasks.run("join");
  }

  #addPartition({ split, node, slot }: SplitInSlot, isWhole: boolean): Piece {
    const ranges: RowRange[] = [];
    const add = (begin: number, end: number) => {
      ranges.push({ begin, end, answer: 0 });
      const rows = { rowBegin: begin, rowEnd: end };
      this.#tasks.add("partition", { slot, ...rows, isWhole: isWhole ? 1 : 0, answer: 0 });
    };
    if (isWhole) add(node.rowBegin, node.rowEnd);
    else this.#tasks.forEachRange(node.rowBegin, node.rowEnd, add);
    return { split, isWhole, ranges };
  }

  /** `answer` of a range is how many of its rows go left. */
  #addJoin(split: SplitNode, ranges: readonly RowRange[]): void {
    const { group } = split.node;
    let left = split.node.rowBegin;
    let right = ranges.reduce((sum, { answer }) => sum + answer, left);
    setChildRows(split, right);
    for (const { begin, end, answer } of ranges) {
      const rows = { rowBegin: begin, rowEnd: end };
      this.#tasks.add("join", { group, ...rows, left, right, leftCount: answer });
      left += answer;
      right += end - begin - answer;
    }
  }
}

function setChildRows({ node, left, right }: SplitNode, middle: number): void {
  left.rowBegin = node.rowBegin;
  left.rowEnd = middle;
  right.rowBegin = middle;
  right.rowEnd = node.rowEnd;
}
