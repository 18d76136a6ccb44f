import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EarlyStopping } from "../../src/training/early-stopping.ts";
import { trainBooster } from "../../src/training/train.ts";
import type { EarlyStoppingOptions } from "../../src/training/train-options.ts";
import { catchRejection } from "../oracle/catch-error.ts";
import { denseOf } from "../oracle/plain-table.ts";
import { labelledTable } from "./labelled-table.ts";

const seed = 10;

/** Observes scores until it is told to stop; how many it saw, and the state then. */
function observeAll(scores: readonly number[], options: EarlyStoppingOptions, isHigherBetter: boolean) {
  const tracker = new EarlyStopping(options, isHigherBetter);
  let seen = 0;
  for (const score of scores) if (tracker.observe(seen++, score)) break;
  return { seen, ...tracker.state };
}

describe(`EarlyStopping (seed ${seed})`, () => {
  test("ends after `rounds` rounds without a better score and remembers the first best", () => {
    expect(observeAll([5, 4, 4, 4, 3, 3], { rounds: 2 }, false)).toMatchObject({
      seen: 4,
      bestRound: 1,
      bestScore: 4,
    });
    expect(observeAll([1, 2, 3, 4], { rounds: 1 }, true)).toMatchObject({ seen: 4, bestRound: 3 });
    expect(observeAll([1, 2, 3, 4], { rounds: 1 }, false)).toMatchObject({ seen: 2, bestRound: 0 });
  });

  test("counts only what improves by more than minDelta", () => {
    const options = { rounds: 2, minDelta: 0.5 };
    expect(observeAll([10, 9.6, 9.5, 1], options, false)).toMatchObject({ seen: 3, bestRound: 0 });
    expect(observeAll([10, 9.6, 9.4, 9.3, 8], options, false)).toMatchObject({ bestRound: 4 });
  });

  test("treats a higher-is-better metric as the negative of a lower-is-better one", () => {
    const scores = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 });
    const property = fc.property(
      scores,
      fc.integer({ min: 1, max: 5 }),
      fc.nat(2),
      (list, rounds, minDelta) => {
        const options = { rounds, minDelta };
        const up = observeAll(list, options, true);
        const down = observeAll(
          list.map((score) => -score),
          options,
          false,
        );
        expect([down.seen, down.bestRound, -down.bestScore + 0]).toEqual([
          up.seen,
          up.bestRound,
          up.bestScore + 0,
        ]);
      },
    );
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("goes on from its state as if it had never stopped", () => {
    const scores = [5, 4, 6, 4.5, 3, 7, 8, 9];
    const whole = observeAll(scores, { rounds: 3 }, false);
    const first = new EarlyStopping({ rounds: 3 }, false);
    scores.slice(0, 3).forEach((score, round) => {
      first.observe(round, score);
    });
    const second = new EarlyStopping({ rounds: 3 }, false, first.state);
    let round = 3;
    while (!second.observe(round, scores[round])) round++;
    expect(round + 1).toBe(whole.seen);
    expect({ seen: round + 1, ...second.state }).toEqual(whole);
  });

  test("takes any score for better than one that is not a number", () => {
    expect(observeAll([NaN, 3, NaN, NaN], { rounds: 2 }, false)).toMatchObject({ seen: 4, bestRound: 1 });
    expect(observeAll([NaN, NaN, NaN], { rounds: 2 }, true)).toMatchObject({ seen: 3, bestRound: 0 });
  });
});

