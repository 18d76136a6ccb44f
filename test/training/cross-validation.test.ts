import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { type CrossValidationOptions, crossValidate } from "../../src/training/cross-validation.ts";
import { dealFolds } from "../../src/training/folds.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import { catchError, catchRejection } from "../oracle/catch-error.ts";
import { denseOf } from "../oracle/plain-table.ts";
import { labelledTable, modelText } from "./labelled-table.ts";

const seed = 21;
const tableOf = (kind: "regression" | "binary" | "classes") => {
  const table = labelledTable({ seed: 5, rowCount: 120, kinds: ["dense", "few", "gappy"] }, kind);
  return { data: denseOf(table.rows, table.info), parameters: table.parameters };
};

describe(`folds (seed ${seed})`, () => {
  test("hold every row exactly once, in sizes that differ by at most one, each class too when stratified", () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 80 }),
      fc.integer({ min: 2, max: 9 }),
      fc.integer(),
      fc.boolean(),
      (label, folds, key, isStratified) => {
        fc.pre(folds <= label.length);
        const data = DMatrix.fromRows(
          label.map((_, row) => [row]),
          { label },
        );
        const dealt = dealFolds(data, folds, key, isStratified);
        expect(dealt.flatMap((rows) => [...rows]).sort((a, b) => a - b)).toEqual([...label.keys()]);
        for (const rows of dealt) expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
        const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts);
        expect(spread(dealt.map((rows) => rows.length))).toBeLessThanOrEqual(1);
        if (!isStratified) return;
        for (const value of new Set(label)) {
          const counts = dealt.map((rows) => [...rows].filter((row) => label[row] === value).length);
          expect(spread(counts)).toBeLessThanOrEqual(1);
        }
      },
    );
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("depend on the seed", () => {
    const { data } = tableOf("binary");
    const first = dealFolds(data, 3, 1, true);
    expect(dealFolds(data, 3, 1, true)).toEqual(first);
    expect(dealFolds(data, 3, 2, true)).not.toEqual(first);
  });

  test.each([1, 2.5, 121, Number.NaN])("refuses %s of them", (count) => {
    const { data } = tableOf("binary");
    expect(catchError(() => dealFolds(data, count, 0, false)).message).toBe(
      `\`folds\` must be an integer in [2, 120], the rows of the table, got ${count}`,
    );
  });
});

