// Files for the readers and writers: a path as a source of bytes, and writes that leave either the old file or
// the whole new one: to a temporary name beside it, flushed to the disk, then renamed.

import { randomBytes } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, open, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { CoppiceError } from "../../core/errors.ts";
import { type ByteSource, damagedGzip, isGzip } from "../../input/table/bytes.ts";
import type { FileContent } from "../../place/place.ts";
import { schemeOf, unknownScheme } from "../../place/places.ts";

const CHUNK_BYTES = 1 << 18;

/** The message of a system error, by its code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EROFS: "the file system is read-only",
  EMFILE: "too many open files",
};

/** The error for a system call that failed on `path`; its details hold the system's code. */
export function fileError(action: "read" | "write", path: string, cause: unknown): CoppiceError {
  if (cause instanceof CoppiceError) return cause;
  const code = (cause as { code?: unknown } | null)?.code;
  const isFolderMissing = action === "write" && code === "ENOENT";
  const known = isFolderMissing ? "no such folder" : REASONS[String(code)];
  const reason = known ?? (cause instanceof Error ? cause.message : String(cause));
  return new CoppiceError(
    "INVALID_DATA",
    `cannot ${action} ${path}: ${reason}`,
    { path, systemCode: typeof code === "string" ? code : null },
    cause,
  );
}

/**
 * The path in the file system that a text means.
 *
 * @param option what the user calls it, for the error
 * @throws {CoppiceError} INVALID_PARAMETER for a URL of another place
 */
export function pathOf(text: string, option: string = "path"): string {
  const scheme = schemeOf(text);
  if (scheme === undefined) return text;
  if (scheme !== "file") throw unknownScheme(option, text, ["file"]);
  try {
    return fileURLToPath(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CoppiceError("INVALID_PARAMETER", `\`${option}\` is no file of this machine: ${reason}`, {
      parameter: option,
    });
  }
}

/**
 * A file as a source of bytes; nothing stays open before the first byte is asked for. Its stream is
 * unpacked when the file is gzip, of one member or several.
 *
 * @throws {CoppiceError} INVALID_DATA when there is no such file or it is a folder
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const byteLength = await fileSize(path);
  let handle: Promise<FileHandle> | undefined;
  return {
    name: path,
    byteLength,
    async slice(begin, end) {
      try {
        handle ??= open(path);
        return await readSlice(await handle, begin, end);
      } catch (cause) {
        throw fileError("read", path, cause);
      }
    },
    async read(target, position) {
      try {
        handle ??= open(path);
        return (await (await handle).read(target, 0, target.length, position)).bytesRead;
      } catch (cause) {
        throw fileError("read", path, cause);
      }
    },
    stream: () => streamFile(path),
    async close() {
      const opened = handle;
      handle = undefined;
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

async function fileSize(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    return found.size;
  } catch (cause) {
    throw fileError("read", path, cause);
  }
}

async function readSlice(handle: FileHandle, begin: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, end - begin));
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done);
    if (bytesRead === 0) return bytes.buffer.slice(0, done);
    done += bytesRead;
  }
  return bytes.buffer;
}

async function* streamFile(path: string): AsyncGenerator<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const buffer = new Uint8Array(CHUNK_BYTES);
    const first = await handle.read(buffer, 0, buffer.length, null);
    if (isGzip(buffer.subarray(0, first.bytesRead))) {
      yield* unpackFile(path);
      return;
    }
    for (let { bytesRead } = first; bytesRead > 0; ) {
      yield buffer.subarray(0, bytesRead);
      ({ bytesRead } = await handle.read(buffer, 0, buffer.length, null));
    }
  } catch (cause) {
    throw fileError("read", path, cause);
  } finally {
    await handle?.close();
  }
}

/** Through zlib rather than DecompressionStream, which stops after the first of several members. */
async function* unpackFile(path: string): AsyncGenerator<Uint8Array> {
  const packed = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  // The error comes out of the iteration as well.
  pipeline(packed, unpacked, () => {});
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw String((cause as { code?: unknown }).code).startsWith("Z_") ? damagedGzip(path, cause) : cause;
  } finally {
    packed.destroy();
  }
}

/** The whole content as stored. @throws {CoppiceError} INVALID_DATA when it cannot be read */
export async function readFileBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw fileError("read", path, cause);
  }
}

/**
 * Writes a file whole or not at all: when it fails (disk full, or `content` itself) no trace of it
 * stays and an existing file is as before. What is no regular file, such as a pipe, is written to
 * directly.
 *
 * @returns the number of bytes written
 * @throws {CoppiceError} INVALID_DATA when it cannot be written; what `content` throws
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<number> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw fileError("write", path, { code: "EISDIR" });
  if (existing && !existing.isFile()) return writeThrough(path, path, constants.O_WRONLY, 0o666, content);
  // The file that a symbolic link means is replaced, not the link.
  const target = existing ? await realpath(path) : path;
  const temporary = temporaryBeside(target);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  try {
    const mode = existing ? existing.mode & 0o777 : 0o666;
    const sizeBytes = await writeThrough(path, temporary, flags, mode, content);
    await rename(temporary, target).catch((cause) => {
      throw fileError("write", path, cause);
    });
    await syncFolder(dirname(target));
    return sizeBytes;
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** A name for what is being written, in the folder where it is to lie. */
export function temporaryBeside(file: string): string {
  return join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** Whether a file's name is that of something half written. */
export function isTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f]{12}\.tmp$/.test(name);
}

/** @param path what messages call the file */
async function writeThrough(
  path: string,
  file: string,
  flags: number,
  mode: number,
  content: FileContent,
): Promise<number> {
  const fail = (cause: unknown): never => {
    throw fileError("write", path, cause);
  };
  const handle = await open(file, flags, mode).catch(fail);
  let sizeBytes = 0;
  try {
    for await (const chunk of chunksOf(content)) {
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, null).catch(fail);
        at += bytesWritten;
      }
      sizeBytes += chunk.length;
    }
    // A pipe or terminal cannot be flushed.
    if (flags & constants.O_CREAT) await handle.sync().catch(fail);
  } finally {
    await handle.close();
  }
  return sizeBytes;
}

function chunksOf(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === "string") return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

/** Makes the renaming itself last; not every system can open a folder. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path).catch(() => undefined);
  try {
    await handle?.sync().catch(() => {});
  } finally {
    await handle?.close();
  }
}
