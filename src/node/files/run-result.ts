// Runs on disk, by the paths of their folders.

import { basename, dirname, resolve } from "node:path";
import type { TrainRunOptions } from "../../run/run-options.ts";
import { RunResult } from "../../run/run-result.ts";
import type { RunStorage } from "../../run/storage.ts";
import { directoryStorage } from "./directory-storage.ts";

/** TrainRunOptions whose storage may be the path of a folder. */
export interface FolderRunOptions extends Omit<TrainRunOptions, "run"> {
  readonly run: Omit<TrainRunOptions["run"], "storage"> & { readonly storage: string | RunStorage };
}

/** With the storage that a path means. */
export function withStorage({ run, ...options }: FolderRunOptions): TrainRunOptions {
  const { storage } = run;
  return {
    ...options,
    run: { ...run, storage: typeof storage === "string" ? directoryStorage(storage) : storage },
  };
}

/** What a run has come to. */
export const Result: {
  /**
   * Reads a run by the path of its folder.
   *
   * @example const { checkpoint, metrics } = await Result.fromPath("runs/covertype")
   * @throws {CoppiceError} INVALID_DATA when there is no run; CHECKPOINT_MISMATCH when another version of
   *   the format wrote it
   */
  fromPath(path: string): Promise<RunResult>;
} = {
  fromPath(path) {
    const folder = resolve(path);
    return RunResult.read(directoryStorage(dirname(folder)), basename(folder));
  },
};
