// One attempt: a tracker that listens, workers that an engine starts, and the certainty that all of them are
// gone when it is over, however it ended.

import { randomBytes } from "node:crypto";
import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { CoppiceError } from "../../core/errors.ts";
import type { Engine, WorkerHandle } from "../../distributed/hub/engine.ts";
import type { TrainJob } from "../../distributed/hub/job.ts";
import { type AttemptOutcome, Tracker } from "../../distributed/hub/tracker.ts";
import type { RoundEvent } from "../../training/train.ts";
import { formatAddress, listenOn } from "../sockets/sockets.ts";
import { readTls, type TlsFiles, tlsEnvironment } from "../sockets/tls-files.ts";

export interface AttemptRequest {
  readonly engine: Engine;
  readonly run: string;
  readonly attempt: number;
  readonly worldSize: number;
  readonly cpus: number;
  readonly job: TrainJob;
  readonly initialModel: Uint8Array | undefined;
  readonly tls: TlsFiles | undefined;
  readonly onRound: (event: RoundEvent) => void;
  readonly onWarning: ((message: string) => void) | undefined;
  readonly signal: AbortSignalLike | undefined;
}

const RENDEZVOUS_MS = 60_000;
/** How long workers that have finished may take to end. */
const FAREWELL_MS = 2000;

/** Runs one attempt. @throws {CoppiceError} what ended it early */
export async function runAttempt(request: AttemptRequest): Promise<AttemptOutcome> {
  const { engine, attempt, worldSize, run } = request;
  const token = engine.token ?? randomBytes(16).toString("hex");
  const rendezvousMs = engine.rendezvousMs ?? RENDEZVOUS_MS;
  const tracker = new Tracker({
    key: { run, attempt, token },
    worldSize,
    job: request.job,
    initialModel: request.initialModel,
    rendezvousMs,
    onRound: request.onRound,
    onWarning: request.onWarning,
  });
  const tls = readTls(request.tls);
  const host = engine.trackerHost ?? "127.0.0.1";
  const listener = await listenOn(host, engine.trackerPort ?? 0, (channel) => tracker.accept(channel), tls);
  const abort = () => {
    const { signal } = request;
    tracker.abort(new CoppiceError("ABORTED", "the training was aborted", {}, signal?.reason));
  };
  const handles: WorkerHandle[] = [];
  try {
    if (request.signal?.aborted) abort();
    request.signal?.addEventListener("abort", abort);
    const address = engine.trackerAddress ?? formatAddress(host, listener.port);
    const shared = {
      COPPICE_WORLD_SIZE: String(worldSize),
      COPPICE_TRACKER: address,
      COPPICE_TOKEN: token,
      COPPICE_ATTEMPT: String(attempt),
      ...tlsEnvironment(request.tls),
      COPPICE_RUN: run,
      COPPICE_RENDEZVOUS_SECONDS: String(Math.ceil(rendezvousMs / 1000)),
    };
    const launched = Array.from({ length: worldSize }, async (_, rank) => {
      const environment = { ...shared, COPPICE_RANK: String(rank) };
      const handle = await engine.launch({
        run,
        attempt,
        rank,
        worldSize,
        cpus: request.cpus,
        environment,
      });
      handles.push(handle);
      handle.ended.then((end) => tracker.hearEnd(rank, end));
    });
    const failed = (await Promise.allSettled(launched)).find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    const outcome = await tracker.outcome;
    const farewell = new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref());
    await Promise.race([Promise.all(handles.map(({ ended }) => ended)), farewell]);
    return outcome;
  } finally {
    request.signal?.removeEventListener("abort", abort);
    listener.close();
    await Promise.all(handles.map((handle) => handle.stop()));
    tracker.close();
  }
}
