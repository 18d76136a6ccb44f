// A folder of a disk, local or shared, as a storage of runs. The calls to the system are synchronous: a
// training waits for them anyway, and beside threads that keep all cores busy each way through the event
// loop and its threads costs more than the call (measured: 15 ms instead of 0.1 ms for a short append).

import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { RunStorage } from "../../run/storage.ts";
import { fileError, pathOf, temporaryBeside } from "./files.ts";

/**
 * A storage of runs in a folder, which is made when the first run begins.
 *
 * @example train(parameters, data, { rounds: 50, run: { name: "first", storage: directoryStorage("runs") } })
 * @throws {CoppiceError} INVALID_PARAMETER for a URL of another scheme than file
 */
export function directoryStorage(root: string): RunStorage {
  return new DirectoryStorage(pathOf(root, "root"));
}

class DirectoryStorage implements RunStorage {
  readonly location: string;

  constructor(root: string) {
    this.location = root;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const file = join(this.location, path);
    try {
      return readFileSync(file);
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw fileError("read", file, cause);
    }
  }

  async write(path: string, bytes: Uint8Array, isDraft = false): Promise<void> {
    const file = join(this.location, path);
    if (isDraft) {
      attempt(file, () => {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, bytes);
      });
      return;
    }
    attempt(file, () =>
      withTemporary(file, bytes, (temporary) => {
        renameSync(temporary, file);
        syncFolder(dirname(file));
      }),
    );
  }

  async create(path: string, bytes: Uint8Array): Promise<boolean> {
    const file = join(this.location, path);
    return attempt(file, () => withTemporary(file, bytes, (temporary) => linkOnce(temporary, file, bytes)));
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const file = join(this.location, path);
    attempt(file, () => appendFileSync(file, bytes));
  }

  async list(folder: string): Promise<string[]> {
    const path = join(this.location, folder);
    try {
      return readdirSync(path).sort();
    } catch (cause) {
      if (isMissing(cause)) return [];
      throw fileError("read", path, cause);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const source = join(this.location, from);
    const target = join(this.location, to);
    // A folder is renamed onto an empty one, and a file onto any, without a word.
    if (existsSync(target)) throw fileError("write", target, new Error("the name is taken"));
    attempt(target, () => {
      // All drafts at once: the disk then has one thing to wait for instead of several.
      for (const entry of readdirSync(source, { withFileTypes: true })) {
        if (entry.isFile()) sync(join(source, entry.name), "r+");
      }
      syncFolder(source);
      renameSync(source, target);
      syncFolder(dirname(target));
    });
  }

  async remove(path: string): Promise<void> {
    const file = join(this.location, path);
    attempt(file, () => rmSync(file, { recursive: true, force: true, maxRetries: 2 }));
  }
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw fileError("write", file, cause);
  }
}

/** Calls `use` with a flushed file of these bytes beside `file`, and leaves none behind. */
function withTemporary<T>(file: string, bytes: Uint8Array, use: (temporary: string) => T): T {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = temporaryBeside(file);
  try {
    writeFlushed(temporary, bytes);
    return use(temporary);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Writes a file that must not be there yet, down to the disk. */
function writeFlushed(file: string, bytes: Uint8Array): void {
  const handle = openSync(file, "wx");
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Gives the file the name `file` unless it is taken: a link, unlike a renaming, replaces nothing. */
function linkOnce(temporary: string, file: string, bytes: Uint8Array): boolean {
  try {
    linkSync(temporary, file);
  } catch (cause) {
    const code = codeOf(cause);
    // Without its temporary file it was a moment later than another, who has tidied up.
    if (["EEXIST", "ENOENT"].includes(code)) return false;
    // Some file systems have no links.
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"].includes(code)) throw cause;
    if (!createOnce(file, bytes)) return false;
  }
  syncFolder(dirname(file));
  return true;
}

function createOnce(file: string, bytes: Uint8Array): boolean {
  try {
    writeFlushed(file, bytes);
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** Makes what was written last. */
function sync(path: string, mode: "r" | "r+"): void {
  const handle = openSync(path, mode);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes names last, as well as the system lets them: not every one can open or flush a folder. */
function syncFolder(path: string): void {
  try {
    sync(path, "r");
  } catch {}
}

function codeOf(cause: unknown): string {
  return String((cause as { code?: unknown } | null)?.code);
}

function isMissing(cause: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(cause));
}
