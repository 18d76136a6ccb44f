// Processes that someone else starts: mpirun, srun, torchrun-style launchers, Kubernetes Indexed Jobs. The
// process of rank 0 is the driver; its worker runs in a child process beside it, so that training never
// keeps the tracker from listening. Whoever starts the processes also starts them again; a relaunched run
// goes on from its last checkpoint.

import type { Engine } from "../../distributed/hub/engine.ts";
import { type Launch, readLaunch } from "../attempt/launch.ts";
import { parseAddress } from "../sockets/sockets.ts";
import { launchProcess } from "./processes-engine.ts";

/**
 * The engine of rank 0 when all ranks were started by another launcher; the other ranks call `runWorker`.
 *
 * @param variables where rank, world size and the tracker's address are read from, see `readLaunch`
 * @throws {CoppiceError} INVALID_PARAMETER when one is missing
 */
export function environment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Engine & { readonly launchedAs: Launch } {
  const launch = readLaunch(variables);
  const { host, port } = parseAddress(launch.tracker);
  const isLocal = host === "127.0.0.1" || host === "localhost" || host === "::1";
  return {
    name: "env",
    launchedAs: launch,
    trackerHost: isLocal ? host : "0.0.0.0",
    trackerPort: port,
    trackerAddress: launch.tracker,
    token: launch.token,
    run: launch.run,
    attempt: launch.attempt,
    canRestart: false,
    rendezvousMs: launch.rendezvousMs,
    countWorkers: async () => launch.worldSize,
    async launch(spec) {
      if (spec.rank === 0) return launchProcess(spec);
      // Its end shows on its connections.
      return { ended: new Promise(() => {}), stop: async () => {} };
    },
  };
}
