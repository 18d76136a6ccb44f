// Random training cases grow XGBoost's trees. Sampling is left out: its random numbers are ours.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type ObjectiveName, objectiveNames } from "./cases/case-objectives.ts";
import { trainingCases } from "./cases/cases.ts";
import { type Comparison, compareTrees } from "./cases/compare.ts";
import { type Explanation, explainDifference } from "./cases/explain.ts";
import { trainBoth } from "./cases/train-both.ts";
import { describeWithXGBoost } from "./xgboost.ts";
import { readXGBoostModel } from "./xgboost-model.ts";

const seed = 3411;
const casesPerObjective = 120;

/** What became of the cases. */
const tally = {
  cases: 0,
  sameStructure: 0,
  explained: { tie: 0, overflow: 0, noise: 0, unexplained: 0 } satisfies Record<Explanation, number>,
  trees: 0,
  leaves: 0,
  equalLeaves: 0,
  closeLeaves: 0,
  farLeaves: 0,
  statistics: 0,
  unequalStatistics: 0,
};

describeWithXGBoost("xgboost", `trees against XGBoost (seed ${seed})`, (xgboost) => {
  test.each(objectiveNames)("%s grows the same trees", { timeout: 300_000 }, async (objective) => {
    await fc.assert(sameTrees(objective), { seed, numRuns: casesPerObjective, endOnFailure: false });
  });

  test("in 99.5 % of the cases structures are equal, and 99.9 % of the leaf values bit for bit", () => {
    const { cases, sameStructure, leaves, equalLeaves, farLeaves } = tally;
    console.info(JSON.stringify(tally));
    expect(cases).toBeGreaterThanOrEqual(1000);
    expect(sameStructure / cases).toBeGreaterThanOrEqual(0.995);
    expect(equalLeaves / leaves).toBeGreaterThanOrEqual(0.999);
    expect(farLeaves).toBe(0);
  });

  function sameTrees(objective: ObjectiveName): fc.IAsyncProperty<unknown> {
    return fc.asyncProperty(trainingCases(objective), async (trainingCase) => {
      const both = await trainBoth(xgboost(), trainingCase, ["json"]);
      const { baseScore, trees, roundOffsets } = readXGBoostModel(both.theirs.json!);
      const { model } = both.ours;
      expect(Array.from(baseScore, Math.fround), "base score").toEqual(
        Array.from(baseScore, (_, group) => model.baseScore[Math.min(group, model.baseScore.length - 1)]),
      );
      const comparison = compareTrees(model.trees, trees, roundOffsets);
      count(comparison, trees.length);
      const { difference } = comparison;
      if (difference === undefined) return;
      const explanation = explainDifference(both, trees, difference);
      tally.explained[explanation]++;
      console.info(`${explanation}: ${difference.text}\n${JSON.stringify(trainingCase)}`);
      expect(explanation, difference.text).not.toBe("unexplained");
    });
  }
});

function count({ hasSameStructure, leaves, statistics }: Comparison, trees: number): void {
  tally.cases++;
  tally.sameStructure += hasSameStructure ? 1 : 0;
  tally.trees += trees;
  tally.leaves += leaves.count;
  tally.equalLeaves += leaves.equal;
  tally.closeLeaves += leaves.withinTwoUlp;
  tally.farLeaves += leaves.beyond;
  tally.statistics += statistics.count;
  tally.unequalStatistics += statistics.unequal;
}
