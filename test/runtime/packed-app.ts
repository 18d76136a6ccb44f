// A folder with the packed package in node_modules and its dependencies beside it, as an installation has it,
// without asking a registry.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootFolder } from "../machine.ts";

/** @returns the folder, which the caller removes */
export function makePackedApp(): string {
  const app = mkdtempSync(join(tmpdir(), "coppice-app-"));
  const modules = join(app, "node_modules");
  mkdirSync(join(modules, "coppice"), { recursive: true });
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", app];
  const packed = spawnSync("npm", args, { cwd: rootFolder, encoding: "utf8" });
  const [{ filename }] = Object.values(JSON.parse(packed.stdout) as Record<string, { filename: string }>);
  const tar = ["-xzf", join(app, filename), "-C", join(modules, "coppice"), "--strip-components", "1"];
  const unpacked = spawnSync("tar", tar, { encoding: "utf8" });
  if (unpacked.status !== 0) throw new Error(unpacked.stderr);
  const manifest = JSON.parse(readFileSync(`${rootFolder}package.json`, "utf8")) as { dependencies: object };
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(join(modules, name, ".."), { recursive: true });
    symlinkSync(`${rootFolder}node_modules/${name}`, join(modules, name));
  }
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }');
  return app;
}
