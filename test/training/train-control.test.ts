// What the caller sees of training and how it can end it: events, callbacks, signals, warnings.

import { describe, expect, test } from "vitest";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { type RoundEvent, type TrainingCallback, trainBooster } from "../../src/training/train.ts";
import { catchRejection } from "../oracle/catch-error.ts";
import { denseOf } from "../oracle/plain-table.ts";
import { labelledTable, modelText } from "./labelled-table.ts";

const table = labelledTable({ seed: 4, rowCount: 150, kinds: ["dense", "few"] }, "regression");
const data = denseOf(table.rows, table.info);

describe("events", () => {
  test("tell of every round once, with its metrics and a falling remainder", async () => {
    const events: RoundEvent[] = [];
    const evals = { a: data, b: data };
    const { history } = await trainBooster({ evalMetric: ["rmse", "mae"] }, data, {
      rounds: 4,
      evals,
      onRound: (event) => events.push(event),
    });
    expect(events.map((event) => event.round)).toEqual([0, 1, 2, 3]);
    events.forEach((event, round) => {
      expect(event.totalRounds).toBe(4);
      expect(event.metrics).toEqual({
        "a-rmse": history.a.rmse[round],
        "a-mae": history.a.mae[round],
        "b-rmse": history.b.rmse[round],
        "b-mae": history.b.mae[round],
      });
      expect(event.elapsedSeconds).toBeGreaterThan(0);
      expect(event.rowsPerSecond).toBeGreaterThan(0);
    });
    expect(events[3].remainingSeconds).toBe(0);
    expect(events[0].remainingSeconds).toBeGreaterThan(0);
  });

  test("measure the time of every phase", async () => {
    const { seconds } = await trainBooster({}, data, { rounds: 2, evals: { data } });
    expect(Object.keys(seconds).sort()).toEqual(["bin", "cuts", "evaluate", "train"]);
    for (const value of Object.values(seconds)) expect(value).toBeGreaterThan(0);
  });
});

describe("callbacks", () => {
  test("are called before, after every round and at the end, in their order", async () => {
    const calls: string[] = [];
    const callbackOf = (name: string): TrainingCallback => ({
      beforeTraining: () => void calls.push(`${name} before`),
      afterRound: ({ round }) => void calls.push(`${name} ${round}`),
      afterTraining: ({ roundCount }) => void calls.push(`${name} after ${roundCount}`),
    });
    await trainBooster({}, data, { rounds: 2, callbacks: [callbackOf("x"), callbackOf("y"), {}] });
    expect(calls).toEqual(["x before", "y before", "x 0", "y 0", "x 1", "y 1", "x after 2", "y after 2"]);
  });

  test("are awaited", async () => {
    let isDone = false;
    const afterRound = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      isDone = true;
    };
    await trainBooster({}, data, { rounds: 1, callbacks: [{ afterRound }] });
    expect(isDone).toBe(true);
  });

  test("end training after the round in which one says stop, when all were called", async () => {
    const seen: number[] = [];
    const { booster } = await trainBooster({}, data, {
      rounds: 9,
      callbacks: [
        { afterRound: ({ round }) => (round === 2 ? "stop" : undefined) },
        { afterRound: ({ round }) => void seen.push(round) },
      ],
    });
    expect(booster.roundCount).toBe(3);
    expect(seen).toEqual([0, 1, 2]);
  });

  test("can take snapshots, which later rounds do not change", async () => {
    const texts: string[] = [];
    await trainBooster({}, data, {
      rounds: 3,
      callbacks: [{ afterRound: (_, snapshot) => void texts.push(modelText(snapshot())) }],
    });
    for (const [round, text] of texts.entries()) {
      expect(text).toBe(modelText((await trainBooster({}, data, { rounds: round + 1 })).booster));
    }
  });

  test("that throw end training with their error", async () => {
    const afterRound = () => {
      throw new RangeError("mine");
    };
    const training = trainBooster({}, data, { rounds: 2, callbacks: [{ afterRound }] });
    await expect(training).rejects.toThrow(RangeError);
  });
});

