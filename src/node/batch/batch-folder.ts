// The output folder of a batch: one file of predictions per part of the input, and in `_coppice` what was
// predicted with and a record per finished part. A part is finished when its record says so and its files are
// as the record says; so a relaunch does only what is missing.

import { mkdir, readdir, readFile, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { CoppiceError } from "../../core/errors.ts";
import { fileError, writeFileAtomic } from "../files/files.ts";
import type { BatchJob, BatchTask, PartOutcome } from "../workers/batch-task.ts";

/** The version of the records. */
const VERSION = 1;
/** See `writeFileAtomic`. */
const TEMPORARY = /^\..+\.[0-9a-f]{12}\.tmp$/;

export interface PartRecord extends PartOutcome {
  readonly input: string;
  readonly inputBytes: number;
  readonly inputTime: number;
}

export class BatchFolder {
  readonly #folder: string;
  readonly #records: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#records = join(folder, "_coppice");
  }

  /**
   * Makes the folder ready for a batch.
   *
   * @param overwrite whether the predictions of another batch may be replaced
   * @throws {CoppiceError} CHECKPOINT_MISMATCH when it holds those of another batch
   */
  async open(job: BatchJob, overwrite: boolean): Promise<void> {
    await mkdir(this.#records, { recursive: true }).catch((cause) => {
      throw fileError("write", this.#records, cause);
    });
    const path = join(this.#records, "batch.json");
    const { model: _, ...identity } = job;
    const wanted: Record<string, unknown> = JSON.parse(JSON.stringify({ version: VERSION, ...identity }));
    const found = await readJson(path);
    const changed =
      found && Object.keys({ ...wanted, ...found }).filter((key) => !isSame(wanted[key], found[key]));
    if (changed !== undefined && changed.length > 0 && !overwrite) {
      throw new CoppiceError(
        "CHECKPOINT_MISMATCH",
        `${this.#folder} holds the predictions of another batch, which differs in ${changed.join(", ")}; ` +
          "choose another folder, or `overwrite`",
        { path: this.#folder },
      );
    }
    if (changed === undefined || changed.length > 0) {
      await writeFileAtomic(path, JSON.stringify({ ...wanted, startedAt: Date.now() }, undefined, 1));
    }
  }

  /** The tasks of a batch. @throws {CoppiceError} INVALID_DATA when two parts would get one name */
  tasks(inputs: readonly string[], format: string): BatchTask[] {
    const common = commonFolder(inputs);
    const tasks = inputs.map((input) => {
      const name = relative(common, input).split(sep).join("__");
      const stem = name.replace(/\.gz$/i, "").replace(/\.[^.]+$/, "");
      return { input, output: join(this.#folder, `${stem}.${format}`) };
    });
    const taken = new Map<string, string>();
    for (const { input, output } of tasks) {
      const other = taken.get(output);
      if (other !== undefined) {
        throw new CoppiceError("INVALID_DATA", `${other} and ${input} would both become ${output}`);
      }
      taken.set(output, input);
    }
    return tasks;
  }

  /** What is known of a finished part; undefined when it is to be done. */
  async find({ input, output }: BatchTask): Promise<PartRecord | undefined> {
    const record = (await readJson(this.#recordPath(output))) as PartRecord | undefined;
    if (record === undefined || record.input !== input) return undefined;
    const [from, to, batch] = await Promise.all(
      [input, output, join(this.#records, "batch.json")].map((path) => stat(path).catch(() => undefined)),
    );
    const isInput = from?.size === record.inputBytes && from.mtimeMs === record.inputTime;
    // A record older than the batch is another batch's.
    const own = await stat(this.#recordPath(output));
    return isInput && to?.size === record.outputBytes && own.mtimeMs >= (batch?.mtimeMs ?? 0)
      ? record
      : undefined;
  }

  async record({ input, output }: BatchTask, outcome: PartOutcome): Promise<PartRecord> {
    const { size, mtimeMs } = await stat(input).catch((cause) => {
      throw fileError("read", input, cause);
    });
    const record: PartRecord = { input, inputBytes: size, inputTime: mtimeMs, ...outcome };
    await writeFileAtomic(this.#recordPath(output), JSON.stringify(record));
    return record;
  }

  /** Removes what workers that were killed while they wrote have left; for when none runs. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (TEMPORARY.test(name)) await unlink(join(this.#folder, name)).catch(() => {});
    }
  }

  #recordPath(output: string): string {
    return join(this.#records, `${basename(output)}.json`);
  }
}

/** Undefined when there is no such file, or it holds something else. */
async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    const { startedAt: _, ...value } = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    return value;
  } catch {
    return undefined;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function commonFolder(paths: readonly string[]): string {
  let common = dirname(paths[0]);
  for (const path of paths) {
    while (common !== dirname(common) && relative(common, path).startsWith("..")) common = dirname(common);
  }
  return common;
}
