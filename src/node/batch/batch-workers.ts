// The workers of a batch: started one by one, started again when one is lost, gone in the end.

import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { CoppiceError, throwIfAborted } from "../../core/errors.ts";
import { describeEnd, type Engine, type WorkerEnd, type WorkerHandle } from "../../distributed/hub/engine.ts";
import { MAX_RANKS, TaskBoard } from "../../distributed/hub/task-board.ts";
import { BLAME_MS } from "../../distributed/link/patience.ts";
import { Attempt, countRoom } from "../attempt/attempt.ts";
import type { TlsFiles } from "../sockets/tls-files.ts";
import type { BatchJob, BatchTask, PartOutcome } from "../workers/batch-task.ts";

export interface BatchWorkersOptions {
  readonly engine: Engine;
  /** How many are wanted. */
  readonly workers: number;
  readonly cpusPerWorker: number;
  /** How many may be lost in all. */
  readonly maxFailures: number;
  readonly tls: TlsFiles | undefined;
  readonly onFailure: ((message: string) => void) | undefined;
  readonly signal: AbortSignalLike | undefined;
}

export class BatchWorkers {
  /** Workers that were lost. */
  failures = 0;
  readonly #options: BatchWorkersOptions;
  readonly #taskCount: number;
  readonly #attempt: Attempt;
  readonly #board: TaskBoard<BatchTask, PartOutcome>;
  /** By rank; those that have ended or were given up are not in it. */
  readonly #handles: Map<number, WorkerHandle> = new Map();
  readonly #timers: Set<ReturnType<typeof setTimeout>> = new Set();
  #nextRank = 0;
  /** Workers at the start. */
  #count = 1;

  /** @param tasks at least one */
  constructor(
    options: BatchWorkersOptions,
    job: BatchJob,
    tasks: readonly BatchTask[],
    onOutcome: (task: BatchTask, outcome: PartOutcome) => Promise<void>,
  ) {
    const { engine, tls, cpusPerWorker } = options;
    this.#options = options;
    this.#taskCount = tasks.length;
    const attempt = engine.attempt ?? 1;
    this.#attempt = new Attempt({ engine, run: "batch", attempt, cpus: cpusPerWorker, tls });
    const { key, rendezvousMs } = this.#attempt;
    // The engine usually knows more a moment later; a worker that stands still it does not know at all.
    const onLost = (rank: number, reason: string) =>
      this.#after(BLAME_MS, () => this.#replace(rank, { reason, log: "" }));
    this.#board = new TaskBoard({ key, rendezvousMs, job, tasks, onOutcome, onLost });
  }

  /** Does all tasks. @throws {CoppiceError} what kept parts from being finished */
  async run(): Promise<void> {
    const { engine, workers, cpusPerWorker, signal } = this.#options;
    try {
      await this.#attempt.run(this.#board, signal, async () => {
        throwIfAborted(signal);
        const most = Math.min(workers, this.#taskCount);
        this.#count = await countRoom(engine, { fewest: 1, most, cpus: cpusPerWorker });
        await Promise.all(Array.from({ length: this.#count }, () => this.#launch()));
        const [first, ...others] = await this.#board.done;
        if (first === undefined) return;
        const rest = others.length === 0 ? "" : `; so did ${others.length} more`;
        const { code, message, details } = first.error;
        throw new CoppiceError(code, `${first.task.input} failed: ${message}${rest}`, details, first.error);
      });
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      await engine.close?.();
    }
  }

  async #launch(): Promise<void> {
    const rank = this.#nextRank++;
    // Workers come and go one by one: to the engine each is a group of its own, unless others have started them.
    const isOwn = this.#options.engine.canRestart !== false;
    const handle = await this.#attempt.launch(
      { rank, worldSize: isOwn ? MAX_RANKS : this.#count },
      (end) => this.#replace(rank, end),
      isOwn ? { rank: 0, worldSize: 1 } : undefined,
    );
    this.#handles.set(rank, handle);
    const { rendezvousMs } = this.#attempt;
    // While others work, a worker may wait for its place in the cluster.
    this.#after(rendezvousMs, () => {
      if (this.#board.hub.workers.size > 0) return;
      this.#replace(rank, { reason: `it did not come within ${rendezvousMs / 1000} s`, log: "" });
    });
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #replace(rank: number, end: WorkerEnd): void {
    const handle = this.#handles.get(rank);
    if (handle === undefined || this.#board.hub.isOver) return;
    this.#handles.delete(rank);
    void handle.stop();
    this.failures++;
    const message = `a worker was lost: ${describeEnd(end)}`;
    const { engine, maxFailures, onFailure } = this.#options;
    onFailure?.(message);
    if (engine.canRestart === false) {
      if (this.#board.hub.workers.size > 0) return;
      this.#giveUp(`all workers were lost; the last one: ${message}`);
    } else if (this.failures > maxFailures) {
      const text = `${this.failures} workers were lost, \`maxFailures\` is ${maxFailures}`;
      this.#giveUp(`${text}; the last one: ${message}`);
    } else {
      this.#launch().catch((error: CoppiceError) => this.#board.abort(error));
    }
  }

  #giveUp(message: string): void {
    this.#board.abort(new CoppiceError("PEER_LOST", message));
  }
}
