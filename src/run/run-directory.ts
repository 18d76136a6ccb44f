// The folder of a run, as its one writer has it:
//
//   <storage>/<name>/manifest-000002.json        what counts, by the newest attempt (manifest.ts)
//                    metrics.jsonl                every round (metrics-log.ts)
//                    checkpoints/round-000010/    model.ubj, checkpoint.json (checkpoint.ts)
//
// A checkpoint is written under a temporary name, renamed, then listed in the manifest, and only then the
// ones it replaces are removed: whatever the moment of a crash, the manifest lists whole checkpoints.

import { CoppiceError } from "../core/errors.ts";
import type { WrittenTrees } from "../model/model-encoder.ts";
import type { TrainingState } from "../training/train.ts";
import {
  type CheckpointEntry,
  encodeCheckpoint,
  keptCheckpoints,
  type LoadedCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import { type Manifest, manifestName, newestAttempt } from "./manifest.ts";
import { type MetricsRow, metricsLine, metricsRows } from "./metrics-log.ts";
import { sealJson } from "./sealed-json.ts";
import type { RunStorage } from "./storage.ts";

export class RunDirectory {
  readonly storage: RunStorage;
  #manifest: Manifest;
  /** Those of metrics.jsonl that are not written yet. */
  #lines = "";
  #appendedAt = -Infinity;
  readonly #written: WrittenTrees = new WeakMap();

  private constructor(storage: RunStorage, manifest: Manifest) {
    this.storage = storage;
    this.#manifest = manifest;
  }

  /**
   * Becomes the run's only writer, if no other attempt with this number did first.
   *
   * @param manifest the state to begin with, with the number of the new attempt
   * @returns undefined when another attempt has the number
   * @throws {CoppiceError} INVALID_DATA when the storage cannot be written
   */
  static async claim(storage: RunStorage, manifest: Manifest): Promise<RunDirectory | undefined> {
    const path = `${manifest.run}/${manifestName(manifest.attempt)}`;
    const isOurs = await storage.create(path, await sealJson(manifest));
    return isOurs ? new RunDirectory(storage, manifest) : undefined;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Removes what crashed attempts left: their manifests, temporary files, checkpoints that no manifest lists. */
  async removeOrphans(): Promise<void> {
    const { run, attempt, checkpoints } = this.#manifest;
    await this.assertCurrent();
    for (const name of await this.storage.list(run)) {
      const isOld = name.startsWith("manifest-") && name < manifestName(attempt);
      if (isOld || name.endsWith(".tmp")) await this.storage.remove(`${run}/${name}`);
    }
    const listed = new Set(checkpoints.map(({ folder }) => folder));
    for (const name of await this.storage.list(`${run}/checkpoints`)) {
      if (!listed.has(name)) await this.storage.remove(`${run}/checkpoints/${name}`);
    }
  }

  /**
   * The latest checkpoint that is whole. Those after it that are not are taken off the manifest.
   *
   * @param warn told of each of them
   */
  async readLatest(warn: (message: string) => void): Promise<LoadedCheckpoint | undefined> {
    const { run } = this.#manifest;
    const damaged: CheckpointEntry[] = [];
    let found: LoadedCheckpoint | undefined;
    for (const entry of this.#manifest.checkpoints.toReversed()) {
      const path = `${run}/checkpoints/${entry.folder}`;
      found = await readCheckpoint(this.storage, path, entry);
      if (found !== undefined) break;
      warn(`the checkpoint ${this.storage.location}/${path} is damaged or missing; going on without it`);
      damaged.push(entry);
    }
    if (damaged.length > 0) await this.#dropCheckpoints(damaged);
    return found;
  }

  /** Puts metrics.jsonl to the rounds of a history. */
  async writeMetrics(history: TrainingState["history"], endRound: number): Promise<void> {
    await this.assertCurrent();
    this.#lines = "";
    const rows = metricsRows(history, this.#manifest.initialRounds, endRound);
    const text = rows.map(metricsLine).join("");
    await this.storage.write(`${this.#manifest.run}/metrics.jsonl`, new TextEncoder().encode(text));
  }

  /**
   * Adds a round to metrics.jsonl: lines are gathered and written at most every so often.
   *
   * @param everySeconds how long lines may wait for the next call
   */
  async appendMetrics(row: MetricsRow, everySeconds: number): Promise<void> {
    this.#lines += metricsLine(row);
    const now = performance.now();
    if (now < this.#appendedAt + everySeconds * 1000) return;
    this.#appendedAt = now;
    await this.assertCurrent();
    await this.storage.append(`${this.#manifest.run}/metrics.jsonl`, new TextEncoder().encode(this.#lines));
    this.#lines = "";
  }

  /**
   * Keeps the state of a round.
   *
   * @param keep how many of the best ones stay, besides this
   * @throws {CoppiceError} INVALID_DATA when the storage cannot be written: what was kept before is still
   *   there; ABORTED when a newer attempt has taken over
   */
  async saveCheckpoint(state: TrainingState, score: number | undefined, keep: number): Promise<void> {
    const { run, attempt, identity, initialRounds, checkpoints, order } = this.#manifest;
    const encoded = await encodeCheckpoint(state, {
      identity,
      attempt,
      initialRounds,
      score,
      written: this.#written,
    });
    await this.assertCurrent();
    const folder = `${run}/checkpoints`;
    const temporary = `${folder}/.${encoded.entry.folder}.${attempt}.tmp`;
    const target = `${folder}/${encoded.entry.folder}`;
    await writeCheckpoint(this.storage, temporary, encoded);
    await this.assertCurrent();
    await this.#moveCheckpoint(temporary, target);
    const all = [...checkpoints.filter(({ round }) => round !== encoded.entry.round), encoded.entry];
    const kept = keptCheckpoints(all, keep, order);
    await this.#update({ checkpoints: kept });
    for (const entry of all) {
      if (kept.includes(entry)) continue;
      // The manifest may have been written late, into the run of a newer attempt.
      await this.assertCurrent();
      await this.storage.remove(`${folder}/${entry.folder}`);
    }
  }

  /** Records the end of the run. */
  async finish(finishedRounds: number, isStopped: boolean): Promise<void> {
    await this.#update({ status: "finished", finishedRounds, isStopped });
  }

  /** @throws {CoppiceError} ABORTED when a newer attempt has taken over, or the run was moved away */
  async assertCurrent(): Promise<void> {
    const { run, attempt } = this.#manifest;
    const newest = await newestAttempt(this.storage, run);
    if (newest === attempt) return;
    const what = newest > attempt ? `attempt ${newest} has taken over` : "its manifest is gone";
    throw new CoppiceError("ABORTED", `attempt ${attempt} at the run "${run}" ends: ${what}`, {
      run,
      attempt,
      newestAttempt: newest,
    });
  }

  async #moveCheckpoint(from: string, to: string): Promise<void> {
    try {
      await this.storage.rename(from, to);
    } catch {
      // An older attempt may have woken up and taken the name. Of a newer one nothing is removed.
      await this.assertCurrent();
      await this.storage.remove(to);
      await this.storage.rename(from, to);
    }
  }

  async #dropCheckpoints(damaged: readonly CheckpointEntry[]): Promise<void> {
    const { run, checkpoints } = this.#manifest;
    await this.#update({ checkpoints: checkpoints.filter((entry) => !damaged.includes(entry)) });
    for (const { folder } of damaged) await this.storage.remove(`${run}/checkpoints/${folder}`);
  }

  async #update(changes: Partial<Manifest>): Promise<void> {
    await this.assertCurrent();
    const manifest = { ...this.#manifest, ...changes };
    const path = `${manifest.run}/${manifestName(manifest.attempt)}`;
    await this.storage.write(path, await sealJson(manifest));
    this.#manifest = manifest;
  }
}
