// The files that a program of this package needs on another machine: its own modules, found by their
// imports, and the packages that these import, as a zip archive with the folders of an installation.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { CoppiceError } from "../../../core/errors.ts";
import { writeZip, type ZipEntry } from "./zip.ts";

export interface ModulePackage {
  readonly hash: string;
  /** The entry's path in the archive. */
  readonly entry: string;
  zip(): Uint8Array;
}

/** What runs; declarations, maps and sources stay behind. */
const CODE = /(?<!\.d)\.(js|mjs|cjs|json|wasm)$/;
const IMPORTS = /(?:\bfrom\s*|\bimport\s*\(?\s*|new URL\(\s*)["']([^"']+)["']/g;

/**
 * Packs a built module with all that it imports.
 *
 * @param entryFile a .js file inside `dist`
 * @throws {CoppiceError} UNSUPPORTED when the file is no built module
 */
export function packModule(entryFile: string): ModulePackage {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  if (!entryFile.endsWith(".js") || !existsSync(entryFile)) {
    throw new CoppiceError("UNSUPPORTED", `only a built module can be sent to a cluster, got ${entryFile}`);
  }
  const { modules, packages } = followImports(entryFile);
  const files = new Map<string, string>([["package.json", join(root, "package.json")]]);
  for (const file of modules) files.set(archivePath(relative(root, file)), file);
  const seen = new Set<string>();
  for (const name of packages) addPackage(files, name, root, seen);
  const entries: ZipEntry[] = [...files.keys()].sort().map((path) => ({
    path,
    content: readFileSync(files.get(path) as string),
  }));
  const hash = createHash("sha256");
  for (const { path, content } of entries) hash.update(`${path}\0${content.length}\0`).update(content);
  return {
    hash: hash.digest("hex").slice(0, 32),
    entry: archivePath(relative(root, entryFile)),
    zip: () => writeZip(entries),
  };
}

function archivePath(path: string): string {
  return path.split(sep).join("/");
}

/** The modules that can be reached from a file, late imports and workers' files included. */
function followImports(entryFile: string): { modules: Set<string>; packages: Set<string> } {
  const modules = new Set([entryFile]);
  const packages = new Set<string>();
  for (const file of modules) {
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(IMPORTS)) {
      if (specifier.startsWith(".")) {
        const target = join(dirname(file), specifier);
        if (CODE.test(target) && existsSync(target)) modules.add(target);
      } else if (!specifier.includes(":") && /^[@a-z]/.test(specifier)) {
        packages.add(specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/"));
      }
    }
  }
  return { modules, packages };
}

/** Adds an installed package and its dependencies; what is not installed was a word in a text, no import. */
function addPackage(files: Map<string, string>, name: string, from: string, seen: Set<string>): void {
  if (seen.has(name)) return;
  seen.add(name);
  const folder = findPackage(name, from);
  if (folder === undefined) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (CODE.test(entry) && !entry.startsWith(`node_modules${sep}`)) {
      files.set(`node_modules/${name}/${archivePath(entry)}`, join(folder, entry));
    }
  }
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (!dependency.startsWith("@types/")) addPackage(files, dependency, folder, seen);
  }
}

function findPackage(name: string, from: string): string | undefined {
  const paths = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, "package.json")));
  return found && realpathSync(found);
}
