// The tracker of one attempt: knows its workers by their connections, brings them together, listens to
// their heartbeats and ends the attempt for all of them when one is lost. A new attempt has a tracker of
// its own with another token, so that a worker which wakes up too late finds nobody.

import { CoppiceError, type ErrorCode, type ErrorDetails } from "../../core/errors.ts";
import type { RoundEvent } from "../../training/train.ts";
import { MODEL } from "../link/frame.ts";
import { type AttemptKey, checkHello } from "../link/hello.ts";
import { type Channel, Link, parseControl } from "../link/link.ts";
import type { SilentPeer } from "../mesh/mesh-watch.ts";
import { decodeRound, type WireRound } from "../mesh/wire.ts";
import type { WorkerEnd } from "./engine.ts";
import type { TrainJob, WorkerReport } from "./job.ts";
import { LostLinks } from "./lost-links.ts";

export interface TrackerOptions {
  readonly key: AttemptKey;
  readonly worldSize: number;
  readonly job: TrainJob;
  /** Goes to rank 0 where the job says that there is one. */
  readonly initialModel?: Uint8Array | undefined;
  /** Silence after which a worker counts as hung, from its first heartbeat on. */
  readonly silenceMs?: number;
  /** How long the workers may take to come together. */
  readonly rendezvousMs: number;
  readonly onRound?: ((event: RoundEvent) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What the attempt came to. */
export interface AttemptOutcome {
  /** model.ubj */
  readonly model: Uint8Array;
  /** What rank 0 says beside the model. */
  readonly result: Record<string, unknown>;
  readonly reports: readonly WorkerReport[];
}

/** Long enough for 1 s heartbeats to be late, short enough to notice within 5 s. */
const SILENCE_MS = 4000;
const CHECK_MS = 250;
/** How long a stranger may take to say hello. */
const HELLO_MS = 5000;
/** How long a peer's complaint about another waits for the reason of the other itself. */
const BLAME_MS = 400;

interface Settle {
  readonly resolve: (outcome: AttemptOutcome) => void;
  readonly reject: (error: Error) => void;
}

interface WorkerState {
  link: Link;
  address: string;
  lastHeard: number;
  /** Whether its heartbeat has begun, which on a crowded machine takes its time. */
  isBeating: boolean;
  report: WorkerReport | undefined;
}

export class Tracker {
  /** Fulfilled when all workers have finished; rejects with what ended the attempt. */
  readonly outcome: Promise<AttemptOutcome>;
  readonly #options: TrackerOptions;
  readonly #workers: (WorkerState | undefined)[];
  readonly #heartbeats: (Link | undefined)[];
  readonly #strangers: Set<Link> = new Set();
  readonly #lostLinks: LostLinks = new LostLinks();
  readonly #settle: Settle;
  readonly #begin: number = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #lastCheck: number = performance.now();
  #isOver = false;
  #model: Uint8Array | undefined;
  #result: Record<string, unknown> | undefined;
  #complaint: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#workers = new Array(options.worldSize).fill(undefined);
    this.#heartbeats = new Array(options.worldSize).fill(undefined);
    let settle: Settle;
    this.outcome = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settle = settle!;
    // Who waits learns of it; nobody need wait.
    this.outcome.catch(() => {});
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  /** Takes a new connection. */
  accept(channel: Channel): void {
    const link = new Link(channel);
    this.#strangers.add(link);
    const timer = setTimeout(() => link.close(), HELLO_MS);
    link.onEnd(() => {
      clearTimeout(timer);
      this.#strangers.delete(link);
    });
    link.receive().then(
      (frame) => {
        clearTimeout(timer);
        this.#strangers.delete(link);
        try {
          this.#greet(link, parseControl(frame));
        } catch (error) {
          link.sendJson({ type: "refused", message: (error as Error).message });
          // Long enough for the answer to leave.
          setTimeout(() => link.close(), 50);
        }
      },
      () => {},
    );
  }

  #greet(link: Link, message: Record<string, unknown>): void {
    const { role, rank, address } = checkHello(message, this.#options.key, this.#options.worldSize);
    if (this.#isOver) throw new CoppiceError("INVALID_DATA", "the attempt is over");
    if (role === "heartbeat") {
      this.#heartbeats[rank] = link;
      const worker = this.#workers[rank];
      if (worker !== undefined) {
        worker.isBeating = true;
        worker.lastHeard = performance.now();
      }
      link.onFrame((frame) => this.#hearBeat(rank, link, parseControl(frame)));
      return;
    }
    if (role !== "worker" || address === undefined) throw new CoppiceError("INVALID_DATA", "no worker");
    if (this.#workers[rank] !== undefined) throw new CoppiceError("INVALID_DATA", `rank ${rank} is taken`);
    link.trust();
    const isBeating = this.#heartbeats[rank] !== undefined;
    this.#workers[rank] = { link, address, lastHeard: performance.now(), isBeating, report: undefined };
    link.onFrame((frame) => {
      if (frame.kind === MODEL) this.#model = frame.payload;
      else this.#hear(rank, parseControl(frame));
    });
    link.onEnd((error) => this.#loseWorker(rank, error));
    if (this.#workers.every((worker) => worker !== undefined)) this.#start();
  }

  #hearBeat(rank: number, link: Link, message: Record<string, unknown>): void {
    const worker = this.#workers[rank];
    if (worker !== undefined) worker.lastHeard = performance.now();
    if (message.type === "sent") {
      this.#lostLinks.hearSent(Number(message.peer), rank, Number(message.sent), message.isWaiting === true);
      return;
    }
    link.sendJson({ type: "heard" });
    const silent = (message.silent ?? []) as readonly SilentPeer[];
    const loss = this.#lostLinks.hearSilence(rank, silent);
    if (loss !== undefined) this.abort(loss);
    for (const [peer] of silent) this.#heartbeats[peer]?.sendJson({ type: "missing", by: rank });
  }

  #start(): void {
    const peers = this.#workers.map((worker) => worker!.address);
    const { job, initialModel } = this.#options;
    if (initialModel !== undefined) this.#workers[0]!.link.send(MODEL, initialModel);
    for (const worker of this.#workers) worker!.link.sendJson({ type: "start", peers, job });
  }

  #hear(rank: number, message: Record<string, unknown>): void {
    const worker = this.#workers[rank]!;
    worker.lastHeard = performance.now();
    switch (message.type) {
      case "round":
        this.#tellRound(decodeRound(message.event as WireRound));
        break;
      case "warning":
        this.#options.onWarning?.(String(message.text));
        break;
      case "failed":
        this.#hearFailure(rank, message);
        break;
      case "result":
        this.#result = message.result as Record<string, unknown>;
        break;
      case "finished":
        worker.report = message.report as WorkerReport;
        this.#finishIfDone();
        break;
    }
  }

  /** What the user's function throws ends the attempt; it is no fault of the worker's connection. */
  #tellRound(event: RoundEvent): void {
    try {
      this.#options.onRound?.(event);
    } catch (error) {
      this.abort(error as Error);
    }
  }

  /** A worker that lost a peer only tells what another one's end will tell better. */
  #hearFailure(rank: number, message: Record<string, unknown>): void {
    const details = { ...(message.details as ErrorDetails), rank };
    const error = new CoppiceError(message.code as ErrorCode, String(message.message), details);
    if (error.code === "PEER_LOST") this.#complain(error);
    else this.abort(error);
  }

  #complain(error: CoppiceError): void {
    if (!this.#isOver) this.#complaint ??= setTimeout(() => this.abort(error), BLAME_MS);
  }

  #loseWorker(rank: number, cause: CoppiceError): void {
    if (this.#workers[rank]?.report !== undefined) return;
    // The engine may know more: an exit code, the last lines of its log.
    this.#complain(
      new CoppiceError("PEER_LOST", `worker ${rank} was lost: ${cause.message}`, { rank }, cause),
    );
  }

  /** Learns from the engine that a worker's process has ended. */
  hearEnd(rank: number, { reason, log }: WorkerEnd): void {
    if (this.#workers[rank]?.report !== undefined) return;
    const text = log.trim() === "" ? "" : `; its last words:\n${log.trim()}`;
    this.abort(new CoppiceError("PEER_LOST", `worker ${rank} was lost: ${reason}${text}`, { rank }));
  }

  #finishIfDone(): void {
    const reports = this.#workers.map((worker) => worker?.report);
    if (this.#isOver || reports.some((report) => report === undefined)) return;
    if (this.#model === undefined || this.#result === undefined) {
      this.abort(new CoppiceError("INTERNAL", "the workers finished without a model"));
      return;
    }
    this.#end();
    for (const worker of this.#workers) worker!.link.sendJson({ type: "exit" });
    this.#settle.resolve({
      model: this.#model,
      result: this.#result,
      reports: reports as WorkerReport[],
    });
  }

  /** Ends the attempt: every worker is told, whoever waits for the outcome gets `error`. */
  abort(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    for (const worker of this.#workers) {
      worker?.link.sendJson({ type: "abort", message: error.message });
    }
    this.#settle.reject(error);
  }

  #end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    clearTimeout(this.#complaint);
  }

  /** Closes every connection. */
  close(): void {
    this.#end();
    for (const link of this.#strangers) link.close();
    for (const worker of this.#workers) worker?.link.close();
    for (const link of this.#heartbeats) link?.close();
  }

  #check(): void {
    const now = performance.now();
    const wasPaused = now - this.#lastCheck > 4 * CHECK_MS;
    this.#lastCheck = now;
    const { rendezvousMs, silenceMs = SILENCE_MS } = this.#options;
    if (wasPaused) {
      // This process stood still itself: what the workers sent meanwhile has not been read yet.
      for (const worker of this.#workers) if (worker) worker.lastHeard = now;
      return;
    }
    const missing = this.#workers.flatMap((worker, rank) => (worker === undefined ? [rank] : []));
    if (missing.length > 0 && now - this.#begin > rendezvousMs) {
      const ranks = missing.slice(0, 8).join(", ");
      this.abort(
        new CoppiceError(
          "TIMEOUT",
          `${missing.length} of ${this.#workers.length} workers did not come within ${rendezvousMs / 1000} s: ${ranks}`,
        ),
      );
      return;
    }
    this.#workers.forEach((worker, rank) => {
      const allowedMs = worker?.isBeating ? silenceMs : Math.max(silenceMs, rendezvousMs);
      if (worker === undefined || worker.report !== undefined || now - worker.lastHeard <= allowedMs) return;
      this.abort(
        new CoppiceError("PEER_LOST", `worker ${rank} was lost: silent for ${allowedMs / 1000} s`, { rank }),
      );
    });
  }
}
