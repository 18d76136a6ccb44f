// The folder of a run: what is refused, what is repaired, who may write.

import { beforeEach, describe, expect, test } from "vitest";
import { CoppiceError } from "../../src/core/errors.ts";
import { RunResult } from "../../src/run/run-result.ts";
import { type TrainRunResult, train } from "../../src/run/train-run.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { catchRejection } from "../oracle/catch-error.ts";
import { Crash, MemoryStorage } from "../oracle/memory-storage.ts";
import { data, filesOf, given, modelBytes, runOptions, textOf, valid } from "./training.ts";

type Options = Parameters<typeof runOptions>[1];

let storage: MemoryStorage;
let whole: TrainRunResult;

const launch = (options: Options = {}, parameters: TrainParameters = given): Promise<TrainRunResult> =>
  train(parameters, data, runOptions(storage, options));

/** A run that was killed after round 9 of 10: its checkpoints are those of rounds 3, 6 and 9, as kept. */
async function interrupt(options: Options = {}): Promise<void> {
  const stop = new AbortController();
  const onRound = ({ round }: { round: number }) => round === 9 && stop.abort();
  const killed = await catchRejection(launch({ onRound, signal: stop.signal, rounds: 12, ...options }));
  expect(killed.code).toBe("ABORTED");
}

const warnings: string[] = [];
const onWarning = (message: string): void => {
  warnings.push(message);
};

beforeEach(async () => {
  storage = new MemoryStorage();
  warnings.length = 0;
  whole ??= await train(given, data, runOptions(new MemoryStorage(), { rounds: 12 }));
});

