// A checkpoint: the state of a training after a round, as a folder of two files. model.ubj is a model like
// any other, which XGBoost opens; checkpoint.json says what the model does not: the evaluation history,
// what early stopping knows, and the run that it belongs to, so that the folder explains itself even when
// the manifest is lost. Random numbers are keyed by round, so no generator has a state.

import { type Booster, loadModel } from "../booster/booster.ts";
import { CoppiceError } from "../core/errors.ts";
import type { WrittenTrees } from "../model/model-encoder.ts";
import type { EarlyStoppingState } from "../training/early-stopping.ts";
import type { History, TrainingState } from "../training/train.ts";
import type { RunIdentity } from "./run-identity.ts";
import { decodeNumber, encodeNumber, openSealedJson, sealJson, sha256 } from "./sealed-json.ts";
import type { RunStorage } from "./storage.ts";

/** A checkpoint as the manifest lists it. */
export interface CheckpointEntry {
  /** Rounds in the model, those of an initial model included. */
  readonly round: number;
  /** Its name in checkpoints/, "round-000010". */
  readonly folder: string;
  /** The value of `scoreBy` in the last round, as `encodeNumber` writes it; null without one. */
  readonly score: number | string | null;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number; readonly sha256: string }[];
}

/** What checkpoint.json holds. */
interface CheckpointDocument {
  readonly round: number;
  /** The attempt that wrote it. */
  readonly attempt: number;
  readonly score: number | string | null;
  /** Rounds of the initial model, which the history does not cover. */
  readonly initialRounds: number;
  readonly history: Record<string, Record<string, (number | string)[]>>;
  readonly earlyStopping: { bestRound: number; bestScore: number | string; roundsWithout: number } | null;
  readonly isStopped: boolean;
  readonly modelSha256: string;
  readonly identity: RunIdentity;
}

/** A checkpoint that was read back. */
export interface LoadedCheckpoint {
  readonly state: TrainingState;
  readonly identity: RunIdentity;
  readonly attempt: number;
  readonly initialRounds: number;
  readonly entry: CheckpointEntry;
}

const MODEL = "model.ubj";
const DOCUMENT = "checkpoint.json";

function checkpointFolder(round: number): string {
  return `round-${String(round).padStart(6, "0")}`;
}

/** The files of a checkpoint and what the manifest says of them. */
export async function encodeCheckpoint(
  state: TrainingState,
  about: {
    readonly identity: RunIdentity;
    readonly attempt: number;
    readonly initialRounds: number;
    readonly score: number | undefined;
    /** Passed each time, so that of the model only what is new is encoded. */
    readonly written?: WrittenTrees | undefined;
  },
): Promise<{ entry: CheckpointEntry; model: Uint8Array; document: Uint8Array }> {
  const model = state.booster.toBytes("ubj", { written: about.written });
  const modelSha256 = await sha256(model);
  const round = state.booster.roundCount;
  const score = about.score === undefined ? null : encodeNumber(about.score);
  const content: CheckpointDocument = {
    round,
    attempt: about.attempt,
    score,
    initialRounds: about.initialRounds,
    history: mapHistory(state.history, encodeNumber),
    earlyStopping: encodeStopping(state.earlyStopping),
    isStopped: state.isStopped,
    modelSha256,
    identity: about.identity,
  };
  const document = await sealJson(content);
  return {
    entry: {
      round,
      folder: checkpointFolder(round),
      score,
      files: await describeFiles(model, document, modelSha256),
    },
    model,
    document,
  };
}

/** Writes the files of a checkpoint into a folder that is still to be renamed. */
export async function writeCheckpoint(
  storage: RunStorage,
  path: string,
  { model, document }: { model: Uint8Array; document: Uint8Array },
): Promise<void> {
  await storage.write(`${path}/${MODEL}`, model, true);
  await storage.write(`${path}/${DOCUMENT}`, document, true);
}

/**
 * Reads a checkpoint back.
 *
 * @param path its folder in the storage
 * @param expected what the manifest says; undefined when there is none
 * @returns undefined when a file is missing or is not what was written
 * @throws {CoppiceError} CHECKPOINT_MISMATCH for another version of the format
 */
export async function readCheckpoint(
  storage: RunStorage,
  path: string,
  expected: CheckpointEntry | undefined,
): Promise<LoadedCheckpoint | undefined> {
  const document = await storage.read(`${path}/${DOCUMENT}`);
  const model = document && (await storage.read(`${path}/${MODEL}`));
  return document && model && decodeCheckpoint(model, document, path, expected);
}

