// Checkpoints: which are kept, what they hold, and how they tell damage.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CheckpointEntry,
  decodeCheckpoint,
  encodeCheckpoint,
  keptCheckpoints,
  lastScore,
  rankCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from "../../src/run/checkpoint.ts";
import type { RunIdentity } from "../../src/run/run-identity.ts";
import { encodeNumber, openSealedJson, sealJson } from "../../src/run/sealed-json.ts";
import { trainBooster } from "../../src/training/train.ts";
import { catchRejection } from "../oracle/catch-error.ts";
import { MemoryStorage } from "../oracle/memory-storage.ts";
import { data, given, modelBytes } from "./training.ts";

const seed = 41;
const identity = { parameters: { eta: 0.3 } } as unknown as RunIdentity;
const about = { identity, attempt: 3, initialRounds: 0, score: 0.5 };

const entry = (round: number, score?: number): CheckpointEntry => ({
  round,
  folder: `round-${round}`,
  score: score === undefined ? null : encodeNumber(score),
  files: [],
});
const roundsOf = (entries: readonly CheckpointEntry[]): number[] => entries.map(({ round }) => round);

describe("of several checkpoints", () => {
  const scored = [
    entry(1, 3),
    entry(2, 1),
    entry(3, Number.NaN),
    entry(4, 1),
    entry(5, -Infinity),
    entry(6, 2),
  ];

  test("the best come first; of equals the later; what is no number last", () => {
    expect(roundsOf(rankCheckpoints(scored, "min"))).toEqual([5, 4, 2, 6, 1, 3]);
    expect(roundsOf(rankCheckpoints(scored, "max"))).toEqual([1, 6, 4, 2, 5, 3]);
  });

  test("the best and the latest are kept, in the order of rounds", () => {
    expect(roundsOf(keptCheckpoints(scored, 1, "min"))).toEqual([5, 6]);
    expect(roundsOf(keptCheckpoints(scored, 2, "max"))).toEqual([1, 6]);
    expect(roundsOf(keptCheckpoints(scored, 9, "min"))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("the latest are the best without a score", () => {
    expect(roundsOf(keptCheckpoints([entry(1), entry(2), entry(3)], 2, "min"))).toEqual([2, 3]);
  });

  test("at most one more than `keep` stays, the latest among them", () => {
    const score = fc.option(fc.double(), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(score, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (scores, keep) => {
          const kept = keptCheckpoints(
            scores.map((value, i) => entry(i + 1, value)),
            keep,
            "min",
          );
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(keep, scores.length));
          expect(kept.length).toBeLessThanOrEqual(keep + 1);
          expect(kept.at(-1)!.round).toBe(scores.length);
        },
      ),
      { seed },
    );
  });
});

describe("a checkpoint", () => {
  const state = async () => {
    const { booster } = await trainBooster(given, data, { rounds: 2 });
    const history = { valid: { rmse: [0.1 + 0.2, Number.NaN], odd: [-0, -Infinity] } };
    return {
      booster,
      history,
      earlyStopping: { bestRound: 1, bestScore: Number.NaN, roundsWithout: 4 },
      isStopped: true,
    };
  };

  test("gives back the state in every bit: model, history, early stopping", async () => {
    const kept = await state();
    const { entry: listed, model, document } = await encodeCheckpoint(kept, about);
    const loaded = await decodeCheckpoint(model, document, "p", listed);
    expect(modelBytes(loaded!.state.booster)).toBe(modelBytes(kept.booster));
    const { booster: _, ...rest } = loaded!.state;
    const { booster: __, ...expected } = kept;
    expect(rest).toEqual(expected);
    expect(Object.is(rest.history.valid.odd[0], -0)).toBe(true);
    expect(loaded).toMatchObject({ identity, attempt: 3, entry: listed });
  });

  test("of one bit changed, anywhere, is damaged", async () => {
    const { entry: listed, model, document } = await encodeCheckpoint(await state(), about);
    const places = fc.record({ isModel: fc.boolean(), at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) });
    await fc.assert(
      fc.asyncProperty(places, async ({ isModel, at, bit }) => {
        const [m, d] = [model.slice(), document.slice()];
        const changed = isModel ? m : d;
        changed[at % changed.length] ^= 1 << bit;
        const found = await decodeCheckpoint(m, d, "p", listed).catch((error) => error.code);
        // The version of the format may be what changed.
        expect(found === undefined || found === "CHECKPOINT_MISMATCH").toBe(true);
      }),
      { seed, numRuns: 200 },
    );
  });

  test("cut off at any length, or half there, is damaged", async () => {
    const { entry: listed, model, document } = await encodeCheckpoint(await state(), about);
    for (const part of [0, 1, 100, model.length - 1]) {
      expect(await decodeCheckpoint(model.subarray(0, part), document, "p", listed)).toBeUndefined();
    }
    for (const part of [0, 1, 100, document.length - 2]) {
      expect(await decodeCheckpoint(model, document.subarray(0, part), "p", listed)).toBeUndefined();
    }
    const storage = new MemoryStorage();
    expect(await readCheckpoint(storage, "r/c", undefined)).toBeUndefined();
    await writeCheckpoint(storage, "r/c", { model, document });
    expect((await readCheckpoint(storage, "r/c", listed))?.entry.round).toBe(2);
    storage.files.delete("r/c/model.ubj");
    expect(await readCheckpoint(storage, "r/c", listed)).toBeUndefined();
  });

  test("is another one than the manifest lists when it is whole, but not the same", async () => {
    const { entry: listed } = await encodeCheckpoint(await state(), about);
    const other = await encodeCheckpoint(await state(), { ...about, attempt: 4 });
    expect(await decodeCheckpoint(other.model, other.document, "p", listed)).toBeUndefined();
    expect(await decodeCheckpoint(other.model, other.document, "p")).toBeDefined();
  });
});

test("the last score of a metric is found by its set and name", () => {
  const history = { "a-b": { c: [1, 2] }, a: { "b-d": [3], auc: [4, 5] } };
  expect(lastScore(history, "a-b-c")).toBe(2);
  expect(lastScore(history, "a-b-d")).toBe(3);
  expect(lastScore(history, "a-auc")).toBe(5);
  expect(lastScore(history, "b-auc")).toBeUndefined();
});

describe("a sealed document", () => {
  test("gives back its content", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (content) => {
        const opened = await openSealedJson(await sealJson(content), "d");
        expect(JSON.stringify(opened)).toBe(JSON.stringify(content));
      }),
      { seed },
    );
  });

  test("of another format says so; what is no such document is nothing", async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const error = await catchRejection(openSealedJson(bytes('{"formatVersion":7}'), "the file"));
    expect(error.message).toBe("the file has format version 7, this coppice reads 1");
    for (const text of ["", "null", "[]", "3", '{"content":1}', "{", "\u0000"]) {
      expect(await openSealedJson(bytes(text), "d")).toBeUndefined();
    }
  });
});
