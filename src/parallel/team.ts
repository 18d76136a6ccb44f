// A team: the caller's thread, which is member 0, and further threads that share memory with it. The caller
// announces phases and works on them itself; between jobs the other members wait for messages.

import { CoppiceError, type ErrorWire, fromWire } from "../core/errors.ts";
import type { Executor, Member } from "../core/executor.ts";
import { Control } from "./control.ts";
import { type Job, jobPhases } from "./jobs.ts";
import type { Thread, ThreadHost } from "./port.ts";

/** Messages to a member's thread, and back. */
export type TeamMessage =
  | { readonly kind: "job"; readonly job: Job; readonly member: number; readonly control: SharedArrayBuffer }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: ErrorWire };

export class Team {
  readonly memberCount: number;
  readonly #threads: readonly Thread[];
  readonly #control = new Control();
  #isBusy = false;
  #failed: ((reason: unknown) => void) | undefined;

  /** Starts `memberCount - 1` threads beside the caller's own. */
  constructor(host: ThreadHost, memberCount: number) {
    this.memberCount = memberCount;
    this.#threads = Array.from({ length: memberCount - 1 }, () => host.start());
    for (const thread of this.#threads) {
      thread.onEnd((reason) => {
        this.#failed?.(new CoppiceError("INTERNAL", "a thread of the team ended unexpectedly", {}, reason));
      });
    }
  }

  /**
   * Gives all members a job.
   *
   * @param own the caller's member for it
   */
  async assign<Phase extends string>(job: Job, own: Member<Phase>): Promise<Executor<Phase>> {
    this.release();
    const ready = this.#threads.map(
      (thread, i) =>
        new Promise<void>((resolve, reject) => {
          this.#failed = reject;
          thread.onMessage((message) => {
            const answer = message as TeamMessage;
            if (answer.kind === "ready") resolve();
            else if (answer.kind === "failed") reject(fromWire(answer.error));
          });
          const { buffer } = this.#control;
          thread.post({ kind: "job", job, member: i + 1, control: buffer } satisfies TeamMessage);
        }),
    );
    await Promise.all(ready);
    this.#isBusy = true;
    const names = jobPhases[job.kind];
    const run = (phase: Phase, taskCount: number, mode: "shared" | "each") => {
      this.#runPhase(names.indexOf(phase), taskCount, mode, (task) => own.run(phase, task));
    };
    return {
      memberCount: this.memberCount,
      run: (phase, taskCount) => run(phase, taskCount, "shared"),
      runEach: (phase) => run(phase, this.memberCount, "each"),
    };
  }

  #runPhase(phase: number, taskCount: number, mode: "shared" | "each", work: (task: number) => void): void {
    const control = this.#control;
    if (this.memberCount === 1 || (taskCount === 1 && mode === "shared")) {
      for (let task = 0; task < taskCount; task++) work(task);
      return;
    }
    control.announce({ phase, taskCount, mode });
    try {
      if (mode === "each") work(0);
      else for (let task = control.takeTicket(); task < taskCount; task = control.takeTicket()) work(task);
    } finally {
      control.awaitDone(this.memberCount - 1);
    }
    const failure = control.takeFailure();
    if (failure !== undefined) throw failure;
  }

  /** Ends the job at hand; members wait for the next. */
  release(): void {
    if (!this.#isBusy) return;
    this.#isBusy = false;
    this.#control.announce({ phase: 0, taskCount: 0, mode: "release" });
    this.#control.awaitDone(this.memberCount - 1);
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    this.#failed = undefined;
    this.release();
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
