// The process of a worker that a cluster's scheduler starts. Unlike a child process of the driver it has no
// pipe from it: it ends by the tracker's word, by a lost tracker, or by the scheduler's signal.

import { MAKES_ROOM, waitForLaunch } from "./place-client.ts";
import { runWorker } from "./worker-program.ts";

const note = (text: string) => process.stderr.write(`${text}\n`);

try {
  const environment = await waitForLaunch(process.env);
  const exit = await runWorker(environment, note);
  process.exit(exit === 3 && environment.COPPICE_PLACE !== undefined ? MAKES_ROOM : exit);
} catch (error) {
  note(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
