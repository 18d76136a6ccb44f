// The tasks of a phase: lists them in the memory that members share, and runs them. Large pieces of work are
// cut so that several members can share them; a member alone does every piece as a whole.

import type { Executor } from "../../core/executor.ts";
import { type GrowMemory, TASK_INTS } from "../../kernel/grow/grow-memory.ts";
import { type GrowNode, rowCountOf } from "../grow-node.ts";
import type { Phase } from "./tree-member.ts";

/** Fewest rows of one task of several. */
const TASK_ROWS = 16384;
/** Ranges begin at multiples of the lanes of any kernel. */
const LANES = 16;
/** Ranges for each member, so that one who is late holds up the others little. */
const RANGES_PER_MEMBER = 8;

/** A node and the slot where members find it. */
export interface NodeInSlot {
  readonly node: GrowNode;
  readonly slot: number;
}

/** The work on some nodes as members share it. */
export interface Shares<T extends NodeInSlot> {
  /** The nodes in the order in which members should take them. */
  readonly inOrder: readonly T[];
  /** Nodes with more rows are cut into ranges. */
  readonly mostRows: number;
}

export class TaskList {
  readonly memberCount: number;
  readonly #memory: GrowMemory;
  readonly #executor: Executor<Phase>;
  readonly #groupCount: number;
  #count = 0;

  constructor(memory: GrowMemory, executor: Executor<Phase>) {
    this.#memory = memory;
    this.#executor = executor;
    this.memberCount = executor.memberCount;
    this.#groupCount = memory.magic.length / 2;
  }

  /** Appends a task with the fields that `phase` expects; runs those that wait when there is no room. */
  add(phase: Phase, a: number, b = 0, c = 0, d = 0, e = 0, f = 0): void {
    const { tasks } = this.#memory;
    if ((this.#count + 1) * TASK_INTS > tasks.length) this.run(phase);
    const at = this.#count++ * TASK_INTS;
    tasks[at] = a;
    tasks[at + 1] = b;
    tasks[at + 2] = c;
    tasks[at + 3] = d;
    tasks[at + 4] = e;
    tasks[at + 5] = f;
  }

  /** A task that comes with a number that is no integer. */
  addWithValue(phase: Phase, value: number, a: number, b: number, c: number): void {
    this.add(phase, a, b, c);
    this.#memory.taskValues[this.#count - 1] = value;
  }

  /** Runs the tasks that were added. */
  run(phase: Phase): void {
    const count = this.#count;
    this.#count = 0;
    if (count > 0) this.#executor.run(phase, count);
  }

  /** Runs one task per range of rows: (begin, end). */
  runOverRows(phase: Phase): void {
    this.forEachRange(0, this.#memory.matrix.rowCount, (begin, end) => this.add(phase, begin, end));
    this.run(phase);
  }

  /** Runs one task per group and range of rows: (group, begin, end, ..). */
  runOverGroups(phase: Phase, first = 0, second = 0): void {
    for (let group = 0; group < this.#groupCount; group++) {
      this.forEachRange(0, this.#memory.matrix.rowCount, (begin, end) =>
        this.add(phase, group, begin, end, first, second),
      );
    }
    this.run(phase);
  }

  /** Ranges for members to share, or the whole for a single one, who has nobody to share with. */
  forEachRange(begin: number, end: number, visit: (begin: number, end: number) => void): void {
    const ranges = this.memberCount === 1 ? 1 : RANGES_PER_MEMBER * this.memberCount;
    const rows = Math.ceil((end - begin) / ranges / LANES) * LANES;
    const step = this.memberCount === 1 ? Math.max(1, end - begin) : Math.max(TASK_ROWS, rows);
    for (let at = begin; at < end; at += step) visit(at, Math.min(at + step, end));
  }

  /**
   * Shares the rows of `nodes`: nodes that are small beside all of them are tasks as they are, since the
   * pieces of the others have to be joined. With the largest first, members end at nearly the same time.
   */
  shareOut<T extends NodeInSlot>(nodes: readonly T[]): Shares<T> {
    if (this.memberCount === 1) return { inOrder: nodes, mostRows: Infinity };
    const inOrder = nodes.toSorted((a, b) => rowCountOf(b.node) - rowCountOf(a.node));
    const total = nodes.reduce((sum, { node }) => sum + rowCountOf(node), 0);
    return { inOrder, mostRows: Math.max(TASK_ROWS, total / (2 * this.memberCount)) };
  }
}
