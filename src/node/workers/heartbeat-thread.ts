// The thread that tells the tracker every second that the worker's process is alive, however busy the
// training is, and from which peers it waits for bytes in vain. When the tracker has not answered for ten seconds it
// is lost, and with it the attempt: the process ends, so that no worker outlives its run.

import { workerData } from "node:worker_threads";
import { Link, parseControl } from "../../distributed/link/link.ts";
import { BEAT_MS, LOST_MS } from "../../distributed/link/patience.ts";
import { MeshWatch } from "../../distributed/mesh/mesh-watch.ts";
import { connectTo, socketChannel } from "../sockets/sockets.ts";
import type { TlsMaterial } from "../sockets/tls-files.ts";

export interface HeartbeatData {
  readonly tracker: string;
  readonly tls: TlsMaterial | undefined;
  readonly hello: Record<string, unknown>;
  /** Of a MeshWatch. */
  readonly watch: SharedArrayBuffer;
}

async function beat({ tracker, tls, hello, watch: buffer }: HeartbeatData): Promise<void> {
  const link = new Link(socketChannel(await connectTo(tracker, LOST_MS, tls)));
  const watch = new MeshWatch(buffer);
  const measureSilence = watch.silenceMeter();
  let lastHeard = performance.now();
  link.onFrame((frame) => {
    const message = parseControl(frame);
    if (message.type === "heard") lastHeard = performance.now();
    else if (message.type === "missing") {
      const peer = message.by as number;
      link.sendJson({ type: "sent", peer, ...watch.stateFor(peer) });
    }
  });
  link.sendJson(hello);
  setInterval(() => {
    const silent = measureSilence();
    link.sendJson({ type: "alive", ...(silent.length > 0 ? { silent } : {}) });
    // The main thread may be busy for a while yet; nothing waits for it.
    if (performance.now() - lastHeard > LOST_MS) process.kill(process.pid, "SIGKILL");
  }, BEAT_MS);
}

if (workerData !== null) {
  beat(workerData as HeartbeatData).catch(() => process.kill(process.pid, "SIGKILL"));
}