describe("training that stops early", () => {
  const table = labelledTable({ seed: 4, rowCount: 150, kinds: ["dense", "few", "gappy"] }, "binary");
  const data = denseOf(table.rows, table.info);
  /** Labels that have nothing to do with the features: their loss soon rises. */
  const noise = denseOf(table.rows, { ...table.info, label: table.rows.map((_, row) => row % 2) });
  const given = table.parameters;
  const evals = { noise, train: data };

  test("keeps all rounds that it trained and tells which was best", async () => {
    const earlyStopping = { rounds: 3, data: "noise" };
    const result = await trainBooster(given, data, { rounds: 50, evals, earlyStopping });
    const scores = result.history.noise.logloss;
    const best = scores.indexOf(Math.min(...scores));
    expect(result.bestIteration).toBe(best);
    expect(result.bestScore).toBe(scores[best]);
    expect(result.booster.roundCount).toBe(best + 4);
    expect(scores.length).toBe(best + 4);
    expect(result.booster.bestIteration).toBe(best);
    expect(result.booster.model.attributes).toMatchObject({
      best_iteration: String(best),
      best_score: String(scores[best]),
    });
  });

  test("watches the last set and the last metric unless told otherwise", async () => {
    // The training loss falls all the way.
    const last = await trainBooster(given, data, { rounds: 12, evals, earlyStopping: { rounds: 2 } });
    expect(last.booster.roundCount).toBe(12);
    expect(last.bestIteration).toBe(11);
    const evalMetric = ["logloss", "error"];
    const chosen = await trainBooster({ ...given, evalMetric }, data, {
      rounds: 50,
      evals,
      earlyStopping: { rounds: 2, data: "noise", metric: "error" },
    });
    const errors = chosen.history.noise.error;
    expect(chosen.bestScore).toBe(Math.min(...errors));
    expect(errors.length).toBe(chosen.bestIteration! + 3);
  });

  test("knows that a larger area under the curve is better", async () => {
    const result = await trainBooster({ ...given, evalMetric: "auc" }, data, {
      rounds: 5,
      evals: { train: data },
      earlyStopping: { rounds: 5 },
    });
    expect(result.bestScore).toBe(Math.max(...result.history.train.auc));
  });

  test("goes by a metric of the user's own, in its direction", async () => {
    const scores = [1, 2, 3, 2, 2, 2];
    let round = 0;
    const own = { name: "own", isHigherBetter: true, evaluate: () => scores[round++] };
    const result = await trainBooster(given, data, {
      rounds: 6,
      evals: { valid: data },
      metrics: [own],
      earlyStopping: { rounds: 2 },
    });
    expect(result).toMatchObject({ bestIteration: 2, bestScore: 3 });
    expect(result.booster.roundCount).toBe(5);
  });

  test("says nothing of a best round when it was not asked for", async () => {
    const result = await trainBooster(given, data, { rounds: 2, evals });
    expect(result.bestIteration).toBeUndefined();
    expect(result.booster.bestIteration).toBeUndefined();
  });

  test.each([
    [{ rounds: 1 }, {}, "`earlyStopping` needs at least one evaluation set in `evals`"],
    [
      { rounds: 1, data: "vald" },
      { valid: data },
      "unknown evaluation set in `earlyStopping.data` `vald`; did you mean `valid`?",
    ],
    [
      { rounds: 1, metric: "loglos" },
      { valid: data },
      "unknown metric in `earlyStopping.metric` `loglos`; did you mean `logloss`?",
    ],
    [{ rounds: 0 }, { valid: data }, "`earlyStopping.rounds` must be an integer in [1, infinity), got 0"],
    [{ rounds: 1.5 }, { valid: data }, "`earlyStopping.rounds` must be an integer in [1, infinity), got 1.5"],
    [
      { rounds: 1, minDelta: -1 },
      { valid: data },
      "`earlyStopping.minDelta` must be a number in [0, infinity), got -1",
    ],
    [
      { rounds: 1, minDelta: NaN },
      { valid: data },
      "`earlyStopping.minDelta` must be a number in [0, infinity), got NaN",
    ],
    [
      { rounds: 1, min_delta: 1 },
      { valid: data },
      "unknown option `min_delta` of earlyStopping; did you mean `minDelta`?",
    ],
  ])("refuses %j", async (earlyStopping, sets, message) => {
    const error = await catchRejection(trainBooster(given, data, { rounds: 1, evals: sets, earlyStopping }));
    expect(error).toMatchObject({ code: "INVALID_PARAMETER", message });
  });
});
