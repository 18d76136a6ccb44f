// All or nothing: the workers of a training are brought together once all have come, and the loss of one ends the
// attempt for all of them. It knows more of a loss than the hub: what another worker, a heartbeat or the engine says.

import { CoppiceError, fromWire } from "../../core/errors.ts";
import type { RoundEvent } from "../../training/train.ts";
import { type Frame, MODEL } from "../link/frame.ts";
import { parseControl } from "../link/link.ts";
import { BLAME_MS } from "../link/patience.ts";
import type { SilentPeer } from "../mesh/mesh-watch.ts";
import { describeEnd, type WorkerEnd } from "./engine.ts";
import { Hub, type HubOptions, type HubOwner, type HubWorker } from "./hub.ts";
import type { TrainJob, WorkerReport } from "./job.ts";
import { LostLinks } from "./lost-links.ts";
import { decodeRound, type WireRound } from "./round-wire.ts";

export interface TrackerOptions extends HubOptions {
  readonly job: TrainJob;
  /** Goes to rank 0 where the job says that there is one. */
  readonly initialModel?: Uint8Array | undefined;
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

interface Settle {
  readonly resolve: (outcome: AttemptOutcome) => void;
  readonly reject: (error: Error) => void;
}

export class Tracker implements HubOwner {
  readonly hub: Hub;
  /** Fulfilled when all workers have finished; rejects with what ended the attempt. */
  readonly outcome: Promise<AttemptOutcome>;
  readonly #options: TrackerOptions;
  /** By rank, of workers that have finished: their loss harms nobody. */
  readonly #reports: Map<number, WorkerReport> = new Map();
  readonly #lostLinks: LostLinks = new LostLinks();
  readonly #settle: Settle;
  readonly #begin: number = performance.now();
  #isStarted = false;
  #model: Uint8Array | undefined;
  #result: Record<string, unknown> | undefined;
  #complaint: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TrackerOptions) {
    this.#options = options;
    let settle: Settle;
    this.outcome = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settle = settle!;
    // Who waits learns of it; nobody need wait.
    this.outcome.catch(() => {});
    this.hub = new Hub(options, this);
  }

  welcome(): void {
    if (!this.#isStarted && this.hub.workers.size === this.#options.worldSize) this.#start();
  }

  #start(): void {
    this.#isStarted = true;
    const { job, initialModel, worldSize } = this.#options;
    const workers = Array.from({ length: worldSize }, (_, rank) => this.hub.workers.get(rank)!);
    const peers = workers.map(({ address }) => address);
    if (initialModel !== undefined) workers[0].link.send(MODEL, initialModel);
    for (const { link } of workers) link.sendJson({ type: "start", peers, job });
  }

  hearBeat(rank: number, message: Record<string, unknown>): void {
    if (message.type === "sent") {
      this.#lostLinks.hearSent(Number(message.peer), rank, Number(message.sent), message.isWaiting === true);
      return;
    }
    const silent = (message.silent ?? []) as readonly SilentPeer[];
    const loss = this.#lostLinks.hearSilence(rank, silent);
    if (loss !== undefined) this.abort(loss);
    for (const [peer] of silent) this.hub.tellHeartbeat(peer, { type: "missing", by: rank });
  }

  hear({ rank }: HubWorker, frame: Frame): void {
    if (frame.kind === MODEL) {
      this.#model = frame.payload;
      return;
    }
    const message = parseControl(frame);
    switch (message.type) {
      case "round":
        this.#tellRound(decodeRound(message.event as WireRound));
        break;
      case "warning":
        this.#options.onWarning?.(String(message.text));
        break;
      case "failed":
        this.#hearFailure(rank, fromWire(message.error));
        break;
      case "result":
        this.#result = message.result as Record<string, unknown>;
        break;
      case "finished":
        this.#reports.set(rank, message.report as WorkerReport);
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
  #hearFailure(rank: number, cause: CoppiceError): void {
    const { code, message, details } = cause;
    const error = new CoppiceError(code, message, { ...details, rank }, cause);
    if (code === "PEER_LOST") this.#complain(error);
    else this.abort(error);
  }

  #complain(error: CoppiceError): void {
    if (!this.hub.isOver) this.#complaint ??= setTimeout(() => this.abort(error), BLAME_MS);
  }

  /** The engine may know more: an exit code, the last lines of a log; but not of a worker that stands still. */
  lose({ rank }: HubWorker, reason: CoppiceError): void {
    if (this.#reports.has(rank)) return;
    const loss = lossOf(rank, reason.message, reason);
    if (reason.code === "TIMEOUT") this.abort(loss);
    else this.#complain(loss);
  }

  /** Learns from the engine that a worker's process has ended. */
  hearEnd(rank: number, end: WorkerEnd): void {
    if (!this.#reports.has(rank)) this.abort(lossOf(rank, describeEnd(end)));
  }

  #finishIfDone(): void {
    const { worldSize } = this.#options;
    if (this.#reports.size < worldSize) return;
    if (this.#model === undefined || this.#result === undefined) {
      this.abort(new CoppiceError("INTERNAL", "the workers finished without a model"));
      return;
    }
    const reports = Array.from({ length: worldSize }, (_, rank) => this.#reports.get(rank)!);
    this.#end();
    this.#settle.resolve({ model: this.#model, result: this.#result, reports });
  }

  /** Ends the attempt: every worker is told, whoever waits for the outcome gets `error`. */
  abort(error: Error): void {
    if (this.hub.isOver) return;
    this.#end(error);
    this.#settle.reject(error);
  }

  #end(error?: Error): void {
    clearTimeout(this.#complaint);
    this.hub.dismiss(error);
  }

  check(): void {
    const { rendezvousMs, worldSize } = this.#options;
    if (this.#isStarted || performance.now() - this.#begin <= rendezvousMs) return;
    const ranks = Array.from({ length: worldSize }, (_, rank) => rank);
    const missing = ranks.filter((rank) => !this.hub.workers.has(rank));
    const shown = missing.slice(0, 8).join(", ");
    const text = `${missing.length} of ${worldSize} workers did not come within ${rendezvousMs / 1000} s: ${shown}`;
    this.abort(new CoppiceError("TIMEOUT", text));
  }
}

function lossOf(rank: number, reason: string, cause?: CoppiceError): CoppiceError {
  return new CoppiceError("PEER_LOST", `worker ${rank} was lost: ${reason}`, { rank }, cause);
}
