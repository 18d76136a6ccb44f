// Model files by their paths.

import { type Booster, loadModel as loadModelBytes } from "../../booster/booster.ts";
import { CoppiceError } from "../../core/errors.ts";
import type { ModelFormat } from "../../model/model-reader.ts";
import { places } from "./places.ts";

/**
 * Reads a model that coppice or XGBoost 1.7 to 3.x wrote, JSON or UBJSON.
 *
 * @throws {CoppiceError} INVALID_DATA when there is no such file, INVALID_MODEL when it is no model,
 *   INVALID_PARAMETER for a URL of an unknown scheme
 */
export async function loadModel(path: string): Promise<Booster> {
  const bytes = await places.of(path).read(path);
  try {
    return loadModelBytes(bytes);
  } catch (error) {
    if (!(error instanceof CoppiceError)) throw error;
    throw new CoppiceError(error.code, `${path}: ${error.message}`, { ...error.details, path }, error);
  }
}

/**
 * Writes a model; the file is the old one or the whole new one, whatever happens.
 *
 * @param format by default UBJSON for a path that ends in .ubj, else JSON
 * @throws {CoppiceError} INVALID_DATA when the file cannot be written, INVALID_PARAMETER for a URL of an unknown scheme
 */
export async function saveModel(booster: Booster, path: string, format?: ModelFormat): Promise<void> {
  await places.of(path).write(path, booster.toBytes(format ?? (path.endsWith(".ubj") ? "ubj" : "json")));
}
