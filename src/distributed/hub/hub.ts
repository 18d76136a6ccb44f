// A hub of workers: takes their connections, checks who they are, listens to their heartbeats, notices who is
// silent, and says farewell to all of them. What they work at, and what the loss of one means, is for its owner: all
// or nothing (tracker.ts) or one by one (task-board.ts). A new attempt has a hub of its own with another token, so
// that a worker which wakes up too late finds nobody.

import { CoppiceError, toWire } from "../../core/errors.ts";
import type { Frame } from "../link/frame.ts";
import { type AttemptKey, checkHello, takeCall, turnAway } from "../link/hello.ts";
import { type Channel, type Link, parseControl } from "../link/link.ts";
import { CHECK_MS, PAUSE_MS, SILENCE_MS } from "../link/patience.ts";

export interface HubOptions {
  readonly key: AttemptKey;
  /** Ranks lie below it. */
  readonly worldSize: number;
  /** How long workers may take to come, and one that has come to begin to beat: on a crowded machine it does. */
  readonly rendezvousMs: number;
}

/** A worker that is connected. */
export interface HubWorker {
  readonly rank: number;
  /** Where its peers reach it, "host:port". */
  readonly address: string;
  readonly link: Link;
}

/** What becomes of the workers of a hub. Nothing is told after the farewell. */
export interface HubOwner {
  /** A worker has come. */
  welcome(worker: HubWorker): void;
  hear(worker: HubWorker, frame: Frame): void;
  /** A worker's connection has ended; with TIMEOUT, for its silence. */
  lose(worker: HubWorker, reason: CoppiceError): void;
  /** What a heartbeat tells. */
  hearBeat?(rank: number, message: Record<string, unknown>): void;
  /** Called again and again, but not right after this process stood still. */
  check?(): void;
}

interface Pulse {
  lastHeard: number;
  isBeating: boolean;
}

type Farewell = { readonly type: "exit" } | { readonly type: "abort"; readonly error: object };

export class Hub {
  /** Those that are connected, by rank. */
  readonly workers: ReadonlyMap<number, HubWorker>;
  readonly #workers: Map<number, HubWorker & Pulse>;
  readonly #heartbeats: Map<number, Link> = new Map();
  /** Of workers, heartbeats, and callers that have not said hello. */
  readonly #links: Set<Link> = new Set();
  readonly #options: HubOptions;
  readonly #owner: HubOwner;
  readonly #timer: ReturnType<typeof setInterval>;
  #lastCheck: number = performance.now();
  #farewell: Farewell | undefined;

  constructor(options: HubOptions, owner: HubOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#workers = new Map();
    this.workers = this.#workers;
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  /** Whether the farewell has been said. */
  get isOver(): boolean {
    return this.#farewell !== undefined;
  }

  /** Takes a new connection. */
  accept(channel: Channel): void {
    const link = takeCall(channel, (caller, hello) => this.#greet(caller, hello));
    this.#links.add(link);
    link.onEnd(() => this.#links.delete(link));
  }

  #greet(link: Link, message: Record<string, unknown>): void {
    const { role, rank, address } = checkHello(message, this.#options.key, this.#options.worldSize);
    if (role === "heartbeat") this.#greetHeartbeat(rank, link);
    else if (role === "worker" && address !== undefined) this.#greetWorker(rank, address, link);
    else turnAway("it is no worker");
  }

  #greetHeartbeat(rank: number, link: Link): void {
    this.#heartbeats.set(rank, link);
    link.onEnd(() => {
      if (this.#heartbeats.get(rank) === link) this.#heartbeats.delete(rank);
    });
    this.#notePulse(rank);
    link.onFrame((frame) => {
      const message = parseControl(frame);
      this.#notePulse(rank);
      if (message.type === "alive") link.sendJson({ type: "heard" });
      if (!this.isOver) this.#owner.hearBeat?.(rank, message);
    });
  }

  #notePulse(rank: number): void {
    const worker = this.#workers.get(rank);
    if (worker === undefined) return;
    worker.isBeating = true;
    worker.lastHeard = performance.now();
  }

  #greetWorker(rank: number, address: string, link: Link): void {
    if (this.#workers.has(rank)) turnAway(`rank ${rank} is taken`);
    if (this.#farewell !== undefined) {
      link.sendJson(this.#farewell);
      return;
    }
    link.trust();
    const isBeating = this.#heartbeats.has(rank);
    const worker = { rank, address, link, lastHeard: performance.now(), isBeating };
    this.#workers.set(rank, worker);
    link.onFrame((frame) => {
      worker.lastHeard = performance.now();
      if (!this.isOver) this.#owner.hear(worker, frame);
    });
    link.onEnd((reason) => {
      this.#workers.delete(rank);
      if (!this.isOver) this.#owner.lose(worker, reason);
    });
    this.#owner.welcome(worker);
  }

  /** Sends a message to the thread that beats for a worker, which listens whatever the worker does. */
  tellHeartbeat(rank: number, message: unknown): void {
    this.#heartbeats.get(rank)?.sendJson(message);
  }

  /** Ends the work: every worker, and whoever comes yet, is told that it is done, or of `error`. The first word counts. */
  dismiss(error?: Error): void {
    if (this.#farewell !== undefined) return;
    this.#farewell = error === undefined ? { type: "exit" } : { type: "abort", error: toWire(error) };
    clearInterval(this.#timer);
    for (const { link } of this.#workers.values()) link.sendJson(this.#farewell);
  }

  /** Closes every connection. */
  close(): void {
    this.dismiss(new CoppiceError("ABORTED", "the attempt is over"));
    for (const link of this.#links) link.close();
  }

  #check(): void {
    const now = performance.now();
    const wasPaused = now - this.#lastCheck > PAUSE_MS;
    this.#lastCheck = now;
    if (wasPaused) {
      // This process stood still itself: what the workers sent meanwhile has not been read yet.
      for (const worker of this.#workers.values()) worker.lastHeard = now;
      return;
    }
    this.#owner.check?.();
    for (const { link, lastHeard, isBeating } of [...this.#workers.values()]) {
      const allowedMs = isBeating ? SILENCE_MS : Math.max(SILENCE_MS, this.#options.rendezvousMs);
      if (now - lastHeard <= allowedMs) continue;
      link.fail(new CoppiceError("TIMEOUT", `silent for ${allowedMs / 1000} s`));
    }
  }
}
