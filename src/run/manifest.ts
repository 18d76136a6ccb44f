// The manifest: what of a run's folder counts. Each attempt at the run has a manifest of its own,
// manifest-000002.json, which it creates in one step: the newest attempt is the run's only writer. An
// attempt that was thought dead and wakes up can only replace its own manifest, which nobody reads any more.

import type { CheckpointEntry } from "./checkpoint.ts";
import { readCheckpoint } from "./checkpoint.ts";
import type { RunIdentity } from "./run-identity.ts";
import { openSealedJson } from "./sealed-json.ts";
import type { RunStorage } from "./storage.ts";

export interface Manifest {
  readonly run: string;
  readonly attempt: number;
  readonly status: "running" | "finished";
  /** Where this attempt wants to end; null when the manifest was rebuilt from checkpoints. */
  readonly targetRounds: number | null;
  /** Rounds of the initial model. */
  readonly initialRounds: number;
  /** The round at which an earlier end was passed on request, see `continueFor`. */
  readonly continuedFrom: number | null;
  readonly finishedRounds: number | null;
  /** Whether early stopping or a callback ended the run before its target. */
  readonly isStopped: boolean;
  readonly identity: RunIdentity;
  /** Which scores are good. */
  readonly order: "min" | "max";
  /** In the order of rounds. */
  readonly checkpoints: readonly CheckpointEntry[];
}

export function manifestName(attempt: number): string {
  return `manifest-${String(attempt).padStart(6, "0")}.json`;
}

/** The attempt of a manifest's name; undefined for another name. */
function attemptOf(name: string): number | undefined {
  const match = /^manifest-(\d{6,})\.json$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** The number of the newest attempt at a run; 0 when there was none. */
export async function newestAttempt(storage: RunStorage, run: string): Promise<number> {
  return Math.max(0, ...(await storage.list(run)).map((name) => attemptOf(name) ?? 0));
}

/** What a folder tells of a run. */
export interface FoundRun {
  /** The newest attempt, whether or not its manifest can be read; 0 for none. */
  readonly attempt: number;
  readonly manifest: Manifest | undefined;
  /** Whether the manifest was lost and made again from the checkpoints. */
  readonly isRebuilt: boolean;
}

/**
 * Finds the state of a run, reading only.
 *
 * @throws {CoppiceError} CHECKPOINT_MISMATCH when another version of the format wrote it
 */
export async function findRun(storage: RunStorage, run: string): Promise<FoundRun> {
  const attempt = await newestAttempt(storage, run);
  if (attempt > 0) {
    const path = `${run}/${manifestName(attempt)}`;
    const bytes = await storage.read(path);
    const content = bytes && (await openSealedJson(bytes, `${storage.location}/${path}`));
    if (content !== undefined) return { attempt, manifest: content as Manifest, isRebuilt: false };
  }
  const manifest = await rebuildManifest(storage, run);
  return { attempt: Math.max(attempt, manifest?.attempt ?? 0), manifest, isRebuilt: manifest !== undefined };
}

/** A manifest from the checkpoints that are whole; undefined when there are none. */
async function rebuildManifest(storage: RunStorage, run: string): Promise<Manifest | undefined> {
  const names = (await storage.list(`${run}/checkpoints`)).filter((name) => /^round-\d{6,}$/.test(name));
  const found = await Promise.all(
    names.map((name) => readCheckpoint(storage, `${run}/checkpoints/${name}`, undefined)),
  );
  const whole = found.filter((checkpoint) => checkpoint !== undefined);
  if (whole.length === 0) return undefined;
  whole.sort((a, b) => a.entry.round - b.entry.round);
  const { identity, initialRounds } = whole[whole.length - 1];
  return {
    run,
    attempt: Math.max(...whole.map(({ attempt }) => attempt)),
    status: "running",
    targetRounds: null,
    initialRounds,
    continuedFrom: null,
    finishedRounds: null,
    isStopped: false,
    identity,
    order: "min",
    checkpoints: whole.map(({ entry }) => entry),
  };
}
