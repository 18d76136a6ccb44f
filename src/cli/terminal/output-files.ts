// Files that commands write. Whether they can be written is looked at before the work, so that an
// hour of training does not end in a misspelt folder.

import { InvalidArgumentError } from "commander";
import type { Booster } from "../../booster/booster.ts";
import { CoppiceError } from "../../core/errors.ts";
import { listed } from "../../input/formats/registry.ts";
import { outputEndings, outputFormatOf } from "../../input/formats/writers.ts";
import { saveModel } from "../../node/files/model-files.ts";
import { places } from "../../node/files/places.ts";

/** @throws {CoppiceError} INVALID_DATA when one of the files surely cannot be written */
export async function checkWritable(...paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path !== undefined) await places.of(path).checkWritable(path);
  }
}

/** Bytes at the beginning of a model file that name its first field, whatever wrote it. */
const HEAD_BYTES = 4096;

/**
 * Whether a model that is to be written takes the place of one.
 *
 * @throws {CoppiceError} INVALID_DATA when it would take the place of a file that is no model
 */
export async function replacesModel(path: string): Promise<boolean> {
  const place = places.of(path);
  const existing = await place.stat(path).catch(() => undefined);
  if (existing?.kind !== "file" || existing.sizeBytes === 0) return false;
  const file = await place.open(path);
  try {
    const head = await file.slice(0, Math.min(HEAD_BYTES, file.byteLength));
    if (new TextDecoder("latin1").decode(head).includes("learner")) return true;
  } finally {
    await file.close();
  }
  throw new CoppiceError(
    "INVALID_DATA",
    `${path} exists and is no model: name another file with \`--model\`, or remove it`,
  );
}

/** Writes a model and gives the size of the file. */
export async function writeModelFile(path: string, booster: Booster): Promise<number> {
  await saveModel(booster, path);
  return (await places.of(path).stat(path)).sizeBytes;
}

/** Writes a figure. */
export async function writeFigure(path: string, svg: string): Promise<void> {
  await places.of(path).write(path, svg);
}

/** The path of a table to write, as a flag's value. */
export function parseTablePath(text: string): string {
  try {
    outputFormatOf(text);
    return text;
  } catch (error) {
    if (error instanceof CoppiceError)
      throw new InvalidArgumentError(`It must end in ${listed(outputEndings)}.`);
    throw error;
  }
}
