// Who does the tasks of a phase: one member in this thread, or a team of them in several.

import type { Phase, TreeMember } from "./tree-member.ts";

export interface Executor {
  readonly memberCount: number;
  /** Does tasks [0, taskCount) of a phase and returns when all are done. */
  run(phase: Phase, taskCount: number): void;
}

/** The executor of one member. */
export function soloExecutor(member: TreeMember): Executor {
  return {
    memberCount: 1,
    run(phase, taskCount) {
      for (let task = 0; task < taskCount; task++) member.run(phase, task);
    },
  };
}
