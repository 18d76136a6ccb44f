// The process of a worker that the local engine starts.

import { runWorker } from "./worker-program.ts";

// The driver decides when a worker ends; an interrupt at the keyboard reaches the whole group of processes.
process.on("SIGINT", () => {});

const note = (text: string) => process.stderr.write(`${text}\n`);

try {
  process.exit(await runWorker(process.env, note));
} catch (error) {
  note(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
