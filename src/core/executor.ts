// Work that the members of a team share. A phase is a list of tasks that are independent of each other;
// members take them in any order, and a phase ends when all are done.

/** One member: does single tasks. */
export interface Member<Phase extends string> {
  run(phase: Phase, task: number): void;
}

/** The whole team, as seen by whoever has work for it. */
export interface Executor<Phase extends string> {
  readonly memberCount: number;
  /** Does tasks [0, taskCount) of a phase and returns when all are done. */
  run(phase: Phase, taskCount: number): void;
  /** Lets every member do the task of its own number. */
  runEach(phase: Phase): void;
}

/** The executor of a team of one. */
export function soloExecutor<Phase extends string>(member: Member<Phase>): Executor<Phase> {
  return {
    memberCount: 1,
    run(phase, taskCount) {
      for (let task = 0; task < taskCount; task++) member.run(phase, task);
    },
    runEach: (phase) => member.run(phase, 0),
  };
}
