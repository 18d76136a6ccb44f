// The folder of what a run makes on the way. One table of each format is kept: making it takes longer than training on
// it, and successive cases often share one.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TableSpec } from "./tables/spec.ts";

const script = fileURLToPath(new URL("./make-table.ts", import.meta.url));

export class Scratch {
  readonly folder: string;
  /** The spec of the file with each ending. */
  readonly #kept = new Map<string, string>();

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** The path of that table's file, made if the last one was another. */
  table(spec: TableSpec, ending: "bin" | "csv" = "bin"): string {
    const path = this.path(`table.${ending}`);
    const text = JSON.stringify(spec);
    if (this.#kept.get(ending) !== text || !existsSync(path)) {
      rmSync(path, { force: true });
      execFileSync(process.execPath, ["--max-old-space-size=8192", script, text, path], { stdio: "inherit" });
      this.#kept.set(ending, text);
    }
    return path;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
