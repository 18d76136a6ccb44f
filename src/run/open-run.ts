// Opening a run: begins it, goes on with what an earlier attempt left, or finds it finished. Everything
// that could refuse is checked by reading alone, before the new attempt takes over, so a mistaken launch
// disturbs nobody.

import { CoppiceError, showValue } from "../core/errors.ts";
import type { TrainingState } from "../training/train.ts";
import { type LoadedCheckpoint, readCheckpoint } from "./checkpoint.ts";
import { type FoundRun, findRun, type Manifest, newestAttempt } from "./manifest.ts";
import { RunDirectory } from "./run-directory.ts";
import { checkSameRun, type RunIdentity } from "./run-identity.ts";
import type { RunStorage } from "./storage.ts";

export interface OpenRunRequest {
  readonly storage: RunStorage;
  readonly name: string;
  readonly identity: RunIdentity;
  readonly initialRounds: number;
  /** Rounds of the finished model, an initial model's included; undefined with continueFor. */
  readonly targetRounds: number | undefined;
  /** Rounds to add to a finished run. */
  readonly continueFor?: number | undefined;
  /** Puts an earlier run of the name aside and begins anew. */
  readonly forceNew?: boolean | undefined;
  /** Which scores of checkpoints are good. */
  readonly order: "min" | "max";
  readonly warn: (message: string) => void;
}

export interface OpenedRun {
  /** Undefined when the run is finished: then there is nothing to write. */
  readonly directory: RunDirectory | undefined;
  readonly attempt: number;
  readonly targetRounds: number;
  /** Where to go on from; undefined at the beginning. */
  readonly state: TrainingState | undefined;
}

/**
 * Opens a run by its name.
 *
 * @throws {CoppiceError} CHECKPOINT_MISMATCH when the run began with other input, has more rounds than
 *   wanted or another format; INVALID_PARAMETER for a bad name, or nothing to continue; INVALID_DATA
 *   when the storage cannot be read or written
 */
export async function openRun(request: OpenRunRequest): Promise<OpenedRun> {
  const { storage, name } = request;
  checkRunName(name);
  // Attempts are numbered on over a run that was put aside, so that its writer is fenced off.
  const asideAttempt = request.forceNew ? await putAside(storage, name) : 0;
  for (;;) {
    const found = await findRun(storage, name);
    const begun = await inspect(request, found);
    if (begun.finished !== undefined) {
      const { finished, targetRounds } = begun;
      return { directory: undefined, attempt: found.attempt, targetRounds, state: finished.state };
    }
    const attempt = Math.max(found.attempt, asideAttempt) + 1;
    const directory = await RunDirectory.claim(storage, { ...begun.manifest, attempt });
    if (directory === undefined) continue;
    return await takeOver(request, directory);
  }
}

/** A folder name, so that a run stays within its storage. @throws {CoppiceError} INVALID_PARAMETER */
function checkRunName(name: string): void {
  if (typeof name === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) return;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    "`run.name` must be 1 to 128 letters, digits, dots, dashes and underscores, the first a letter or " +
      `digit, got ${showValue(name)}`,
    { parameter: "run.name" },
  );
}

/** Renames an existing run to the first free "name.1", "name.2", ..; gives the number of its newest attempt. */
async function putAside(storage: RunStorage, name: string): Promise<number> {
  const attempt = await newestAttempt(storage, name);
  const taken = new Set(await storage.list(""));
  if (!taken.has(name)) return 0;
  let number = 1;
  while (taken.has(`${name}.${number}`)) number++;
  await storage.rename(name, `${name}.${number}`);
  return attempt;
}

/** What there is to do: the finished state, or the manifest with which a new attempt begins. */
async function inspect(
  request: OpenRunRequest,
  { manifest, isRebuilt }: FoundRun,
): Promise<{ finished?: LoadedCheckpoint; manifest: Omit<Manifest, "attempt">; targetRounds: number }> {
  const { storage, name, identity, initialRounds, continueFor, order, warn } = request;
  // Without a checkpoint there is nothing that other input could spoil.
  const hasProgress = manifest !== undefined && manifest.checkpoints.length > 0;
  if (!hasProgress) {
    const targetRounds = firstTarget(request);
    return {
      manifest: { ...emptyManifest, run: name, targetRounds, initialRounds, identity, order },
      targetRounds,
    };
  }
  checkSameRun(name, manifest.identity, identity);
  if (isRebuilt)
    warn(`the manifest of the run "${name}" is damaged or missing; made again from its checkpoints`);
  const targetRounds = nextTarget(request, manifest);
  const latest = manifest.checkpoints[manifest.checkpoints.length - 1];
  const reached = Math.max(latest.round, manifest.finishedRounds ?? 0);
  if (targetRounds < reached) {
    throw new CoppiceError(
      "CHECKPOINT_MISMATCH",
      `the run "${name}" has ${reached} rounds already, more than the ${targetRounds} wanted in all`,
      { run: name, rounds: reached },
    );
  }
  const isContinued = manifest.status === "finished" && continueFor !== undefined;
  const isEnd = manifest.status === "finished" && (manifest.isStopped || targetRounds === reached);
  if (isEnd && !isContinued && latest.round === manifest.finishedRounds) {
    const finished = await readCheckpoint(storage, `${name}/checkpoints/${latest.folder}`, latest);
    if (finished !== undefined) return { finished, manifest, targetRounds };
  }
  const continuedFrom = isContinued ? reached : manifest.continuedFrom;
  const running = { status: "running", isStopped: false, finishedRounds: null } as const;
  return { manifest: { ...manifest, ...running, targetRounds, continuedFrom, order }, targetRounds };
}

const emptyManifest = {
  status: "running",
  continuedFrom: null,
  finishedRounds: null,
  isStopped: false,
  checkpoints: [],
} as const;

function firstTarget({ name, targetRounds }: OpenRunRequest): number {
  if (targetRounds !== undefined) return targetRounds;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`run.continueFor\` needs a run to continue, and "${name}" has no checkpoint`,
    { parameter: "run.continueFor" },
  );
}

/** A continuation that was interrupted goes on to the end that it had. */
function nextTarget({ name, targetRounds, continueFor }: OpenRunRequest, manifest: Manifest): number {
  if (targetRounds !== undefined) return targetRounds;
  const { status, finishedRounds } = manifest;
  if (status === "finished") return finishedRounds! + continueFor!;
  if (manifest.targetRounds !== null) return manifest.targetRounds;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `the manifest of the run "${name}" was lost, and with it the round at which it was to end: give the ` +
      "total instead of `run.continueFor`",
    { parameter: "run.continueFor" },
  );
}

/** The first steps of a new attempt: order in the folder, the latest whole checkpoint, its metrics. */
async function takeOver({ warn }: OpenRunRequest, directory: RunDirectory): Promise<OpenedRun> {
  await directory.removeOrphans();
  const latest = await directory.readLatest(warn);
  const { attempt, initialRounds, continuedFrom, targetRounds } = directory.manifest;
  const state = latest && passedEnd(latest.state, continuedFrom);
  await directory.writeMetrics(state?.history ?? {}, state?.booster.roundCount ?? initialRounds);
  return { directory, attempt, targetRounds: targetRounds!, state };
}

/** The state without the end at the round from which the user wants more. */
function passedEnd(state: TrainingState, continuedFrom: number | null): TrainingState {
  if (state.booster.roundCount !== continuedFrom || !state.isStopped) return state;
  const { earlyStopping } = state;
  return {
    ...state,
    isStopped: false,
    earlyStopping: earlyStopping && { ...earlyStopping, roundsWithout: 0 },
  };
}
