// The peers of a run that has one writer: the first peer opens the run and tells the others what it found,
// the state to go on from or the error that ends all of them.

import type { Collective } from "../core/collective.ts";
import { CoppiceError, type ErrorWire, fromWire, toWire } from "../core/errors.ts";
import type { TrainingState } from "../training/train.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import type { OpenedRun } from "./open-run.ts";
import type { RunIdentity } from "./run-identity.ts";

interface Announcement {
  readonly error?: ErrorWire;
  readonly isFinished?: boolean;
  readonly attempt?: number;
  readonly targetRounds?: number;
  readonly hasState?: boolean;
}

/** What every peer knows of the opened run. */
export interface SharedRun extends OpenedRun {
  readonly isFinished: boolean;
}

/**
 * Opens a run on the first peer for all of them; on the others it has no directory.
 *
 * @throws {CoppiceError} on every peer what `open` throws on the first
 */
export async function openForAll(
  open: () => Promise<OpenedRun>,
  identity: RunIdentity,
  collective: Collective,
): Promise<SharedRun> {
  if (collective.worldSize === 1) {
    const opened = await open();
    return { ...opened, isFinished: opened.directory === undefined };
  }
  if (collective.rank > 0) return listen(collective);
  let opened: OpenedRun;
  try {
    opened = await open();
  } catch (error) {
    await announce({ error: toWire(error) }, collective);
    throw error;
  }
  const { directory, attempt, targetRounds, state } = opened;
  const isFinished = directory === undefined;
  await announce({ isFinished, attempt, targetRounds, hasState: state !== undefined }, collective);
  if (state !== undefined) {
    const about = { identity, attempt, initialRounds: 0, score: undefined };
    const { model, document } = await encodeCheckpoint(state, about);
    await collective.allGather(model);
    await collective.allGather(document);
  }
  return { ...opened, isFinished };
}

async function announce(announcement: Announcement, collective: Collective): Promise<void> {
  await collective.allGather(new TextEncoder().encode(JSON.stringify(announcement)));
}

async function listen(collective: Collective): Promise<SharedRun> {
  const nothing = new Uint8Array(0);
  const [message] = await collective.allGather(nothing);
  const { error, isFinished, attempt, targetRounds, hasState } = JSON.parse(
    new TextDecoder().decode(message),
  ) as Announcement;
  if (error !== undefined) throw fromWire(error);
  let state: TrainingState | undefined;
  if (hasState) {
    const [model] = await collective.allGather(nothing);
    const [document] = await collective.allGather(nothing);
    state = (await decodeCheckpoint(model, document, "the first peer's checkpoint"))?.state;
    if (state === undefined)
      throw new CoppiceError("INTERNAL", "the first peer's checkpoint arrived damaged");
  }
  return {
    directory: undefined,
    isFinished: isFinished!,
    attempt: attempt!,
    targetRounds: targetRounds!,
    state,
  };
}
