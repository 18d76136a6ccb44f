// What can be done where files lie: read them, list them, write them whole, keep runs. A folder of a disk and
// a bucket of an object store both fit. Every path is given as the user wrote it, a URL with its scheme; what
// fails throws a CoppiceError that names the path.

import type { ByteSource } from "../input/table/bytes.ts";
import type { RunStorage } from "../run/storage.ts";

/** What stands under a path. */
export interface PlaceEntry {
  /** A "stream", such as a pipe, can be read once and has no size. A store without folders has only files. */
  readonly kind: "file" | "folder" | "stream";
  readonly sizeBytes: number;
  /** When it was last written, in milliseconds; another content has another time or size. */
  readonly modifiedMs: number;
}

/** What can be written: text, bytes, or bytes in portions. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface Place {
  /**
   * A file as a source of bytes, its name the path by which it can be opened again.
   *
   * @throws {CoppiceError} INVALID_DATA when there is no such file
   */
  open(path: string): Promise<ByteSource>;
  /** A whole file as stored. @throws {CoppiceError} INVALID_DATA when it cannot be read */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws {CoppiceError} INVALID_DATA when there is nothing */
  stat(path: string): Promise<PlaceEntry>;
  /** The files that a pattern of `*`, `?`, `[..]`, `{..}` and `**` matches, in any order. */
  glob(pattern: string): Promise<string[]>;
  /** The names directly in a folder, in any order; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /**
   * Writes a file whole or not at all: until it is done an existing file is as before.
   *
   * @returns the number of bytes written
   * @throws {CoppiceError} INVALID_DATA when it cannot be written; what `content` throws
   */
  write(path: string, content: FileContent): Promise<number>;
  /** Makes a folder with those above it; nothing where folders appear with their first file. */
  makeFolder(path: string): Promise<void>;
  /** Looks before long work whether a file can be written. @throws {CoppiceError} INVALID_DATA when it surely cannot */
  checkWritable(path: string): Promise<void>;
  /** Removes what writers that were killed have left in a folder; for when none writes there. */
  sweep(folder: string): Promise<void>;
  /** A storage of runs below `root`, which need not be there yet. */
  storage(root: string): RunStorage;
  /** The path of `name` in a folder. */
  join(folder: string, name: string): string;
  /** The path in full, with "/" between its parts and none at its end: the same for the same file. */
  resolve(path: string): string;
}
