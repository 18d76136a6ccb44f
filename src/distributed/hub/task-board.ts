// Hands out independent tasks to workers: each worker has one at a time, a lost worker's task goes back
// to the front, a task that was lost too often or failed by itself is given up while the others go on. Workers
// speak to the board as to a tracker; who starts them and starts them again is the caller's business.

import { CoppiceError, type ErrorCode } from "../../core/errors.ts";
import { type AttemptKey, checkHello } from "../link/hello.ts";
import { type Channel, Link, parseControl } from "../link/link.ts";

/** More ranks than there ever are: a worker that replaces a lost one has a new rank. */
export const MAX_RANKS = 65_536;

export interface TaskBoardOptions<Task, Outcome> {
  readonly key: AttemptKey;
  /** What all tasks have in common. */
  readonly job: unknown;
  readonly tasks: readonly Task[];
  /** How often a task may lose its worker; 3 by default. */
  readonly maxRetries?: number | undefined;
  /** Silence after which a worker counts as lost. */
  readonly silenceMs?: number | undefined;
  /** Told of each outcome before the worker gets its next task. */
  readonly onOutcome: (task: Task, outcome: Outcome) => Promise<void>;
  readonly onLost?: ((rank: number, message: string) => void) | undefined;
}

/** A task that was given up. */
export interface FailedTask<Task> {
  readonly task: Task;
  readonly error: CoppiceError;
}

interface Entry<Task> {
  readonly task: Task;
  losses: number;
}

interface BoardWorker<Task> {
  readonly link: Link;
  /** Lies ahead until the first heartbeat. */
  lastHeard: number;
  entry: Entry<Task> | undefined;
}

const SILENCE_MS = 4000;
/** What a worker's first heartbeat may take beyond that: on a crowded machine threads start slowly. */
const FIRST_BEAT_MS = 26_000;
const CHECK_MS = 250;
const HELLO_MS = 5000;

export class TaskBoard<Task, Outcome> {
  /** Fulfilled with the tasks that were given up when nothing is left to do; rejects through `fail`. */
  readonly done: Promise<readonly FailedTask<Task>[]>;
  readonly #options: TaskBoardOptions<Task, Outcome>;
  readonly #waiting: Entry<Task>[];
  readonly #workers: Map<number, BoardWorker<Task>> = new Map();
  readonly #links: Set<Link> = new Set();
  readonly #failed: FailedTask<Task>[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #open: number;
  #isOver = false;
  #lastCheck: number = performance.now();
  #resolve: (failed: readonly FailedTask<Task>[]) => void = () => {};
  #reject: (error: CoppiceError) => void = () => {};

  constructor(options: TaskBoardOptions<Task, Outcome>) {
    this.#options = options;
    this.#waiting = options.tasks.map((task) => ({ task, losses: 0 }));
    this.#open = options.tasks.length;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Tasks that are neither done nor given up. */
  get openCount(): number {
    return this.#open;
  }

  /** Workers that are connected. */
  get workerCount(): number {
    return this.#workers.size;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes a new connection. */
  accept(channel: Channel): void {
    if (!this.#isOver) this.#timer ??= setInterval(() => this.#check(), CHECK_MS);
    const link = new Link(channel);
    this.#links.add(link);
    const timer = setTimeout(() => link.close(), HELLO_MS);
    link.onEnd(() => {
      clearTimeout(timer);
      this.#links.delete(link);
    });
    link.receive().then(
      (frame) => {
        clearTimeout(timer);
        try {
          this.#greet(link, parseControl(frame));
        } catch (error) {
          link.sendJson({ type: "refused", message: (error as Error).message });
          setTimeout(() => link.close(), 50);
        }
      },
      () => {},
    );
  }

  #greet(link: Link, message: Record<string, unknown>): void {
    const { role, rank } = checkHello(message, this.#options.key, MAX_RANKS);
    if (role === "heartbeat") {
      link.onFrame(() => {
        const worker = this.#workers.get(rank);
        if (worker !== undefined) worker.lastHeard = performance.now();
        link.sendJson({ type: "heard" });
      });
      return;
    }
    if (role !== "worker") throw new CoppiceError("INVALID_DATA", "no worker");
    if (this.#workers.has(rank)) throw new CoppiceError("INVALID_DATA", `rank ${rank} is taken`);
    link.trust();
    const lastHeard = performance.now() + FIRST_BEAT_MS;
    const worker: BoardWorker<Task> = { link, lastHeard, entry: undefined };
    this.#workers.set(rank, worker);
    link.onFrame((frame) => {
      worker.lastHeard = Math.max(worker.lastHeard, performance.now());
      void this.#hear(worker, parseControl(frame));
    });
    link.onEnd(({ message }) => this.#lose(rank, message));
    this.#give(worker);
  }

  #give(worker: BoardWorker<Task>): void {
    if (this.#isOver) {
      worker.link.sendJson({ type: "exit" });
      return;
    }
    worker.entry = this.#waiting.shift();
    if (worker.entry === undefined) return;
    worker.link.sendJson({ type: "task", job: this.#options.job, task: worker.entry.task });
  }

  async #hear(worker: BoardWorker<Task>, message: Record<string, unknown>): Promise<void> {
    const { entry } = worker;
    if (entry === undefined) return;
    worker.entry = undefined;
    if (message.type === "done") {
      try {
        await this.#options.onOutcome(entry.task, message.outcome as Outcome);
      } catch (error) {
        this.fail(error as CoppiceError);
        return;
      }
    } else {
      const code = message.code as ErrorCode;
      this.#failed.push({ task: entry.task, error: new CoppiceError(code, String(message.message)) });
    }
    this.#close();
    this.#give(worker);
  }

  /** Learns that a worker is gone; what it was at is done again by another. */
  #lose(rank: number, message: string): void {
    const worker = this.#workers.get(rank);
    this.#workers.delete(rank);
    if (this.#isOver || worker === undefined) return;
    this.#options.onLost?.(rank, message);
    const { entry } = worker;
    if (entry === undefined) return;
    entry.losses++;
    if (entry.losses > (this.#options.maxRetries ?? 3)) {
      const text = `${entry.losses} workers were lost at this task; the last one: ${message}`;
      this.#failed.push({ task: entry.task, error: new CoppiceError("PEER_LOST", text) });
      this.#close();
      return;
    }
    this.#waiting.unshift(entry);
    const idle = [...this.#workers.values()].find((other) => other.entry === undefined);
    if (idle !== undefined) this.#give(idle);
  }

  #close(): void {
    this.#open--;
    if (this.#open > 0 || this.#isOver) return;
    this.#end("exit");
    this.#resolve(this.#failed);
  }

  /** Ends the work; whoever waits for `done` gets `error`. */
  fail(error: CoppiceError): void {
    if (this.#isOver) return;
    this.#end("abort", error.message);
    this.#reject(error);
  }

  #end(type: string, message?: string): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const { link } of this.#workers.values()) link.sendJson({ type, message });
  }

  /** Closes every connection. */
  close(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const link of this.#links) link.close();
  }

  #check(): void {
    const now = performance.now();
    const wasPaused = now - this.#lastCheck > 4 * CHECK_MS;
    this.#lastCheck = now;
    const { silenceMs = SILENCE_MS } = this.#options;
    for (const worker of this.#workers.values()) {
      // When this process stood still itself, what the workers sent meanwhile has not been read yet.
      if (wasPaused) worker.lastHeard = Math.max(worker.lastHeard, now);
      if (now - worker.lastHeard <= silenceMs) continue;
      worker.link.fail(new CoppiceError("PEER_LOST", `silent for ${silenceMs / 1000} s`));
    }
  }
}
