// A folder of a disk, local or shared, as a storage of runs.

import { randomBytes } from "node:crypto";
import { appendFile, link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { RunStorage } from "../distributed/storage.ts";
import { fileError, writeFileAtomic } from "./files.ts";

/**
 * A storage of runs in a folder, which is made when the first run begins.
 *
 * @example train(parameters, data, { rounds: 50, run: { name: "first", storage: directoryStorage("runs") } })
 */
export function directoryStorage(root: string): RunStorage {
  return new DirectoryStorage(root);
}

class DirectoryStorage implements RunStorage {
  readonly location: string;

  constructor(root: string) {
    this.location = root;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const file = join(this.location, path);
    try {
      return await readFile(file);
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw fileError("read", file, cause);
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const file = join(this.location, path);
    await makeFolder(dirname(file));
    await writeFileAtomic(file, bytes);
  }

  async create(path: string, bytes: Uint8Array): Promise<boolean> {
    const file = join(this.location, path);
    await makeFolder(dirname(file));
    const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}.tmp`);
    await writeFileAtomic(temporary, bytes);
    try {
      // A link, unlike a renaming, does not replace what is there.
      await link(temporary, file);
      await syncFolder(dirname(file));
      return true;
    } catch (cause) {
      // Without its temporary file it was a moment later than another, who has tidied up.
      if (["EEXIST", "ENOENT"].includes(codeOf(cause))) return false;
      // Some file systems have no links.
      if (["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"].includes(codeOf(cause))) {
        return await createExclusively(file, bytes);
      }
      throw fileError("write", file, cause);
    } finally {
      await unlink(temporary).catch(() => {});
    }
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const file = join(this.location, path);
    try {
      await appendFile(file, bytes);
    } catch (cause) {
      throw fileError("write", file, cause);
    }
  }

  async list(folder: string): Promise<string[]> {
    const path = join(this.location, folder);
    try {
      return (await readdir(path)).sort();
    } catch (cause) {
      if (isMissing(cause)) return [];
      throw fileError("read", path, cause);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const target = join(this.location, to);
    // A folder is renamed onto an empty one, and a file onto any, without a word.
    if (await exists(target)) throw fileError("write", target, new Error("the name is taken"));
    try {
      await rename(join(this.location, from), target);
    } catch (cause) {
      throw fileError("write", target, cause);
    }
    await syncFolder(dirname(target));
  }

  async remove(path: string): Promise<void> {
    const file = join(this.location, path);
    try {
      await rm(file, { recursive: true, force: true, maxRetries: 2 });
    } catch (cause) {
      throw fileError("write", file, cause);
    }
  }
}

async function createExclusively(file: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw fileError("write", file, cause);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw fileError("write", path, cause);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Makes names last; not every system can open a folder. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path).catch(() => undefined);
  try {
    await handle?.sync().catch(() => {});
  } finally {
    await handle?.close();
  }
}

function codeOf(cause: unknown): string {
  return String((cause as { code?: unknown } | null)?.code);
}

function isMissing(cause: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(cause));
}
