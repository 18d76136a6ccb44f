// One by one: hands out independent tasks to workers. Each worker has one at a time, a lost worker's task goes back
// to the front, a task that was lost too often or failed by itself is given up while the others go on. Who starts
// workers, and others for those that were lost, is the caller's business.

import { CoppiceError, fromWire } from "../../core/errors.ts";
import type { Frame } from "../link/frame.ts";
import { parseControl } from "../link/link.ts";
import { Hub, type HubOptions, type HubOwner, type HubWorker } from "./hub.ts";

/** More ranks than there ever are: a worker that replaces a lost one has a new rank. */
export const MAX_RANKS = 65_536;
/** How often a task may lose its worker. */
const MAX_RETRIES = 3;

export interface TaskBoardOptions<Task, Outcome> extends Omit<HubOptions, "worldSize"> {
  /** What all tasks have in common. */
  readonly job: unknown;
  readonly tasks: readonly Task[];
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

export class TaskBoard<Task, Outcome> implements HubOwner {
  readonly hub: Hub;
  /** Fulfilled with the tasks that were given up when nothing is left to do; rejects through `abort`. */
  readonly done: Promise<readonly FailedTask<Task>[]>;
  readonly #options: TaskBoardOptions<Task, Outcome>;
  readonly #waiting: Entry<Task>[];
  /** What a worker is at; undefined while its outcome is told of. Idle workers are not in it. */
  readonly #busy: Map<HubWorker, Entry<Task> | undefined> = new Map();
  readonly #failed: FailedTask<Task>[] = [];
  /** Tasks that are neither done nor given up. */
  #open: number;
  #resolve: (failed: readonly FailedTask<Task>[]) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(options: TaskBoardOptions<Task, Outcome>) {
    this.#options = options;
    this.#waiting = options.tasks.map((task) => ({ task, losses: 0 }));
    this.#open = options.tasks.length;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who waits learns of it; nobody need wait.
    this.done.catch(() => {});
    this.hub = new Hub({ ...options, worldSize: MAX_RANKS }, this);
  }

  welcome(worker: HubWorker): void {
    this.#give(worker);
  }

  #give(worker: HubWorker): void {
    // It may have been lost meanwhile.
    if (this.hub.workers.get(worker.rank) !== worker) return;
    const entry = this.#waiting.shift();
    if (entry === undefined) return;
    this.#busy.set(worker, entry);
    worker.link.sendJson({ type: "task", job: this.#options.job, task: entry.task });
  }

  hear(worker: HubWorker, frame: Frame): void {
    const entry = this.#busy.get(worker);
    if (entry === undefined) return;
    const message = parseControl(frame);
    this.#busy.set(worker, undefined);
    if (message.type === "done") void this.#finish(worker, entry, message.outcome as Outcome);
    else this.#giveUp(worker, entry, fromWire(message.error));
  }

  async #finish(worker: HubWorker, { task }: Entry<Task>, outcome: Outcome): Promise<void> {
    try {
      await this.#options.onOutcome(task, outcome);
      this.#close(worker);
    } catch (error) {
      this.abort(error as Error);
    }
  }

  #giveUp(worker: HubWorker, { task }: Entry<Task>, error: CoppiceError): void {
    this.#failed.push({ task, error });
    this.#close(worker);
  }

  /** A task is out of the way; its worker is free. */
  #close(worker: HubWorker): void {
    this.#busy.delete(worker);
    this.#open--;
    if (this.hub.isOver) return;
    if (this.#open > 0) {
      this.#give(worker);
      return;
    }
    this.hub.dismiss();
    this.#resolve(this.#failed);
  }

  /** What a lost worker was at is done again by another. */
  lose(worker: HubWorker, { message }: CoppiceError): void {
    this.#options.onLost?.(worker.rank, message);
    const entry = this.#busy.get(worker);
    if (entry === undefined) return;
    this.#busy.set(worker, undefined);
    entry.losses++;
    if (entry.losses > MAX_RETRIES) {
      const text = `${entry.losses} workers were lost at this task; the last one: ${message}`;
      this.#giveUp(worker, entry, new CoppiceError("PEER_LOST", text));
      return;
    }
    this.#busy.delete(worker);
    this.#waiting.unshift(entry);
    const idle = [...this.hub.workers.values()].find((other) => !this.#busy.has(other));
    if (idle !== undefined) this.#give(idle);
  }

  /** Ends the work; whoever waits for `done` gets `error`. */
  abort(error: Error): void {
    if (this.hub.isOver) return;
    this.hub.dismiss(error);
    this.#reject(error);
  }
}
