// Files that commands write. Whether they can be written is looked at before the work, so that an
// hour of training does not end in a misspelt folder.

import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Booster } from "../booster/booster.ts";
import { CoppiceError } from "../core/errors.ts";
import { fileError, writeFileAtomic } from "../node/files.ts";
import { saveModel } from "../node/model-files.ts";
import { outputFormatOf } from "../node/write-table.ts";

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
