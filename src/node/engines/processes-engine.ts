// The embedded engine: workers are child processes on this machine.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CoppiceError } from "../../core/errors.ts";
import type { Engine, WorkerEnd, WorkerHandle, WorkerSpec } from "../../distributed/hub/engine.ts";

export interface ProcessesOptions {
  /** Told of each process when it has started: tests and monitors. */
  readonly onStart?: ((worker: { rank: number; attempt: number; processId: number }) => void) | undefined;
}

/** How much of a worker's log is kept. */
const LOG_LENGTH = 4000;
/** How long a worker that was told to end may take. */
const GRACE_MS = 300;
/** How long processes of one machine may take to start and find each other: many on few cores take a while. */
const RENDEZVOUS_MS = 30_000;

/**
 * Workers as child processes on this machine.
 *
 * @example new Trainer({ engine: processes(), scaling: { workers: 4 }, … })
 */
export function processes(options: ProcessesOptions = {}): Engine {
  return {
    name: "processes",
    rendezvousMs: RENDEZVOUS_MS,
    launch: async (spec) => launchProcess(spec, options),
  };
}

/** Starts one worker as a child process. @throws {CoppiceError} INTERNAL when it cannot be started */
export async function launchProcess(spec: WorkerSpec, options: ProcessesOptions = {}): Promise<WorkerHandle> {
  // Named as emitted: compilers do not rewrite this specifier.
  const program = fileURLToPath(new URL("../workers/worker-main.js", import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...spec.environment },
    stdio: ["pipe", "ignore", "pipe"],
  });
  // Nothing is written; a worker that has ended closes it.
  child.stdin?.on("error", () => {});
  const ended = watch(child);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => {
      reject(new CoppiceError("INTERNAL", `a worker cannot be started: ${cause.message}`, {}, cause));
    });
  });
  const { rank, attempt } = spec;
  options.onStart?.({ rank, attempt, processId: child.pid! });
  return { ended, stop: () => stopProcess(child, ended) };
}

function watch(child: ChildProcess): Promise<WorkerEnd> {
  let log = "";
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (text: string) => {
    log = (log + text).slice(-LOG_LENGTH);
  });
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve({ reason: message, log }));
    child.once("close", (code, signal) => {
      resolve({ reason: signal === null ? `exit code ${code}` : `killed by ${signal}`, log });
    });
  });
}

async function stopProcess(child: ChildProcess, ended: Promise<WorkerEnd>): Promise<void> {
  // Also ends a process that stands still and hears nothing.
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await ended;
  clearTimeout(timer);
}
