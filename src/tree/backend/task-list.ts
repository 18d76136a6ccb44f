// The tasks of a phase: lists them in the memory that members share, and runs them. Large pieces of work are
// cut so that several members can share them; a member alone does every piece as a whole.

import { CoppiceError } from "../../core/errors.ts";
import type { Executor } from "../../core/executor.ts";
import { Tasks } from "../../core/tasks.ts";
import type { GrowMemory } from "../../kernel/grow/grow-memory.ts";
import { type GrowPhase, type GrowTask, growTasks } from "../../kernel/grow/grow-tasks.ts";
import { type GrowNode, rowCountOf } from "../grow-node.ts";
import { countMostTasks, TASK_ROWS } from "./plan-memory.ts";

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

/** Phases with a task per group and range of rows, and what their tasks say besides. */
type GroupPhase = "measure" | "round" | "start";
type Besides<P extends GroupPhase> = Omit<GrowTask<P>, "group" | "rowBegin" | "rowEnd">;

export class TaskList {
  readonly memberCount: number;
  readonly #executor: Executor<GrowPhase>;
  readonly #tasks: Tasks<typeof growTasks>;
  readonly #groupCount: number;
  readonly #rowCount: number;
  #count = 0;

  constructor({ tasks, shape }: GrowMemory, executor: Executor<GrowPhase>) {
    this.memberCount = executor.memberCount;
    this.#executor = executor;
    this.#tasks = new Tasks(growTasks, tasks);
    this.#groupCount = shape.groupCount;
    this.#rowCount = shape.layout.rowCount;
    const needed = countMostTasks(shape);
    if (this.#tasks.capacity < needed) {
      throw new CoppiceError("INTERNAL", `tasks need room for ${needed}, got ${this.#tasks.capacity}`);
    }
  }

  /** Appends a task; runs those that wait when there is no room. */
  add<P extends GrowPhase>(phase: P, task: GrowTask<P>): void {
    if (this.#count === this.#tasks.capacity) this.run(phase);
    this.#tasks.write(phase, this.#count++, task);
  }

  /** A task of the phase that was run last; the fields are valid until the next is read. */
  read<P extends GrowPhase>(phase: P, task: number): GrowTask<P> {
    return this.#tasks.read(phase, task);
  }

  /** Runs the tasks that were added. */
  run(phase: GrowPhase): void {
    const count = this.#count;
    this.#count = 0;
    if (count > 0) this.#executor.run(phase, count);
  }

  /** Runs one task per range of rows. */
  runOverRows(phase: "gradients" | "maxima"): void {
    this.forEachRange(0, this.#rowCount, (rowBegin, rowEnd) => this.add(phase, { rowBegin, rowEnd }));
    this.run(phase);
  }

  /** Runs one task per group and range of rows. */
  runOverGroups<P extends GroupPhase>(phase: P, besides: Besides<P>): void {
    for (let group = 0; group < this.#groupCount; group++) {
      this.forEachRange(0, this.#rowCount, (rowBegin, rowEnd) =>
        this.add(phase, { group, rowBegin, rowEnd, ...besides } as unknown as GrowTask<P>),
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