describe("launching a run again", () => {
  test("goes on at the last checkpoint, to the total of rounds", async () => {
    await interrupt();
    const { run, booster, history } = await launch({ rounds: 12 });
    expect(run).toEqual({ name: "r", attempt: 2, resumedFrom: 9, wasFinished: false });
    expect(booster.roundCount).toBe(12);
    expect(modelBytes(booster)).toBe(modelBytes(whole.booster));
    expect(history).toEqual(whole.history);
  });

  test("does nothing when it is finished, and gives its result", async () => {
    const first = await launch({ earlyStopping: { rounds: 20 } });
    const changes = storage.changes;
    const again = await launch({ earlyStopping: { rounds: 20 } });
    expect(storage.changes).toBe(changes);
    expect(again.run).toEqual({ name: "r", attempt: 1, resumedFrom: 10, wasFinished: true });
    expect(modelBytes(again.booster)).toBe(modelBytes(first.booster));
    expect(again.history).toEqual(first.history);
    expect([again.bestIteration, again.bestScore]).toEqual([first.bestIteration, first.bestScore]);
  });

  test("does nothing when early stopping ended it, even with a larger total", async () => {
    const earlyStopping = { rounds: 2, metric: "merror" };
    const first = await launch({ rounds: 50, earlyStopping });
    expect(first.booster.roundCount).toBeLessThan(50);
    const again = await launch({ rounds: 80, earlyStopping });
    expect(again.run.wasFinished).toBe(true);
    expect(again.booster.roundCount).toBe(first.booster.roundCount);
  });

  test("trains what is missing when the total is larger than it was", async () => {
    await launch({ rounds: 7 });
    const { run, booster } = await launch({ rounds: 12 });
    expect(run).toEqual({ name: "r", attempt: 2, resumedFrom: 7, wasFinished: false });
    expect(modelBytes(booster)).toBe(modelBytes(whole.booster));
  });

  test("refuses a total below the rounds that there are", async () => {
    await launch({ rounds: 7 });
    const error = await catchRejection(launch({ rounds: 5 }));
    expect(error.code).toBe("CHECKPOINT_MISMATCH");
    expect(error.message).toBe('the run "r" has 7 rounds already, more than the 5 wanted in all');
  });

  test("goes on whatever does not change a model: kernels, bundling, hooks", async () => {
    await interrupt();
    const { booster } = await launch({ rounds: 12, kernels: "typescript", bundling: false, callbacks: [{}] });
    expect(modelBytes(booster)).toBe(modelBytes(whole.booster));
  });

  test("keeps an initial model's rounds out of the total and of the metrics", async () => {
    const { booster: initialModel } = await train(given, data, { rounds: 4 });
    const uninterrupted = await train(
      given,
      data,
      runOptions(new MemoryStorage(), { initialModel, rounds: 8 }),
    );
    await interrupt({ initialModel, rounds: 8 });
    const { run, booster } = await launch({ initialModel, rounds: 8 });
    expect(run.resumedFrom).toBe(5);
    expect(booster.roundCount).toBe(12);
    expect(modelBytes(booster)).toBe(modelBytes(uninterrupted.booster));
    const { metrics } = await RunResult.read(storage, "r");
    expect(metrics.map(({ round }) => round)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test("without a checkpoint at the end trains its last rounds again", async () => {
    const checkpoint = { everyRounds: 4, atEnd: false };
    const first = await launch({ run: { checkpoint } });
    const again = await launch({ run: { checkpoint } });
    expect(again.run).toMatchObject({ resumedFrom: 8, wasFinished: false });
    expect(modelBytes(again.booster)).toBe(modelBytes(first.booster));
  });
});

describe("continueFor", () => {
  test("adds rounds to a finished run, as if they had been asked for at once", async () => {
    await launch({ rounds: 7 });
    const { run, booster, history } = await launch({ run: { continueFor: 5 } });
    expect(run).toMatchObject({ attempt: 2, resumedFrom: 7 });
    expect(modelBytes(booster)).toBe(modelBytes(whole.booster));
    expect(history).toEqual(whole.history);
  });

  test("that was interrupted goes on to the end that it had", async () => {
    await launch({ rounds: 7 });
    await interrupt({ run: { continueFor: 5 }, rounds: undefined });
    const { run, booster } = await launch({ run: { continueFor: 5 } });
    expect(run.resumedFrom).toBe(9);
    expect(modelBytes(booster)).toBe(modelBytes(whole.booster));
  });

  test("passes the end that early stopping had set, killed at any write or not", async () => {
    const earlyStopping = { rounds: 2, metric: "merror" };
    const { booster: stopped } = await launch({ rounds: 50, earlyStopping });
    const before = new Map(storage.files);
    const more = { earlyStopping, run: { continueFor: 4 } };
    const { booster } = await launch(more);
    expect(booster.roundCount).toBeGreaterThan(stopped.roundCount);
    const expected = modelBytes(booster);
    const changes = storage.log.length;
    for (let crashAt = 1; crashAt < changes; crashAt++) {
      storage = new MemoryStorage(new Map(before), crashAt);
      const first = await launch(more).catch((error) => {
        if (!(error instanceof Crash)) throw error;
      });
      if (first !== undefined) break;
      storage = new MemoryStorage(storage.files);
      const isFinished = (await RunResult.read(storage, "r")).status === "finished";
      const last = await launch(isFinished && crashAt > 1 ? { earlyStopping, rounds: 50 } : more);
      expect(modelBytes(last.booster) === expected, storage.log.join("\n")).toBe(true);
    }
  });

  test("needs a run, and no total beside it", async () => {
    const error = await catchRejection(launch({ run: { continueFor: 5 } }));
    expect(error.message).toBe('`run.continueFor` needs a run to continue, and "r" has no checkpoint');
    const both = await catchRejection(launch({ rounds: 5, run: { continueFor: 5 } }));
    expect(both.message).toBe("`rounds` cannot be given beside `run.continueFor`, got 5");
    const none = await catchRejection(launch({ run: { continueFor: 0 } }));
    expect(none.message).toBe("`run.continueFor` must be an integer in [1, infinity), got 0");
    const neither = await catchRejection(launch({ rounds: undefined }));
    expect(neither.message).toBe("`rounds` must be an integer in [0, infinity), got undefined");
  });
});

describe("a run that began with other input is refused", () => {
  const changed = (): Promise<CoppiceError> =>
    catchRejection(launch({ rounds: 12 }, { ...given, eta: 0.1, maxDepth: 4 }));

  test("naming the parameters", async () => {
    await interrupt();
    const { code, message } = await changed();
    expect(code).toBe("CHECKPOINT_MISMATCH");
    expect(message).toBe(
      'the run "r" began with other input: `eta` was 0.3, is 0.1; ' +
        "`maxDepth` was 3, is 4. Give what it began with, take another name, or force a new run",
    );
  });

  test("naming the tables", async () => {
    await interrupt();
    const label = Array.from(data.label!, (value) => (value + 1) % 3);
    const relabelled = data.selectRows(Array.from(label.keys()));
    (relabelled as { label: Float32Array }).label = Float32Array.from(label);
    const others: [() => Promise<unknown>, string][] = [
      [
        () =>
          train(given, relabelled, runOptions(storage, { rounds: 12, evals: { train: relabelled, valid } })),
        'the training table has other labels; evaluation set "train" has other labels',
      ],
      [
        () => train(given, valid, runOptions(storage, { rounds: 12 })),
        "the training table had 80 rows, has 40",
      ],
      [
        () => launch({ rounds: 12, evals: { train: data, valid: data } }),
        'evaluation set "valid" had 40 rows, has 80',
      ],
      [
        () => launch({ rounds: 12, evals: { valid, train: data } }),
        'the evaluation sets were ["train","valid"], are ["valid","train"]',
      ],
      [
        () => launch({ rounds: 12, earlyStopping: { rounds: 3 } }),
        '`earlyStopping` was not given, is {"rounds":3}',
      ],
    ];
    for (const [attempt, text] of others) {
      const error = await catchRejection(attempt());
      expect(error.code).toBe("CHECKPOINT_MISMATCH");
      expect(error.message).toContain(text);
    }
  });

  test("without touching the run", async () => {
    await interrupt();
    const before = [...storage.files];
    await changed();
    expect([...storage.files]).toEqual(before);
  });

  test("unless it has no checkpoint yet, and so nothing to spoil", async () => {
    await catchRejection(launch({ signal: AbortSignal.abort() }));
    expect(filesOf(storage)).toContain("r/manifest-000001.json");
    const { run } = await launch({}, { ...given, eta: 0.1 });
    expect(run).toMatchObject({ attempt: 2, resumedFrom: 0 });
  });

  test("and so is another version of the format", async () => {
    await interrupt();
    const path = "r/manifest-000001.json";
    const newer = textOf(storage, path).replace('"formatVersion":1', '"formatVersion":2');
    storage.files.set(path, new TextEncoder().encode(newer));
    const error = await catchRejection(launch({ rounds: 12 }));
    expect(error.code).toBe("CHECKPOINT_MISMATCH");
    expect(error.message).toBe("memory/r/manifest-000001.json has format version 2, this coppice reads 1");
  });

  test("forced, it begins anew and keeps the old run aside", async () => {
    await interrupt();
    const old = [...storage.files].map(([path, bytes]) => [path.replace(/^r\//, "r.1/"), bytes]);
    const { run, booster } = await launch({ run: { forceNew: true } }, { ...given, eta: 0.1 });
    expect(run).toEqual({ name: "r", attempt: 2, resumedFrom: 0, wasFinished: false });
    expect([...storage.files].filter(([path]) => path.startsWith("r.1/"))).toEqual(old);
    expect(booster.roundCount).toBe(10);
    const twice = await launch({ run: { forceNew: true } });
    expect(twice.run.attempt).toBe(3);
    expect(await storage.list("")).toEqual(["r", "r.1", "r.2"]);
  });
});

describe("damage", () => {
  const cut = (path: string): void => {
    const bytes = storage.files.get(path)!;
    storage.files.set(path, bytes.slice(0, bytes.length / 2));
  };
  const flip = (path: string): void => {
    storage.files.get(path)![40] ^= 1;
  };
  /** Launches the interrupted run again and expects its bytes. */
  const recover = async (resumedFrom: number, checkpoint = { everyRounds: 3, keep: 3 }): Promise<void> => {
    const { run, booster } = await launch({ rounds: 12, onWarning, run: { checkpoint } });
    expect(run.resumedFrom).toBe(resumedFrom);
    expect(modelBytes(booster)).toBe(modelBytes(whole.booster));
    const { metrics } = await RunResult.read(storage, "r");
    expect(metrics.map(({ round }) => round)).toEqual(Array.from({ length: 12 }, (_, round) => round));
  };

  beforeEach(() => interrupt({ run: { checkpoint: { everyRounds: 3, keep: 3 } } }));

  test.each(["cut", "flip", "removed"])(
    "of the manifest (%s) is repaired from the checkpoints",
    async (how) => {
      const path = "r/manifest-000001.json";
      if (how === "cut") cut(path);
      else if (how === "flip") flip(path);
      else storage.files.delete(path);
      await recover(9);
      expect(warnings).toEqual([
        'the manifest of the run "r" is damaged or missing; made again from its checkpoints',
      ]);
    },
  );

  test.each(["model.ubj", "checkpoint.json"])(
    "of the latest %s falls back to the checkpoint before",
    async (file) => {
      flip(`r/checkpoints/round-000009/${file}`);
      await recover(6);
      expect(warnings).toEqual([
        "the checkpoint memory/r/checkpoints/round-000009 is damaged or missing; going on without it",
      ]);
    },
  );

  test("of all checkpoints begins at the first round", async () => {
    for (const round of [3, 6, 9]) cut(`r/checkpoints/round-00000${round}/model.ubj`);
    await recover(0);
    expect(warnings).toHaveLength(3);
  });

  test("of metrics.jsonl is repaired", async () => {
    cut("r/metrics.jsonl");
    await recover(9);
  });

  test("of the final checkpoint of a finished run costs the rounds after the one before", async () => {
    await recover(9);
    flip("r/checkpoints/round-000012/model.ubj");
    await recover(9);
  });

  test("leaves no orphans: temporary and unregistered things go", async () => {
    const orphans = [
      "r/.metrics.jsonl.1a2b.tmp",
      "r/checkpoints/.round-000012.1.tmp/model.ubj",
      "r/checkpoints/round-000010/model.ubj",
    ];
    for (const path of orphans) storage.files.set(path, new Uint8Array(3));
    storage.files.set("r/notes.txt", new Uint8Array(1));
    await recover(9);
    expect(filesOf(storage)).toEqual([
      "r/checkpoints/round-000006/checkpoint.json",
      "r/checkpoints/round-000006/model.ubj",
      "r/checkpoints/round-000009/checkpoint.json",
      "r/checkpoints/round-000009/model.ubj",
      "r/checkpoints/round-000012/checkpoint.json",
      "r/checkpoints/round-000012/model.ubj",
      "r/manifest-000002.json",
      "r/metrics.jsonl",
      "r/notes.txt",
    ]);
  });
});

describe("one writer", () => {
  test("an attempt that a newer one has overtaken ends at its next write and spoils nothing", async () => {
    let newer: TrainRunResult | undefined;
    const onRound = async ({ round }: { round: number }) => {
      if (round !== 7) return;
      newer = await train(given, data, runOptions(new MemoryStorage(storage.files), { rounds: 12 }));
    };
    const error = await catchRejection(launch({ rounds: 12, callbacks: [{ afterRound: onRound }] }));
    expect(error.code).toBe("ABORTED");
    expect(error.message).toBe('attempt 1 at the run "r" ends: attempt 2 has taken over');
    expect(newer!.run).toMatchObject({ attempt: 2, resumedFrom: 6 });
    expect(modelBytes(newer!.booster)).toBe(modelBytes(whole.booster));
    const again = await launch({ rounds: 12 });
    expect(again.run).toMatchObject({ attempt: 2, wasFinished: true });
  });

  test("an attempt that stands still before any of its writes, and wakes up when a newer one is done, spoils nothing", async () => {
    const counted = new MemoryStorage();
    await train(given, data, runOptions(counted, { rounds: 12 }));
    for (let change = 1; change <= counted.changes; change++) {
      storage = new MemoryStorage();
      let newer: TrainRunResult | undefined;
      storage.pause = async (at) => {
        if (at !== change) return;
        newer = await train(given, data, runOptions(new MemoryStorage(storage.files), { rounds: 12 }));
      };
      const older = await launch({ rounds: 12 }).catch((error) => error);
      const where = storage.log[change - 1];
      expect(modelBytes(newer!.booster) === modelBytes(whole.booster), where).toBe(true);
      if (older instanceof Error) expect(older, where).toMatchObject({ code: "ABORTED" });
      else expect(older.run.wasFinished || change === counted.changes, where).toBe(true);
      storage.pause = async () => {};
      const { status, metrics, bestCheckpoints } = await RunResult.read(storage, "r");
      expect(status, where).toBe("finished");
      expect(
        metrics.map(({ round }) => round),
        where,
      ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      for (const checkpoint of bestCheckpoints) await checkpoint.load();
      const again = await launch({ rounds: 12 });
      expect(again.run.wasFinished, where).toBe(true);
      expect(modelBytes(again.booster) === modelBytes(whole.booster), where).toBe(true);
    }
  });

  test("an attempt whose run was put aside ends too", async () => {
    const afterRound = async ({ round }: { round: number }) => {
      if (round !== 7) return;
      await train(given, data, runOptions(new MemoryStorage(storage.files), { run: { forceNew: true } }));
    };
    const error = await catchRejection(launch({ rounds: 12, callbacks: [{ afterRound }] }));
    expect(error.code).toBe("ABORTED");
    expect((await RunResult.read(storage, "r")).metrics).toHaveLength(10);
    expect((await RunResult.read(storage, "r.1")).checkpoint?.round).toBe(6);
  });

  test("of launches at the same moment one ends the run, the others give way or take over", async () => {
    const launches = Array.from({ length: 4 }, () => launch({ rounds: 12 }).catch((error) => error));
    const outcomes = await Promise.all(launches);
    const ended = outcomes.filter((outcome) => !(outcome instanceof Error)) as TrainRunResult[];
    expect(ended).toHaveLength(1);
    expect(modelBytes(ended[0].booster)).toBe(modelBytes(whole.booster));
    for (const outcome of outcomes)
      if (outcome !== ended[0]) expect(outcome).toMatchObject({ code: "ABORTED" });
    expect((await RunResult.read(storage, "r")).metrics).toHaveLength(12);
  });
});

describe("a storage that refuses", () => {
  test("a write ends the training and leaves what was kept; launched again it goes on", async () => {
    await interrupt();
    const before = new Map(storage.files);
    const finished = new MemoryStorage(new Map(before));
    await train(given, data, runOptions(finished, { rounds: 12 }));
    for (let change = 1; change <= finished.changes; change++) {
      storage = new MemoryStorage(new Map(before));
      storage.failAt(change, new CoppiceError("INVALID_DATA", "cannot write: no space left on the device"));
      const outcome = await launch({ rounds: 12 }).catch((error) => error);
      // A renaming that fails is tried again.
      if (outcome instanceof Error) expect(outcome.message).toMatch(/no space left/);
      else expect(storage.log[change - 1]).toMatch(/^rename/);
      const { run, booster } = await launch({ rounds: 12 });
      expect(run.resumedFrom).toBeGreaterThanOrEqual(9);
      expect(modelBytes(booster)).toBe(modelBytes(whole.booster));
    }
  });
});

describe("options of a run", () => {
  test.each<[Options, string]>([
    [
      { run: { name: "../../r" } },
      '`run.name` must be 1 to 128 letters, digits, dots, dashes and underscores, the first a letter or digit, got "../../r"',
    ],
    [
      { run: { storage: "runs" as unknown as MemoryStorage } },
      '`run.storage` must be a storage of runs, or in coppice/node the path of a folder, got "runs"',
    ],
    [
      { run: { metricsEverySeconds: -1 } },
      "`run.metricsEverySeconds` must be a number in [0, infinity), got -1",
    ],
    [
      { run: { checkpoint: { everyRounds: -1 } } },
      "`run.checkpoint.everyRounds` must be an integer in [0, infinity), got -1",
    ],
    [
      { run: { checkpoint: { keep: 0 } } },
      "`run.checkpoint.keep` must be an integer in [1, infinity), got 0",
    ],
    [
      { run: { checkpoint: { order: "up" as "min" } } },
      '`run.checkpoint.order` must be one of "min", "max", got "up"',
    ],
    [
      { run: { checkpoint: { atEnd: 1 as unknown as boolean } } },
      "`run.checkpoint.atEnd` must be true or false, got 1",
    ],
    [
      { run: { checkpoint: { scoreBy: "test-merror" } } },
      "unknown evaluation set in `run.checkpoint.scoreBy` `test-merror`",
    ],
    [
      { run: { checkpoint: { scoreBy: "valid-auc" } } },
      "unknown metric in `run.checkpoint.scoreBy` `valid-auc`",
    ],
  ])("%j is refused", async (options, message) => {
    const error = await catchRejection(launch(options));
    expect(error.code).toBe("INVALID_PARAMETER");
    expect(error.message).toContain(message);
  });

  test("the best and the latest checkpoints stay", async () => {
    const rounds = { rounds: 12 };
    await launch({ ...rounds, run: { checkpoint: { everyRounds: 1, keep: 2, scoreBy: "valid-merror" } } });
    const { checkpoints, bestCheckpoints } = await RunResult.read(storage, "r");
    const scores = whole.history.valid.merror;
    const ranked = scores
      .map((score, i) => ({ score, round: i + 1 }))
      .sort((a, b) => a.score - b.score || b.round - a.round);
    const wanted = new Set([...ranked.slice(0, 2).map(({ round }) => round), 12]);
    expect(checkpoints.map(({ round }) => round)).toEqual([...wanted].sort((a, b) => a - b));
    expect(bestCheckpoints[0]).toMatchObject(ranked[0]);
    expect((await bestCheckpoints[0].load()).roundCount).toBe(ranked[0].round);
  });

  test("an order of max, given or the metric's own, turns best into largest", async () => {
    const large = { name: "large", isHigherBetter: true, evaluate: (values: Float32Array) => values[0] };
    const checkpoint = { everyRounds: 1, keep: 1, scoreBy: "valid-large" };
    for (const order of [undefined, "max", "min"] as const) {
      storage = new MemoryStorage();
      const { history } = await launch({
        metrics: [large],
        run: { checkpoint: { ...checkpoint, ...(order && { order }) } },
      });
      const pick = order === "min" ? Math.min : Math.max;
      const { bestCheckpoints } = await RunResult.read(storage, "r");
      expect(bestCheckpoints[0].score).toBe(pick(...history.valid.large));
    }
  });

  test("no checkpoints but the last are written with everyRounds 0", async () => {
    await launch({ run: { checkpoint: { everyRounds: 0 } } });
    expect(storage.log.filter((change) => change.startsWith("rename"))).toHaveLength(1);
  });
});
