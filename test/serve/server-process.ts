// The built command as a server process of its own, on a free port of this machine. Needs `npm run build`.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Booster } from "../../src/booster/booster.ts";
import { distFolder } from "../machine.ts";

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Where its models lie. */
  readonly folder: string;
  /** What it has written to standard error. */
  log(): string;
  /** Sends SIGTERM and gives the exit code. */
  stop(): Promise<number | null>;
}

/** Writes models to a new folder, as UBJSON files. */
export function modelFolder(models: Readonly<Record<string, Booster>>): string {
  const folder = mkdtempSync(join(tmpdir(), "coppice-serve-"));
  const own = join(folder, "models");
  mkdirSync(own);
  for (const [name, booster] of Object.entries(models)) {
    writeFileSync(join(own, `${name}.ubj`), booster.toBytes("ubj"));
  }
  return own;
}

/** Starts `coppice serve` on the models of a folder. */
export async function startServer(folder: string, ...args: string[]): Promise<ServerProcess> {
  const command = [join(distFolder, "cli/main.js"), "serve", "--models", folder, "--port", "0", ...args];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let out = "";
    child.stdout?.on("data", (chunk) => {
      out += chunk;
      const found = /^listening on (\S+)$/m.exec(out);
      if (found) resolve(found[1]);
    });
    void ended.then((code) => reject(new Error(`the server ended with ${code}: ${log}`)));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    const code = await ended;
    rmSync(join(folder, ".."), { recursive: true, force: true });
    return code;
  };
  return { url, child, folder, log: () => log, stop };
}
