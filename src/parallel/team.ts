// A team: the caller's thread, which is member 0, and further threads that share memory with it. The caller
// announces phases and works on them itself; between jobs the other members wait for messages.

import { CoppiceError, type ErrorCode } from "../core/errors.ts";
import type { Executor, Member } from "../core/executor.ts";
import { Control } from "./control.ts";
import { type Job, jobPhases } from "./jobs.ts";
import type { Thread, ThreadHost } from "./port.ts";

/** Messages to a member's thread, and back. */
export type TeamMessage =
  | { readonly kind: "job"; readonly job: Job; readonly member: number; readonly control: SharedArrayBuffer }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly failure: string };

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
            else if (answer.kind === "failed") reject(parseFailure(answer.failure));
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
    if (failure !== undefined) throw parseFailure(failure);
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

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Record<string, string | number | boolean | null>;
  readonly stack: string;
}

/** Of message and stack each, so that the text fits where a member leaves it. */
const MAX_FAILURE_CHARS = 2000;

/** An error as text that crosses threads. */
export function formatFailure(error: unknown): string {
  const known = error instanceof CoppiceError;
  const failure: Failure = {
    code: known ? error.code : "INTERNAL",
    message: (error instanceof Error ? error.message : String(error)).slice(0, MAX_FAILURE_CHARS),
    details: known ? error.details : {},
    stack: error instanceof Error ? (error.stack ?? "").slice(0, MAX_FAILURE_CHARS) : "",
  };
  return JSON.stringify(failure);
}

/** The error that `formatFailure` made into text, with the stack of the thread where it arose. */
export function parseFailure(text: string): CoppiceError {
  const failure = JSON.parse(text) as Failure;
  const error = new CoppiceError(failure.code, failure.message, failure.details);
  if (failure.stack !== "") error.stack = failure.stack;
  return error;
}
