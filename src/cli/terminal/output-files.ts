// Files that commands write. Whether they can be written is looked at before the work, so that an
// hour of training does not end in a misspelt folder.

import { access, constants, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Booster } from "../../booster/booster.ts";
import { CoppiceError } from "../../core/errors.ts";
import { fileError, writeFileAtomic } from "../../node/files/files.ts";
import { saveModel } from "../../node/files/model-files.ts";
import { outputFormatOf } from "../../node/tables/write-table.ts";

/** @throws {CoppiceError} INVALID_DATA when one of the files surely cannot be written */
export async function checkWritable(...paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined) continue;
    try {
      const existing = await stat(path).catch(() => undefined);
      if (existing?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
      await access(existing && !existing.isFile() ? path : dirname(path), constants.W_OK);
    } catch (cause) {
      throw fileError("write", path, cause);
    }
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
  const existing = await stat(path).catch(() => undefined);
  if (!existing?.isFile() || existing.size === 0) return false;
  const file = await open(path).catch((cause) => {
    throw fileError("read", path, cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    if (buffer.toString("latin1", 0, bytesRead).includes("learner")) return true;
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
  return (await stat(path)).size;
}

/** Writes a figure. */
export async function writeFigure(path: string, svg: string): Promise<void> {
  await writeFileAtomic(path, svg);
}

/** The path of a table to write, as a flag's value. */
export function parseTablePath(text: string): string {
  try {
    outputFormatOf(text);
    return text;
  } catch (error) {
    if (error instanceof CoppiceError)
      throw new InvalidArgumentError("It must end in .csv, .parquet or .arrow.");
    throw error;
  }
}
