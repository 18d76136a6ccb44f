// The file system as a place: paths, and URLs such as "file:///data/train.csv".

import { access, constants, glob, mkdir, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Place, PlaceEntry } from "../../place/place.ts";
import { directoryStorage } from "./directory-storage.ts";
import { fileError, fileSource, isTemporary, pathOf, readFileBytes, writeFileAtomic } from "./files.ts";

export const fileSystem: Place = {
  open: async (path) => fileSource(pathOf(path)),
  read: async (path) => readFileBytes(pathOf(path)),
  stat: async (path) => statFile(pathOf(path)),
  glob: async (pattern) => globFiles(pathOf(pattern)),
  list: async (folder) => readdir(pathOf(folder)).catch(() => []),
  write: async (path, content) => writeFileAtomic(pathOf(path), content),
  makeFolder: async (path) => {
    const folder = pathOf(path);
    await mkdir(folder, { recursive: true }).catch((cause) => {
      throw fileError("write", folder, cause);
    });
  },
  checkWritable: async (path) => checkFile(pathOf(path)),
  sweep: async (path) => sweepFolder(pathOf(path)),
  storage: (root) => directoryStorage(pathOf(root)),
  join: (folder, name) => join(pathOf(folder), name),
  resolve: (path) => resolve(pathOf(path)).split(sep).join("/"),
};

async function statFile(path: string): Promise<PlaceEntry> {
  const found = await stat(path).catch((cause) => {
    throw fileError("read", path, cause);
  });
  const kind = found.isDirectory() ? "folder" : found.isFile() ? "file" : "stream";
  return { kind, sizeBytes: found.size, modifiedMs: found.mtimeMs };
}

async function globFiles(pattern: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern)) {
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isDirectory()) paths.push(path);
  }
  return paths;
}

async function checkFile(path: string): Promise<void> {
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    await access(existing && !existing.isFile() ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    throw fileError("write", path, cause);
  }
}

async function sweepFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isTemporary(name)) await unlink(join(folder, name)).catch(() => {});
  }
}
