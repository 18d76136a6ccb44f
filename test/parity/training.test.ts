// What surrounds the trees: metrics during training, and going on from a model of the other side.

import fc from "fast-check";
import { expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import { fromXGBoostParams } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import { isMultiClass, type ObjectiveName, objectiveNames } from "./cases/case-objectives.ts";
import { makeTable } from "./cases/case-table.ts";
import { trainingCases } from "./cases/cases.ts";
import { allParams, toDMatrix } from "./cases/train-both.ts";
import { describeWithXGBoost } from "./xgboost.ts";

const seed = 515;

describeWithXGBoost("xgboost", `training against XGBoost (seed ${seed})`, (xgboost) => {
  test.each(objectiveNames)("%s: metrics of every round agree", { timeout: 60_000 }, async (objective) => {
    const property = fc.asyncProperty(trainingCases(objective), async (trainingCase) => {
      const table = makeTable(trainingCase);
      const params = { ...allParams(trainingCase), eval_metric: metricsFor(objective) };
      const data = toDMatrix(table);
      const theirs = await xgboost().train(table, params, trainingCase.rounds, []);
      const { history } = await trainBooster(fromXGBoostParams(params), data, {
        rounds: trainingCase.rounds,
        evals: { train: data },
      });
      for (const [metric, scores] of Object.entries(theirs.history.train)) {
        const ours = history.train[metric] ?? [];
        expect(ours.length, metric).toBe(scores.length);
        scores.forEach((score, round) => {
          expect(describeScore(ours[round], score), `${metric} after round ${round}`).toBe("");
        });
      }
    });
    await fc.assert(property, { seed, numRuns: 20 });
  });

  test("going on from XGBoost's model gives the file of one XGBoost training", {
    timeout: 60_000,
  }, async () => {
    const cases = fc.constantFrom(...objectiveNames).chain(trainingCases);
    const property = fc.asyncProperty(cases, async (trainingCase) => {
      // Base margins are no part of a model; rows of weight 0 add hessians of 1e-16 to softmax's sums, whose
      // last bit then depends on the order of addition.
      const weights = trainingCase.weights === "someZero" ? "uniform" : trainingCase.weights;
      const table = makeTable({ ...trainingCase, hasBaseMargin: false, weights });
      const params = allParams(trainingCase);
      const begun = await xgboost().train(table, params, 2, ["ubj"]);
      const whole = await xgboost().train(table, params, 5, ["ubj"]);
      const initialModel = loadModel(begun.ubj!);
      const { booster } = await trainBooster(fromXGBoostParams(params), toDMatrix(table), {
        rounds: 3,
        initialModel,
      });
      expect(Buffer.from(booster.toBytes("ubj")).equals(whole.ubj!)).toBe(true);
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });
});

function metricsFor(objective: ObjectiveName): string[] {
  if (isMultiClass(objective)) return ["mlogloss", "merror"];
  if (objective === "reg:squarederror" || objective === "reg:pseudohubererror") {
    return ["rmse", "mae", "mphe", "mape"];
  }
  if (objective.startsWith("binary:")) return ["logloss", "error", "error@0.3", "auc", "aucpr", "rmse"];
  if (objective === "reg:logistic") return ["rmse", "logloss", "mae", "rmsle"];
  const common = ["rmse", "mae", "rmsle", "poisson-nloglik", "tweedie-nloglik@1.3"];
  return objective === "reg:gamma" ? [...common, "gamma-nloglik", "gamma-deviance"] : common;
}

/** What is wrong with a score that should agree to nine digits, or "". */
function describeScore(ours: number, theirs: number): string {
  const isClose = Math.abs(ours - theirs) <= 1e-9 * Math.max(1e-3, Math.abs(theirs));
  return Object.is(ours, theirs) || isClose ? "" : `${ours} here, ${theirs} there`;
}
