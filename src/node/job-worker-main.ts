// The process of a worker that a cluster's scheduler starts. Unlike a child process of the driver it has no
// pipe from it: it ends by the tracker's word, by a lost tracker, or by the scheduler's signal.

import { runWorker } from "./worker-program.ts";

const note = (text: string) => process.stderr.write(`${text}\n`);

try {
  process.exit(await runWorker(process.env, note));
} catch (error) {
  note(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
