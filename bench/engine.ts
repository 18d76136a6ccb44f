// Runs one task of one engine in a process of its own and reads its report.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { python } from "../test/machine.ts";
import type { Report, Task } from "./task.ts";

/** All engines: ours with the kernels that it chooses or with the TypeScript ones, and the native ones. */
export const ENGINES = [
  "coppice",
  "coppice-typescript",
  "xgboost",
  "lightgbm",
  "lightgbm-quantised",
] as const;
export type EngineName = (typeof ENGINES)[number];

const scripts = {
  coppice: fileURLToPath(new URL("./run-coppice.ts", import.meta.url)),
  native: fileURLToPath(new URL("./run_native.py", import.meta.url)),
};

/** @throws {Error} with what the process printed when it fails */
export function runTask(task: Task): Promise<Report> {
  const isOurs = task.engine.startsWith("coppice");
  const command = isOurs ? process.execPath : python;
  const script = isOurs ? scripts.coppice : scripts.native;
  return new Promise((resolve, reject) => {
    const child = spawn(command, [script, JSON.stringify(task)], { stdio: ["ignore", "pipe", "pipe"] });
    const output = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      output.out += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output.err += chunk;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(JSON.parse(output.out.trimEnd().split("\n").at(-1) ?? "") as Report);
      else reject(new Error(`${task.engine} ended with ${status}\n${output.out}${output.err}`));
    });
  });
}
