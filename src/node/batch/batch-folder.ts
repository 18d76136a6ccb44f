// The output folder of a batch: one file of predictions per part of the input, and in `_coppice` what was
// predicted with and a record per finished part. A part is finished when its record says so and its files are
// as the record says; so a relaunch does only what is missing.

import { CoppiceError } from "../../core/errors.ts";
import { type OutputFormat, outputEndingOf } from "../../input/formats/writers.ts";
import { unpackedName } from "../../input/table/bytes.ts";
import type { Place } from "../../place/place.ts";
import { nameOf, namesBelow } from "../../place/places.ts";
import { places } from "../files/places.ts";
import type { BatchJob, BatchTask, PartOutcome } from "../workers/batch-task.ts";

/** The version of the records. */
const VERSION = 1;

export interface PartRecord extends PartOutcome {
  readonly input: string;
  readonly inputBytes: number;
  readonly inputTime: number;
}

export class BatchFolder {
  readonly #folder: string;
  readonly #place: Place;
  readonly #records: string;

  /** @throws {CoppiceError} INVALID_PARAMETER for a URL of an unknown scheme */
  constructor(folder: string) {
    this.#folder = folder;
    this.#place = places.of(folder, "output");
    this.#records = this.#place.join(folder, "_coppice");
  }

  /**
   * Makes the folder ready for a batch.
   *
   * @param overwrite whether the predictions of another batch may be replaced
   * @throws {CoppiceError} CHECKPOINT_MISMATCH when it holds those of another batch
   */
  async open(job: BatchJob, overwrite: boolean): Promise<void> {
    await this.#place.makeFolder(this.#records);
    const path = this.#place.join(this.#records, "batch.json");
    const { model: _, ...identity } = job;
    const wanted: Record<string, unknown> = JSON.parse(JSON.stringify({ version: VERSION, ...identity }));
    const found = await this.#readJson(path);
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
      await this.#place.write(path, JSON.stringify({ ...wanted, startedAt: Date.now() }, undefined, 1));
    }
  }

  /** The tasks of a batch. @throws {CoppiceError} INVALID_DATA when two parts would get one name */
  tasks(inputs: readonly string[], format: OutputFormat): BatchTask[] {
    const ending = outputEndingOf(format);
    const names = namesBelow(inputs.map((input) => places.of(input, "data").resolve(input)));
    const tasks = inputs.map((input, i) => {
      const stem = unpackedName(names[i].replaceAll("/", "__")).replace(/\.[^.]+$/, "");
      return { input, output: this.#place.join(this.#folder, stem + ending) };
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
    const path = this.#recordPath(output);
    const record = (await this.#readJson(path)) as PartRecord | undefined;
    if (record === undefined || record.input !== input) return undefined;
    const [from, to, batch] = await Promise.all(
      [input, output, this.#place.join(this.#records, "batch.json")].map((file) =>
        places
          .of(file)
          .stat(file)
          .catch(() => undefined),
      ),
    );
    const isInput = from?.sizeBytes === record.inputBytes && from.modifiedMs === record.inputTime;
    // A record older than the batch is another batch's.
    const own = await this.#place.stat(path);
    return isInput && to?.sizeBytes === record.outputBytes && own.modifiedMs >= (batch?.modifiedMs ?? 0)
      ? record
      : undefined;
  }

  async record({ input, output }: BatchTask, outcome: PartOutcome): Promise<PartRecord> {
    const { sizeBytes: inputBytes, modifiedMs: inputTime } = await places.of(input).stat(input);
    const record: PartRecord = { input, inputBytes, inputTime, ...outcome };
    await this.#place.write(this.#recordPath(output), JSON.stringify(record));
    return record;
  }

  /** Removes what workers that were killed while they wrote have left; for when none runs. */
  async sweep(): Promise<void> {
    await this.#place.sweep(this.#folder);
  }

  #recordPath(output: string): string {
    return this.#place.join(this.#records, `${nameOf(this.#place.resolve(output))}.json`);
  }

  /** Undefined when there is no such file, or it holds something else. */
  async #readJson(path: string): Promise<Record<string, unknown> | undefined> {
    try {
      const text = new TextDecoder().decode(await this.#place.read(path));
      const { startedAt: _, ...value } = JSON.parse(text) as Record<string, unknown>;
      return value;
    } catch {
      return undefined;
    }
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
