// Where runs are kept: a few operations on named files, so that a folder of a disk, a browser's private
// file system or an object store can stand behind them. Names are paths with "/" below the storage's
// root; folders appear with their first file. Every operation lasts when its promise is fulfilled.

/** A place for runs. Operations throw a CoppiceError that names the file when the place refuses. */
export interface RunStorage {
  /** What messages call the place. */
  readonly location: string;
  /** The whole file; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /**
   * Replaces the file, so that at any moment the old one or the whole new one is there.
   *
   * @param isDraft whether the file may be lost or torn by a crash until its folder is renamed
   */
  write(path: string, bytes: Uint8Array, isDraft?: boolean): Promise<void>;
  /** Writes the file whole if there is none, in one step: of several callers exactly one gets true. */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Adds bytes to the end of a file. Only here a crash may leave a part. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** The names directly in a folder, in order, leftovers of crashed writes included; empty when there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Gives a folder, with all its files written, another name in one step. Rejects when `to` is taken. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a folder with all in it; what is not there is no error. */
  remove(path: string): Promise<void>;
}
