// The thread that tells the tracker every second that the worker's process is alive, however busy the
// training is. When the tracker has not answered for ten seconds it is lost, and with it the attempt: the
// process ends, so that no worker outlives its run.

import { workerData } from "node:worker_threads";
import { Link, parseControl } from "../distributed/link.ts";
import { connectTo, socketChannel } from "./sockets.ts";
import type { TlsMaterial } from "./tls-files.ts";

const BEAT_MS = 1000;
const LOST_MS = 10_000;

export interface HeartbeatData {
  readonly tracker: string;
  readonly tls: TlsMaterial | undefined;
  readonly hello: Record<string, unknown>;
}

async function beat({ tracker, tls, hello }: HeartbeatData): Promise<void> {
  const link = new Link(socketChannel(await connectTo(tracker, LOST_MS, tls)));
  let lastHeard = performance.now();
  link.onFrame((frame) => {
    if (parseControl(frame).type === "heard") lastHeard = performance.now();
  });
  link.sendJson(hello);
  setInterval(() => {
    link.sendJson({ type: "alive" });
    // The main thread may be busy for a while yet; nothing waits for it.
    if (performance.now() - lastHeard > LOST_MS) process.kill(process.pid, "SIGKILL");
  }, BEAT_MS);
}

if (workerData !== null) {
  beat(workerData as HeartbeatData).catch(() => process.kill(process.pid, "SIGKILL"));
}
