// Runs one task of one engine in a process of its own and reads its report.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { python } from "../../test/machine.ts";
import type { Report, Task } from "../task.ts";

/** All engines that train: ours with the kernels that it chooses or with the TypeScript ones, and the native ones. */
export const ENGINES = [
  "coppice",
  "coppice-typescript",
  "xgboost",
  "lightgbm",
  "lightgbm-quantised",
] as const;
export type EngineName = (typeof ENGINES)[number];

/** Predicts only. */
export const ONNX = "onnxruntime-web";

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const scripts = {
  coppice: path("./run-coppice.ts"),
  onnx: path("./run-onnx.ts"),
  native: path("./run_native.py"),
};

/** @throws {Error} with what the process printed when it fails */
export function runTask(task: Task): Promise<Report> {
  const { engine } = task;
  const json = JSON.stringify(task);
  if (engine === ONNX) return runProcess<Report>(process.execPath, [scripts.onnx, json]);
  if (engine.startsWith("coppice")) return runProcess<Report>(process.execPath, [scripts.coppice, json]);
  return runProcess<Report>(python, [scripts.native, json]);
}

/**
 * Runs a program and parses the last line that it prints.
 *
 * @throws {Error} with what it printed when it fails
 */
export function runProcess<T>(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
    const output = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      output.out += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output.err += chunk;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(JSON.parse(output.out.trimEnd().split("\n").at(-1) ?? "") as T);
      else reject(new Error(`${command} ${args[0]} ended with ${status}\n${output.out}${output.err}`));
    });
  });
}
