// Runs by the paths of their folders.

import { folderOf, nameOf } from "../../place/places.ts";
import type { TrainRunOptions } from "../../run/run-options.ts";
import { RunResult } from "../../run/run-result.ts";
import type { RunStorage } from "../../run/storage.ts";
import { places } from "./places.ts";

/** TrainRunOptions whose storage may be the path of a folder. */
export interface FolderRunOptions extends Omit<TrainRunOptions, "run"> {
  readonly run: Omit<TrainRunOptions["run"], "storage"> & { readonly storage: string | RunStorage };
}

/** The storage of runs in a folder. @throws {CoppiceError} INVALID_PARAMETER for a URL of an unknown scheme */
export function storageOf(folder: string): RunStorage {
  return places.of(folder, "run.storage").storage(folder);
}

/** With the storage that a path means. */
export function withStorage({ run, ...options }: FolderRunOptions): TrainRunOptions {
  const { storage } = run;
  return {
    ...options,
    run: { ...run, storage: typeof storage === "string" ? storageOf(storage) : storage },
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
  async fromPath(path) {
    const place = places.of(path);
    const folder = place.resolve(path);
    return RunResult.read(place.storage(folderOf(folder)), nameOf(folder));
  },
};