describe("crossValidate", () => {
  test("trains each fold as train does on the other rows, and gives mean and deviation of the scores", async () => {
    const { data, parameters } = tableOf("regression");
    const given = { ...parameters, maxDepth: 3, evalMetric: ["mae", "rmse"] };
    const { folds, boosters, history, bestIteration } = await crossValidate(given, data, {
      rounds: 4,
      folds: 3,
      evalTrain: true,
    });
    const alone = await Promise.all(
      folds.map((fold) => {
        const training = data.selectRows([...Array(120).keys()].filter((row) => !fold.includes(row)));
        const evals = { train: training, valid: data.selectRows(fold) };
        return trainBooster(given, training, { rounds: 4, evals });
      }),
    );
    expect(boosters.map(modelText)).toEqual(alone.map(({ booster }) => modelText(booster)));
    for (const set of ["train", "valid"]) {
      for (const metric of ["mae", "rmse"]) {
        for (let round = 0; round < 4; round++) {
          const scores = alone.map((result) => result.history[set][metric][round]);
          const mean = scores.reduce((a, b) => a + b) / 3;
          const { mean: found, std } = history[set][metric][round];
          expect(found).toBeCloseTo(mean, 12);
          expect(std ** 2).toBeCloseTo(scores.reduce((a, b) => a + (b - mean) ** 2, 0) / 3, 12);
        }
      }
    }
    expect(bestIteration).toBeUndefined();
  });

  test("ends all folds together when the mean has not improved, and names its best round", async () => {
    const { data, parameters } = tableOf("binary");
    // Labels that have nothing to do with the features: their loss soon rises.
    const noise = new DMatrix(data.features, { label: Array.from({ length: 120 }, (_, row) => row % 2) });
    const rounds: number[] = [];
    const result = await crossValidate({ ...parameters, eta: 1 }, noise, {
      rounds: 60,
      folds: 4,
      earlyStopping: { rounds: 3 },
      onRound: ({ round, totalRounds, metrics }) => {
        rounds.push(round);
        expect(totalRounds).toBe(60);
        expect(Object.keys(metrics)).toEqual(["valid-logloss"]);
      },
    });
    const means = result.history.valid.logloss.map(({ mean }) => mean);
    const best = means.indexOf(Math.min(...means));
    expect(result).toMatchObject({ bestIteration: best, bestScore: means[best] });
    expect(means.length).toBe(best + 4);
    expect(rounds).toEqual([...means.keys()]);
    for (const booster of result.boosters) expect(booster.roundCount).toBe(best + 4);
  });

  test("gives each fold all classes of the table, though one may lack some", async () => {
    const label = [0, 0, 0, 0, 0, 1, 1, 1, 2];
    const data = DMatrix.fromRows(
      label.map((value, row) => [value, row]),
      { label },
    );
    const { boosters } = await crossValidate({ objective: "multi:softprob" }, data, { rounds: 1, folds: 9 });
    expect(boosters.map((booster) => booster.model.numClass)).toEqual(Array(9).fill(3));
  });

  test("takes a metric of the user's own, in its direction", async () => {
    const { data, parameters } = tableOf("regression");
    const own = {
      name: "size",
      isHigherBetter: true,
      evaluate: (_: Float32Array, { rowCount }: DMatrix) => rowCount,
    };
    const { history, bestIteration } = await crossValidate(parameters, data, {
      rounds: 9,
      folds: 7,
      metrics: [own],
      earlyStopping: { rounds: 2 },
    });
    expect(bestIteration).toBe(0);
    expect(history.valid.size).toHaveLength(3);
    expect(history.valid.size[0].mean).toBeCloseTo(120 / 7, 12);
  });

  const wrong: [string, TrainParameters, CrossValidationOptions, string][] = [
    [
      "unknown options",
      {},
      { rounds: 1, nfold: 3 } as never,
      "unknown option `nfold` of crossValidate(); did you mean `folds`?",
    ],
    [
      "evaluation sets",
      {},
      { rounds: 1, earlyStopping: { rounds: 1, data: "x" } as never },
      "unknown option `data` of earlyStopping",
    ],
    ["early stopping by number", {}, { rounds: 1, earlyStopping: 5 as never }, "such as { rounds: 5 }"],
    [
      "a metric not computed",
      {},
      { rounds: 1, earlyStopping: { rounds: 1, metric: "auc" } },
      "unknown metric in",
    ],
    ["rounds below 0", {}, { rounds: -1 }, "`rounds` must be an integer in [0, infinity)"],
    ["parameters out of range", { eta: -1 }, { rounds: 1 }, "`eta` must be"],
  ];
  test.each(wrong)("refuses %s", async (_what, parameters, options, message) => {
    const error = await catchRejection(crossValidate(parameters, tableOf("regression").data, options));
    expect(error.code).toBe("INVALID_PARAMETER");
    expect(error.message).toContain(message);
  });

  test("passes on what a fold or a hook throws, and ends the others", async () => {
    const { data, parameters } = tableOf("regression");
    const thrown = new Error("from the hook");
    const hook = () => {
      throw thrown;
    };
    await expect(crossValidate(parameters, data, { rounds: 3, onRound: hook })).rejects.toBe(thrown);
    let calls = 0;
    const metric = { name: "own", evaluate: () => (++calls === 3 ? hook() : 0) };
    await expect(crossValidate(parameters, data, { rounds: 3, metrics: [metric] })).rejects.toBe(thrown);
  });

  test("is given up by its signal", async () => {
    const { data, parameters } = tableOf("regression");
    const controller = new AbortController();
    const onRound = () => controller.abort();
    const error = await catchRejection(
      crossValidate(parameters, data, { rounds: 9, onRound, signal: controller.signal }),
    );
    expect(error.code).toBe("ABORTED");
  });
});
