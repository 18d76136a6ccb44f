// Runs that crash at every possible moment and are launched again: the model and the metrics are those of
// the run that was never interrupted.

import { beforeAll, describe, expect, test } from "vitest";
import type { DMatrixInfo } from "../../src/data/dmatrix.ts";
import { train } from "../../src/run/train-run.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import { catchRejection } from "../oracle/catch-error.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";
import { Crash, MemoryStorage } from "../oracle/memory-storage.ts";
import { denseOf } from "../oracle/plain-table.ts";
import {
  data,
  filesOf,
  given,
  labels,
  modelBytes,
  rows,
  runOptions,
  shardOf,
  textOf,
  valid,
} from "./training.ts";

let whole: { model: string; metrics: string; files: string[]; changes: number };
const earlyStopping = { rounds: 2, metric: "merror" };

/** What an uninterrupted run leaves. */
async function runWhole(options: Parameters<typeof runOptions>[1] = {}): Promise<typeof whole> {
  const storage = new MemoryStorage();
  const { booster } = await train(given, data, runOptions(storage, options));
  const metrics = textOf(storage, "r/metrics.jsonl");
  return { model: modelBytes(booster), metrics, files: filesOf(storage), changes: storage.changes };
}

beforeAll(async () => {
  whole = await runWhole();
});

describe("a run", () => {
  test("gives the model and the history of a training without one", async () => {
    const storage = new MemoryStorage();
    const kept = await train(given, data, runOptions(storage));
    const plain = await trainBooster(given, data, { rounds: 10, evals: { train: data, valid } });
    expect(modelBytes(kept.booster)).toBe(modelBytes(plain.booster));
    expect(kept.history).toEqual(plain.history);
    expect(kept.run).toEqual({ name: "r", attempt: 1, resumedFrom: 0, wasFinished: false });
    const lines = whole.metrics.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).round)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(JSON.parse(lines[9]).metrics["valid-mlogloss"]).toBe(plain.history.valid.mlogloss[9]);
  });

  test.each([
    ["", {}],
    [" with early stopping", { rounds: 60, earlyStopping }],
  ])("killed in the middle of any write ends in the same bytes%s", async (_, options) => {
    const expected = await runWhole(options);
    for (let crashAt = 1; crashAt <= expected.changes; crashAt++) {
      const dying = new MemoryStorage(new Map(), crashAt);
      await expect(train(given, data, runOptions(dying, options))).rejects.toThrow(Crash);
      const next = new MemoryStorage(dying.files);
      const { booster } = await train(given, data, runOptions(next, options));
      const where = `killed in ${dying.log[crashAt - 1]}`;
      expect(modelBytes(booster) === expected.model, where).toBe(true);
      expect(textOf(next, "r/metrics.jsonl"), where).toBe(expected.metrics);
      expect(filesOf(next).map(withoutAttempt), where).toEqual(expected.files.map(withoutAttempt));
    }
  });

  test("killed again and again, each time a few writes later, ends in the same bytes", async () => {
    const files = new Map<string, Uint8Array>();
    let launches = 0;
    for (;;) {
      // The first writes of an attempt tidy up, so every attempt gets a little further.
      const storage = new MemoryStorage(files, 9 + (launches % 7));
      launches++;
      try {
        const { booster, run } = await train(given, data, runOptions(storage));
        expect(modelBytes(booster)).toBe(whole.model);
        expect(textOf(storage, "r/metrics.jsonl")).toBe(whole.metrics);
        expect(run.attempt).toBe(launches);
        break;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
    expect(launches).toBeGreaterThan(3);
  });

  test.each<[string, TrainParameters, DMatrixInfo]>([
    ["parallel trees", { numParallelTree: 2, colsampleBytree: 0.7 }, {}],
    ["lossguide growth", { growPolicy: "lossguide", maxLeaves: 5, maxDepth: 0 }, {}],
    ["weights and base margins", {}, { weight: wave(120, 0.5), baseMargin: wave(360, -0.3) }],
    [
      "a base score",
      { objective: "binary:logistic", baseScore: 0.3 },
      { label: wave(120, 0).map(Math.round) },
    ],
    ["constraints", { objective: "reg:squarederror", monotoneConstraints: [1, 0, -1] }, {}],
    ["quantiles of a count", { objective: "count:poisson", maxBin: 7 }, {}],
  ])("killed in the middle ends in the same bytes with %s", async (_, settings, info) => {
    const { objective = "multi:softprob" } = settings;
    const parameters = { subsample: 0.8, seed: 5, ...settings, objective };
    const table = denseOf(rows, { label: Array.from(labels), ...info });
    const options = (storage: MemoryStorage) =>
      runOptions(storage, { evals: { table }, run: { checkpoint: { everyRounds: 4 } } });
    const uninterrupted = new MemoryStorage();
    const { booster } = await train(parameters, table, options(uninterrupted));
    const dying = new MemoryStorage(new Map(), uninterrupted.changes - 3);
    await expect(train(parameters, table, options(dying))).rejects.toThrow(Crash);
    const next = new MemoryStorage(dying.files);
    const resumed = await train(parameters, table, options(next));
    expect(resumed.run.resumedFrom).toBe(8);
    expect(modelBytes(resumed.booster)).toBe(modelBytes(booster));
    expect(textOf(next, "r/metrics.jsonl")).toBe(textOf(uninterrupted, "r/metrics.jsonl"));
  });

  test("of no rounds is kept too, and goes on", async () => {
    const storage = new MemoryStorage();
    await train(given, data, runOptions(storage, { rounds: 0 }));
    const { booster, run } = await train(given, data, runOptions(storage));
    expect(run.attempt).toBe(2);
    expect(modelBytes(booster)).toBe(whole.model);
  });

  test("resumed on other peers ends in the same bytes", async () => {
    const dying = new MemoryStorage(new Map(), 20);
    await expect(train(given, data, runOptions(dying))).rejects.toThrow(Crash);
    const storage = new MemoryStorage(dying.files);
    const peers = inProcessPeers(3);
    const results = await Promise.all(
      peers.map((collective) => {
        const shard = shardOf(data, collective.rank, 3);
        const evals = { train: shard, valid: shardOf(valid, collective.rank, 3) };
        return train(given, shard, runOptions(storage, { evals }), { collective });
      }),
    );
    expect(results.map(({ booster }) => modelBytes(booster) === whole.model)).toEqual([true, true, true]);
    expect(textOf(storage, "r/metrics.jsonl")).toBe(whole.metrics);
    expect(results.map(({ run }) => run.resumedFrom)).toEqual([6, 6, 6]);
  });

  test("that is refused on the first peer is refused on all", async () => {
    const storage = new MemoryStorage();
    await train(given, data, runOptions(storage));
    const peers = inProcessPeers(2);
    const errors = await Promise.all(
      peers.map((collective) => {
        const shard = shardOf(data, collective.rank, 2);
        const evals = { train: shard, valid: shardOf(valid, collective.rank, 2) };
        return catchRejection(
          train({ ...given, eta: 0.1 }, shard, runOptions(storage, { evals }), { collective }),
        );
      }),
    );
    expect(errors.map(({ code }) => code)).toEqual(["CHECKPOINT_MISMATCH", "CHECKPOINT_MISMATCH"]);
    expect(errors[1].message).toBe(errors[0].message);
  });
});

/** Numbers in [shift, shift + 1]. */
function wave(count: number, shift: number): number[] {
  return Array.from({ length: count }, (_, i) => shift + (1 + Math.sin(i * 7)) / 2);
}

function withoutAttempt(path: string): string {
  return path.replace(/manifest-\d+/, "manifest");
}
