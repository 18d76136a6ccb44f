// One attempt of a driver with its workers: a port that listens, an environment that tells workers where and with
// what token, an engine that starts them, and the certainty that all of them are gone when it is over, however it
// ended.

import { randomBytes } from "node:crypto";
import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { CoppiceError } from "../../core/errors.ts";
import type { Engine, WorkerEnd, WorkerHandle } from "../../distributed/hub/engine.ts";
import type { Hub } from "../../distributed/hub/hub.ts";
import type { AttemptKey } from "../../distributed/link/hello.ts";
import { RENDEZVOUS_MS } from "../../distributed/link/patience.ts";
import { formatAddress, listenOn } from "../sockets/sockets.ts";
import { readTls, type TlsFiles } from "../sockets/tls-files.ts";
import { launchEnvironment, tlsFilesOf } from "./launch.ts";

export interface AttemptOptions {
  readonly engine: Engine;
  /** Unless the engine knows it. */
  readonly run: string;
  readonly attempt: number;
  readonly cpus: number;
  /** By default those that this process's environment names. */
  readonly tls: TlsFiles | undefined;
}

/** What is done with the workers, see Tracker and TaskBoard. */
export interface WorkersOwner {
  readonly hub: Hub;
  abort(error: Error): void;
}

/** How long workers that have finished may take to end. */
const FAREWELL_MS = 2000;

export class Attempt {
  readonly key: AttemptKey;
  readonly rendezvousMs: number;
  readonly #options: AttemptOptions;
  readonly #tls: TlsFiles | undefined;
  readonly #launched: Promise<WorkerHandle>[] = [];
  #tracker = "";

  constructor(options: AttemptOptions) {
    const { engine, run, attempt, tls } = options;
    const token = engine.token ?? randomBytes(16).toString("hex");
    this.key = { run: engine.run ?? run, attempt, token };
    this.rendezvousMs = engine.rendezvousMs ?? RENDEZVOUS_MS;
    this.#options = options;
    this.#tls = tls ?? tlsFilesOf(process.env);
  }

  /**
   * Lets `owner` listen while `work` launches workers and waits for what they do.
   *
   * @throws {CoppiceError} what `work` throws, which is to be what `owner` was aborted with; INVALID_PARAMETER
   *   for a port or TLS files that cannot be had
   */
  async run<T>(owner: WorkersOwner, signal: AbortSignalLike | undefined, work: () => Promise<T>): Promise<T> {
    const abort = () =>
      owner.abort(new CoppiceError("ABORTED", "the operation was aborted", {}, signal?.reason));
    let close = () => {};
    try {
      close = await this.#listen(owner.hub);
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort);
      return await work();
    } finally {
      signal?.removeEventListener("abort", abort);
      owner.abort(new CoppiceError("ABORTED", "the attempt is over"));
      close();
      await Promise.all(this.#launched.map(stopLaunched));
      owner.hub.close();
    }
  }

  async #listen(hub: Hub): Promise<() => void> {
    const { trackerHost = "127.0.0.1", trackerPort = 0, trackerAddress } = this.#options.engine;
    const accept = hub.accept.bind(hub);
    const listener = await listenOn(trackerHost, trackerPort, accept, readTls(this.#tls));
    this.#tracker = trackerAddress ?? formatAddress(trackerHost, listener.port);
    return () => listener.close();
  }

  /**
   * Starts a worker; it is stopped when the attempt is over.
   *
   * @param hearEnd told how its process ended
   * @param place what the engine takes it for, where that is not the rank among `worldSize`
   * @throws {CoppiceError} what the engine throws
   */
  launch(
    { rank, worldSize }: WorkerPlace,
    hearEnd: (end: WorkerEnd) => void,
    place: WorkerPlace = { rank, worldSize },
  ): Promise<WorkerHandle> {
    const { engine, cpus } = this.#options;
    const { run, attempt } = this.key;
    const environment = launchEnvironment({
      ...this.key,
      rank,
      worldSize,
      tracker: this.#tracker,
      rendezvousMs: this.rendezvousMs,
      tls: this.#tls,
    });
    const launched = engine.launch({ run, attempt, ...place, cpus, environment });
    this.#launched.push(launched);
    launched.then(
      ({ ended }) => ended.then(hearEnd),
      () => {},
    );
    return launched;
  }

  /** Waits a little for the ends of workers that were told to end. */
  async awaitEnds(): Promise<void> {
    const ends = this.#launched.map(async (launched) => (await launched).ended);
    const farewell = new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref());
    await Promise.race([Promise.all(ends), farewell]);
  }
}

export interface WorkerPlace {
  readonly rank: number;
  readonly worldSize: number;
}

async function stopLaunched(launched: Promise<WorkerHandle>): Promise<void> {
  const handle = await launched.catch(() => undefined);
  await handle?.stop();
}

/**
 * How many workers an attempt can have.
 *
 * @throws {CoppiceError} TIMEOUT when they are fewer than `fewest`
 */
export async function countRoom(
  engine: Engine,
  { fewest, most, cpus }: { readonly fewest: number; readonly most: number; readonly cpus: number },
): Promise<number> {
  const room = (await engine.countWorkers?.(most, cpus, fewest)) ?? most;
  if (room < fewest) {
    throw new CoppiceError("TIMEOUT", `the engine has room for ${room} workers, ${fewest} are needed`);
  }
  // Who was started by somebody else is there, wanted or not.
  return engine.canRestart === false ? room : Math.min(room, most);
}
