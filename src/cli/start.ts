// The process of the command `coppice`. Exit codes: 0 done, 1 failed, 2 wrong usage. An interrupt aborts what runs,
// so that nothing half-written is left; a second one ends the process at once.

import { runProgram } from "./program.ts";
import { processContext } from "./terminal/context.ts";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(1);
    interruption.abort(new Error(`interrupted by ${signal}`));
  });
}
// A reader that has seen enough (`coppice inspect m.json | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await runProgram(process.argv.slice(2), processContext(interruption.signal));
