// The phases of growing trees and the fields of their tasks. A phase's tasks are independent of each other and
// start when the phase before has ended. What members do in each is in tree/backend/tree-member.ts.

import type { PhaseOf, TaskOf } from "../../core/tasks.ts";

const int = "int";
const float = "float";

/** Rows of the table. */
const tableRows = { rowBegin: int, rowEnd: int } as const;
/** A range of a group's row order. */
const groupRows = { group: int, ...tableRows } as const;

export const growTasks = {
  /** Bins rows whose values begin at row `blockRow` of the memory's `block`. */
  fill: { ...tableRows, blockRow: int },
  /** Gradients at the margins, and their largest magnitudes. */
  gradients: tableRows,
  /** The largest magnitudes of gradients that are there. */
  maxima: tableRows,
  /** How large sums of gradients can become. */
  measure: groupRows,
  /** Rounds gradients to the group's grid. */
  round: groupRows,
  /** Puts rows into the root of the group's tree. */
  start: { ...groupRows, round: int, parallelTree: int },
  /** Adds rows of the node in `slot` to its histogram, to which others may add too. */
  build: { slot: int, ...tableRows, isShared: int },
  /** Finds the splits of a node and its sibling (-1: none), whose histogram may be the parent's still. */
  evaluate: { slot: int, sibling: int, isParent: int },
  /** Divides rows of the node in `slot`; `answer` is where its right side begins, or else how many go left. */
  partition: { slot: int, ...tableRows, isWhole: int, answer: int },
  /** Moves divided rows to their places on both sides. */
  join: { ...groupRows, left: int, right: int, leftCount: int },
  /** Adds a leaf's value to the margins of its rows. */
  leaves: { ...groupRows, value: float },
} as const;

export type GrowPhase = PhaseOf<typeof growTasks>;
export type GrowTask<P extends GrowPhase> = TaskOf<typeof growTasks, P>;
