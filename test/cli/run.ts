// Runs the command line inside the test's process, with what it prints caught; and the built command
// as a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { PassThrough } from "node:stream";
import { runProgram } from "../../src/cli/program.ts";
import type { CommandContext } from "../../src/cli/terminal/context.ts";
import { rootFolder } from "../machine.ts";

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `coppice` with `args` in this process. */
export async function coppice(...args: string[]): Promise<Outcome> {
  let out = "";
  let err = "";
  const context: CommandContext = {
    signal: new AbortController().signal,
    progress: new PassThrough() as unknown as NodeJS.WriteStream,
    print: (text) => {
      out += `${text}\n`;
    },
    write: async (chunk) => {
      out += new TextDecoder().decode(chunk);
    },
    note: (text) => {
      err += `${text}\n`;
    },
  };
  const code = await runProgram(args, context);
  return { code, out, err };
}

/** Starts the built command; needs `npm run build`. */
export function start(args: readonly string[], cwd: string): { child: ChildProcess; done: Promise<Outcome> } {
  const child = spawn(process.execPath, [`${rootFolder}dist/cli/main.js`, ...args], { cwd });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
  return { child, done };
}