describe("an abort signal", () => {
  test("that is aborted already ends training before its first round", async () => {
    const rounds: number[] = [];
    const training = trainBooster({}, data, {
      rounds: 3,
      signal: AbortSignal.abort("why"),
      onRound: ({ round }) => rounds.push(round),
    });
    expect(await catchRejection(training)).toMatchObject({ code: "ABORTED", cause: "why" });
    expect(rounds).toEqual([]);
  });

  test("that is aborted in a round, or by a timer between rounds, ends training at the next", async () => {
    for (const abortLater of [
      (controller: AbortController) => controller.abort(),
      (controller: AbortController) => setTimeout(() => controller.abort(), 0),
    ]) {
      const controller = new AbortController();
      let last = -1;
      const onRound = ({ round }: RoundEvent) => {
        last = round;
        if (round === 1) abortLater(controller);
      };
      const error = await catchRejection(
        trainBooster({}, data, { rounds: 500, signal: controller.signal, onRound }),
      );
      expect(error.code).toBe("ABORTED");
      expect(last).toBeLessThan(20);
    }
  });
});

describe("onWarning", () => {
  test("hears of every column without a value, by name or number, dense or sparse", async () => {
    const rows = [
      [1, NaN, NaN],
      [2, NaN, NaN],
      [3, NaN, NaN],
    ];
    const label = [0, 1, 2];
    const warningsOf = async (table: DMatrix) => {
      const warnings: string[] = [];
      await trainBooster({}, table, { rounds: 1, onWarning: (message) => warnings.push(message) });
      return warnings;
    };
    expect(await warningsOf(DMatrix.fromRows(rows, { label }))).toEqual([
      "feature 1 has no value in any row; no split can use it",
      "feature 2 has no value in any row; no split can use it",
    ]);
    const featureNames = ["a", "b", "c"];
    const sparse = DMatrix.fromCSR([0, 1, 2, 3], [0, 0, 2], [1, 2, 3], { label, featureNames });
    expect(await warningsOf(sparse)).toEqual(["feature b has no value in any row; no split can use it"]);
    expect(await warningsOf(data)).toEqual([]);
  });

  test("hears of labels that are all alike, from which nothing can be learned", async () => {
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const same = DMatrix.fromRows([[1], [2], [3]], { label: [1, 1, 1] });
    const { booster } = await trainBooster({ objective: "binary:logistic" }, same, { rounds: 1, onWarning });
    expect(warnings).toEqual(["all labels are 1; there is nothing to learn from them"]);
    expect(booster.roundCount).toBe(1);
  });
});

describe("evalTrain", () => {
  test("is the training table among the evaluation sets, the first of them", async () => {
    const other = denseOf(table.rows.slice(0, 40), { label: table.rows.map((_, row) => row).slice(0, 40) });
    const named = await trainBooster({}, data, { rounds: 3, evals: { train: data, other } });
    const asked = await trainBooster({}, data, { rounds: 3, evals: { other }, evalTrain: true });
    expect(asked.history).toEqual(named.history);
    expect(Object.keys(asked.history)).toEqual(["train", "other"]);
  });

  test("refuses another table under its name", async () => {
    const options = { rounds: 1, evals: { train: denseOf(table.rows, table.info) }, evalTrain: true };
    expect((await catchRejection(trainBooster({}, data, options))).message).toContain(
      "`evals.train` must be",
    );
  });

  test("shows a metric of the user's own the rows, even where they may be consumed", async () => {
    const rows = denseOf(table.rows, table.info);
    const seen: number[] = [];
    const metric = {
      name: "first",
      evaluate: (_: Float32Array, { features, featureCount }: DMatrix) => {
        seen.push(features.readRows(0, 1, new Float32Array(featureCount))[0]);
        return 0;
      },
    };
    const options = { rounds: 2, evalTrain: true, metrics: [metric], consumeData: true };
    await trainBooster({}, rows, options);
    expect(seen).toEqual([Math.fround(table.rows[0][0]), Math.fround(table.rows[0][0])]);
  });
});
