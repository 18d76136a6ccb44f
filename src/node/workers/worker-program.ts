// The worker: one program for all engines. It finds the tracker by its environment, says who it is, meets its
// peers, does its part, and ends when the tracker says so, is gone, or has not been heard for ten seconds.

import { Worker } from "node:worker_threads";
import { CoppiceError, fromWire, toWire } from "../../core/errors.ts";
import type { TrainJob } from "../../distributed/hub/job.ts";
import { MODEL } from "../../distributed/link/frame.ts";
import { protocolVersion } from "../../distributed/link/hello.ts";
import { Link, parseControl } from "../../distributed/link/link.ts";
import type { Mesh } from "../../distributed/mesh/mesh.ts";
import { PeerDoor } from "../../distributed/mesh/mesh-links.ts";
import { MeshWatch } from "../../distributed/mesh/mesh-watch.ts";
import { type Launch, readLaunch } from "../attempt/launch.ts";
import { connectTo, formatAddress, listenOn, socketChannel } from "../sockets/sockets.ts";
import { readTls } from "../sockets/tls-files.ts";
import type { BatchJob, BatchTask } from "./batch-task.ts";
import type { HeartbeatData } from "./heartbeat-thread.ts";
import { runJob } from "./train-task.ts";

/** How a worker ended: 0 done, 1 its own failure, 3 told to end or left alone. */
export type WorkerExit = 0 | 1 | 3;

/**
 * Runs a worker to its end.
 *
 * @param environment the variables that say who it is, see `readLaunch`
 * @param note told what goes wrong, for the worker's log
 * @returns the exit code; what still runs in the process must not keep it alive
 * @throws {CoppiceError} INVALID_PARAMETER for a bad environment, PEER_LOST when there is no tracker
 */
export async function runWorker(
  environment: Readonly<Record<string, string | undefined>>,
  note: (text: string) => void,
): Promise<WorkerExit> {
  const launch = readLaunch(environment);
  const tls = readTls(launch.tls);
  const socket = await connectTo(launch.tracker, launch.rendezvousMs, tls);
  const tracker = new Link(socketChannel(socket));
  tracker.trust();
  const key = { run: launch.run, attempt: launch.attempt, token: launch.token };
  const door = new PeerDoor(key, launch.rank, launch.worldSize);
  // The address under which the tracker is reached is one under which peers reach this machine.
  const host = socket.localAddress ?? "127.0.0.1";
  const listener = await listenOn(host, 0, (channel) => door.accept(channel), tls);
  const hello = { version: protocolVersion, ...key, rank: launch.rank };
  tracker.sendJson({ ...hello, role: "worker", address: formatAddress(host, listener.port) });
  const watch = MeshWatch.forPeers(launch.worldSize);
  startHeartbeat({
    tracker: launch.tracker,
    tls,
    hello: { ...hello, role: "heartbeat" },
    watch: watch.buffer,
  });
  return new Promise((resolve) => {
    const end = (code: WorkerExit, text?: string) => {
      if (text !== undefined) note(text);
      resolve(code);
    };
    tracker.onEnd(({ message }) => end(3, `the driver is gone: ${message}`));
    let initialModel: Uint8Array | undefined;
    tracker.onFrame((frame) => {
      if (frame.kind === MODEL) {
        initialModel = frame.payload;
        return;
      }
      const message = parseControl(frame);
      if (message.type === "exit") end(0);
      else if (message.type === "abort") end(3, `ended: ${fromWire(message.error).message}`);
      else if (message.type === "refused") end(1, fromWire(message.error).message);
      else if (message.type === "start") {
        const connect = async (address: string) =>
          socketChannel(await connectTo(address, launch.rendezvousMs, tls));
        void work(
          launch,
          tracker,
          () => door.gather(message.peers as string[], connect, launch.rendezvousMs, watch),
          { job: message.job as TrainJob, initialModel },
          note,
        );
      } else if (message.type === "task") void predictPart(tracker, message, note);
    });
  });
}

async function work(
  launch: Launch,
  tracker: Link,
  gather: () => Promise<Mesh>,
  { job, initialModel }: { readonly job: TrainJob; readonly initialModel: Uint8Array | undefined },
  note: (text: string) => void,
): Promise<void> {
  try {
    const mesh = await gather();
    const { model, result, report } = await runJob(job, mesh, initialModel, {
      round: (event) => tracker.sendJson({ type: "round", event }),
      warning: (text) => tracker.sendJson({ type: "warning", text }),
    });
    if (launch.rank === 0) {
      tracker.send(MODEL, model);
      tracker.sendJson({ type: "result", result });
    }
    tracker.sendJson({ type: "finished", report });
  } catch (error) {
    sendFailure(tracker, error, note);
  }
}

function sendFailure(tracker: Link, error: unknown, note: (text: string) => void): void {
  const wire = toWire(error);
  note(error instanceof CoppiceError ? wire.message : (wire.stack ?? wire.message));
  tracker.sendJson({ type: "failed", error: wire });
}

/** A part of a batch; the driver sends the next when it has heard of this one. */
async function predictPart(
  tracker: Link,
  { job, task }: Record<string, unknown>,
  note: (text: string) => void,
): Promise<void> {
  try {
    const { runBatchTask } = await import("./batch-task.ts");
    const outcome = await runBatchTask(job as BatchJob, task as BatchTask);
    tracker.sendJson({ type: "done", outcome });
  } catch (error) {
    sendFailure(tracker, error, note);
  }
}

/** Named as emitted: compilers do not rewrite this specifier. */
function startHeartbeat(data: HeartbeatData): void {
  const thread = new Worker(new URL("./heartbeat-thread.js", import.meta.url), {
    workerData: data,
    execArgv: [],
  });
  // A worker that cannot say that it lives counts as dead.
  thread.on("error", () => process.exit(1));
  thread.unref();
}
