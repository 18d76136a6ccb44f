// The process of a worker that the local engine starts.

import { runWorker } from "./worker-program.ts";

// The driver decides when a worker ends; an interrupt at the keyboard reaches the whole group of processes.
process.on("SIGINT", () => {});

// A pipe from the driver, which closes with it, also when the tracker has not been found yet.
process.stdin.on("end", () => process.exit(3));
process.stdin.on("error", () => process.exit(3));
process.stdin.resume();

const note = (text: string) => process.stderr.write(`${text}\n`);

try {
  process.exit(await runWorker(process.env, note));
} catch (error) {
  note(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
