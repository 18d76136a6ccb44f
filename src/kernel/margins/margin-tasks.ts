// The phases of keeping margins up to date and the fields of their tasks; `table` is a table's number. What
// members do in each is in margin-member.ts.

import type { PhaseOf, TaskOf } from "../../core/tasks.ts";

const int = "int";
const tableRows = { table: int, rowBegin: int, rowEnd: int } as const;

export const marginTasks = {
  /** Ranks rows of one block, whose values begin at row `blockRow` of the table's `block`. */
  rank: { ...tableRows, blockRow: int },
  /** Adds the first `treeCount` trees in the memory to the margins of ranked rows. */
  add: { ...tableRows, treeCount: int },
  /** Turns margins into what metrics see. */
  transform: tableRows,
} as const;

export type MarginPhase = PhaseOf<typeof marginTasks>;
export type MarginTask<P extends MarginPhase> = TaskOf<typeof marginTasks, P>;
