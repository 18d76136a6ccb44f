// What a run has come to, read from its folder at any time: while it trains, after it was killed, or when it
// is finished.

import type { Booster } from "../booster/booster.ts";
import { CoppiceError } from "../core/errors.ts";
import { type LoadedCheckpoint, rankCheckpoints, readCheckpoint, readHistory } from "./checkpoint.ts";
import { findRun, type Manifest } from "./manifest.ts";
import { type MetricsRow, mergeRows, metricsRows, parseMetrics } from "./metrics-log.ts";
import { decodeNumber } from "./sealed-json.ts";
import type { RunStorage } from "./storage.ts";

/** A checkpoint that a run keeps. */
export interface RunCheckpoint {
  /** Rounds in its model. */
  readonly round: number;
  /** The metric that checkpoints are judged by; undefined without one. */
  readonly score: number | undefined;
  /** Of its folder, below the storage. */
  readonly path: string;
  /** @throws {CoppiceError} INVALID_DATA when it is damaged, or was replaced since the run was read */
  load(): Promise<Booster>;
}

export class RunResult {
  readonly name: string;
  readonly status: "running" | "finished";
  /** Launches that trained. */
  readonly attempt: number;
  /** In the order of rounds. */
  readonly checkpoints: readonly RunCheckpoint[];
  /** Every round so far, those after the last checkpoint included. */
  readonly metrics: readonly MetricsRow[];
  /** The best first. */
  readonly bestCheckpoints: readonly RunCheckpoint[];

  /** Users call `read`. */
  constructor(
    manifest: Pick<Manifest, "run" | "status" | "attempt">,
    checkpoints: readonly RunCheckpoint[],
    bestCheckpoints: readonly RunCheckpoint[],
    metrics: readonly MetricsRow[],
  ) {
    this.name = manifest.run;
    this.status = manifest.status;
    this.attempt = manifest.attempt;
    this.checkpoints = checkpoints;
    this.bestCheckpoints = bestCheckpoints;
    this.metrics = metrics;
  }

  /** The latest checkpoint; undefined before the first. */
  get checkpoint(): RunCheckpoint | undefined {
    return this.checkpoints[this.checkpoints.length - 1];
  }

  /**
   * Reads a run.
   *
   * @throws {CoppiceError} INVALID_DATA when the storage has no such run; CHECKPOINT_MISMATCH when another
   *   version of the format wrote it
   */
  static async read(storage: RunStorage, name: string): Promise<RunResult> {
    const { manifest } = await findRun(storage, name);
    if (manifest === undefined) {
      throw new CoppiceError("INVALID_DATA", `there is no run "${name}" in ${storage.location}`, {
        run: name,
      });
    }
    const log = await storage.read(`${name}/metrics.jsonl`);
    const rows = log === undefined ? [] : parseMetrics(log);
    const describe = (entry: Manifest["checkpoints"][number]) => describeCheckpoint(storage, name, entry);
    return new RunResult(
      manifest,
      manifest.checkpoints.map(describe),
      rankCheckpoints(manifest.checkpoints, manifest.order).map(describe),
      mergeRows(await keptRows(storage, manifest), rows),
    );
  }
}

/** The rows that the latest checkpoint holds; they are all there even if metrics.jsonl is not. */
async function keptRows(storage: RunStorage, manifest: Manifest): Promise<MetricsRow[]> {
  const latest = manifest.checkpoints.at(-1);
  if (latest === undefined) return [];
  const history = await readHistory(storage, `${manifest.run}/checkpoints/${latest.folder}`);
  return history === undefined ? [] : metricsRows(history, manifest.initialRounds, latest.round);
}

function describeCheckpoint(
  storage: RunStorage,
  run: string,
  entry: Manifest["checkpoints"][number],
): RunCheckpoint {
  const path = `${run}/checkpoints/${entry.folder}`;
  return {
    round: entry.round,
    score: entry.score === null ? undefined : decodeNumber(entry.score),
    path,
    load: async () => whole(await readCheckpoint(storage, path, entry), `${storage.location}/${path}`),
  };
}

function whole(checkpoint: LoadedCheckpoint | undefined, path: string): Booster {
  if (checkpoint !== undefined) return checkpoint.state.booster;
  throw new CoppiceError("INVALID_DATA", `the checkpoint ${path} is damaged or missing`, { path });
}
