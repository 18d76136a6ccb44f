// Model files are byte for byte those of XGBoost for the same training, JSON and UBJ.

import fc from "fast-check";
import { expect, test } from "vitest";
import { objectiveNames } from "./cases/case-objectives.ts";
import { type TrainingCase, trainingCases } from "./cases/cases.ts";
import { trainBoth } from "./cases/train-both.ts";
import { describeWithXGBoost } from "./xgboost.ts";

const seed = 341;
const casesPerObjective = 10;

describeWithXGBoost("xgboost", `model files against XGBoost (seed ${seed})`, (xgboost) => {
  test("at least nine in ten are the same bytes, and JSON as often as UBJ", {
    timeout: 120_000,
  }, async () => {
    const cases = objectiveNames.flatMap((objective) =>
      fc.sample(trainingCases(objective), { numRuns: casesPerObjective, seed }),
    );
    const same = { json: 0, ubj: 0 };
    for (const trainingCase of cases) {
      const { ours, theirs } = await trainBoth(xgboost(), trainingCase, ["json", "ubj"]);
      for (const format of ["json", "ubj"] as const) {
        const here = Buffer.from(ours.toBytes(format));
        const there = Buffer.from(theirs[format]!);
        if (here.equals(there)) same[format]++;
        else if (format === "json") reportDifference(trainingCase, here.toString(), there.toString());
      }
    }
    console.info(`of ${cases.length} models ${same.json} JSON and ${same.ubj} UBJ files are the same bytes`);
    expect(cases.length).toBeGreaterThanOrEqual(50);
    expect(same.json / cases.length).toBeGreaterThanOrEqual(0.9);
    expect(same.ubj).toBe(same.json);
  });
});

function reportDifference(trainingCase: TrainingCase, here: string, there: string): void {
  let at = 0;
  while (at < here.length && here[at] === there[at]) at++;
  const around = (text: string) => text.slice(Math.max(0, at - 40), at + 40);
  console.info(
    `byte ${at}: …${around(here)}… here, …${around(there)}… there\n${JSON.stringify(trainingCase)}`,
  );
}