/**
 * A checkpoint from the bytes of its two files; undefined when they are not what was written.
 *
 * @throws {CoppiceError} CHECKPOINT_MISMATCH for another version of the format
 */
export async function decodeCheckpoint(
  model: Uint8Array,
  document: Uint8Array,
  path: string,
  expected?: CheckpointEntry,
): Promise<LoadedCheckpoint | undefined> {
  const content = (await openSealedJson(document, `${path}/${DOCUMENT}`)) as CheckpointDocument | undefined;
  const files = await describeFiles(model, document, await sha256(model));
  if (content === undefined || content.modelSha256 !== files[0].sha256) return undefined;
  if (expected !== undefined && JSON.stringify(expected.files) !== JSON.stringify(files)) return undefined;
  const { round, score, identity, attempt, initialRounds } = content;
  return {
    state: {
      booster: loadWhole(model, `${path}/${MODEL}`, round),
      history: mapHistory(content.history, decodeNumber),
      earlyStopping: decodeStopping(content.earlyStopping),
      isStopped: content.isStopped,
    },
    identity,
    attempt,
    initialRounds,
    entry: { round, folder: checkpointFolder(round), score, files },
  };
}

/** The history alone, without the model; undefined when it is missing or damaged. */
export async function readHistory(storage: RunStorage, path: string): Promise<History | undefined> {
  const document = await storage.read(`${path}/${DOCUMENT}`);
  const content = document && ((await openSealedJson(document, path)) as CheckpointDocument | undefined);
  return content && mapHistory(content.history, decodeNumber);
}

async function describeFiles(
  model: Uint8Array,
  document: Uint8Array,
  modelSha256: string,
): Promise<CheckpointEntry["files"]> {
  return [
    { name: MODEL, sizeBytes: model.length, sha256: modelSha256 },
    { name: DOCUMENT, sizeBytes: document.length, sha256: await sha256(document) },
  ];
}

function loadWhole(bytes: Uint8Array, path: string, round: number): Booster {
  const booster = loadModel(bytes);
  if (booster.roundCount === round) return booster;
  throw new CoppiceError("INTERNAL", `${path} has ${booster.roundCount} rounds, its checkpoint ${round}`);
}

function mapHistory<From, To>(
  history: Record<string, Record<string, From[]>>,
  change: (value: From) => To,
): Record<string, Record<string, To[]>> {
  const mapValues = <A, B>(values: Record<string, A>, map: (value: A) => B): Record<string, B> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
  return mapValues(history, (byMetric) => mapValues(byMetric, (values) => values.map((v) => change(v))));
}

function encodeStopping(state: EarlyStoppingState | undefined): CheckpointDocument["earlyStopping"] {
  return state ? { ...state, bestScore: encodeNumber(state.bestScore) } : null;
}

function decodeStopping(state: CheckpointDocument["earlyStopping"]): EarlyStoppingState | undefined {
  return state ? { ...state, bestScore: decodeNumber(state.bestScore) } : undefined;
}

/** The last value of a "set-metric" score in a history; undefined when there is none. */
export function lastScore(history: History, key: string): number | undefined {
  for (const [set, byMetric] of Object.entries(history)) {
    for (const [metric, values] of Object.entries(byMetric)) {
      if (`${set}-${metric}` === key) return values[values.length - 1];
    }
  }
  return undefined;
}

/** From best to worst; of equals the later one is better, and what is no number is worst. */
export function rankCheckpoints(
  entries: readonly CheckpointEntry[],
  order: "min" | "max",
): CheckpointEntry[] {
  const sign = order === "min" ? 1 : -1;
  const key = ({ score }: CheckpointEntry) => {
    const value = score === null ? 0 : sign * decodeNumber(score);
    return Number.isNaN(value) ? Infinity : value;
  };
  return [...entries].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    return x === y ? b.round - a.round : x - y;
  });
}

/** Those to keep, in the order of rounds: the best `keep` and the latest. */
export function keptCheckpoints(
  entries: readonly CheckpointEntry[],
  keep: number,
  order: "min" | "max",
): CheckpointEntry[] {
  const latest = Math.max(...entries.map(({ round }) => round));
  const best = new Set(rankCheckpoints(entries, order).slice(0, keep));
  return entries
    .filter((entry) => best.has(entry) || entry.round === latest)
    .sort((a, b) => a.round - b.round);
}
