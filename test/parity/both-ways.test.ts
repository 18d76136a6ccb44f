// Models travel both ways: XGBoost loads ours and predicts the same margins bit for bit, from JSON and
// UBJ, and we do the same with XGBoost's, whatever its booster. Contributions agree within 1e-5 of the
// margins' scale and add up to the margin.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Booster, loadModel } from "../../src/booster/booster.ts";
import { objectiveNames } from "./cases/case-objectives.ts";
import { makeBaseMargin, makeTable } from "./cases/case-table.ts";
import { type Column, type TrainingCase, trainingCases } from "./cases/cases.ts";
import { allParams, toDMatrix, trainHere } from "./cases/train-both.ts";
import { describeWithXGBoost, type Table, type Wanted, type XGBoost } from "./xgboost.ts";

const seed = 1034;
const casesPerKind = 8;
const everything: readonly Wanted[] = ["margin", "value", "leaf", "contribs"];

describeWithXGBoost("xgboost", `models both ways (seed ${seed})`, (xgboost) => {
  describe("our models in XGBoost", () => {
    test.each(objectiveNames)(
      "%s: the same predictions bit for bit",
      { timeout: 60_000 },
      async (objective) => {
        const property = fc.asyncProperty(trainingCases(objective), async (trainingCase) => {
          const ours = await trainHere(makeTable(trainingCase), allParams(trainingCase), trainingCase.rounds);
          const unseen = unseenTable(trainingCase);
          for (const format of ["json", "ubj"] as const) {
            const file = ours.toBytes(format);
            const theirs = await xgboost().predict(file, unseen, [...everything, format]);
            expectSamePredictions(ours, unseen, theirs);
            expect(Buffer.from(theirs[format]!).equals(file), "written again by XGBoost").toBe(true);
          }
        });
        await fc.assert(property, { seed, numRuns: casesPerKind });
      },
    );
  });

  describe("XGBoost's models here", () => {
    test.each(objectiveNames)(
      "%s: the same predictions bit for bit",
      { timeout: 60_000 },
      async (objective) => {
        await fc.assert(loadsHere(trainingCases(objective), {}), { seed, numRuns: casesPerKind });
      },
    );

    test.each(["binary:logistic", "multi:softprob"] as const)(
      "dart with %s: the same predictions bit for bit",
      { timeout: 60_000 },
      async (objective) => {
        const dart = { booster: "dart", rate_drop: 0.5, one_drop: 1, normalize_type: "forest" };
        await fc.assert(loadsHere(trainingCases(objective), dart), { seed, numRuns: casesPerKind });
      },
    );

    test.each(["reg:squarederror", "multi:softprob"] as const)(
      "gblinear with %s: the same predictions bit for bit",
      { timeout: 60_000 },
      async (objective) => {
        const linear = { booster: "gblinear", updater: "coord_descent", feature_selector: "cyclic" };
        const cases = trainingCases(objective).map(withoutTreeParams);
        await fc.assert(loadsHere(cases, linear), { seed, numRuns: casesPerKind });
      },
    );

    test.each(["reg:absoluteerror", "reg:squaredlogerror", "binary:hinge", "survival:cox", "rank:pairwise"])(
      "%s, whether we can train it or not: the same predictions bit for bit",
      async (objective) => {
        // Its labels suit all of these; ranking would take weights per query.
        const cases = trainingCases("count:poisson").map(
          (c): TrainingCase => ({ ...c, weights: "none", params: {} }),
        );
        await fc.assert(loadsHere(cases, { objective }), { seed, numRuns: casesPerKind });
      },
    );
  });

  function loadsHere(
    cases: fc.Arbitrary<TrainingCase>,
    params: Readonly<Record<string, unknown>>,
  ): fc.IAsyncProperty<unknown> {
    return fc.asyncProperty(cases, async (trainingCase) => {
      const all = { ...allParams(trainingCase), ...params };
      const trained = await xgboost().train(makeTable(trainingCase), all, trainingCase.rounds, [
        "json",
        "ubj",
      ]);
      const unseen = unseenTable(trainingCase);
      const want = all.booster === "gblinear" ? everything.filter((kind) => kind !== "leaf") : everything;
      const theirs = await xgboost().predict(trained.json!, unseen, want);
      for (const format of ["json", "ubj"] as const) {
        const here = loadModel(trained[format]!);
        expectSamePredictions(here, unseen, theirs);
        expect(Buffer.from(here.toBytes(format)).equals(trained[format]!), "written again here").toBe(true);
      }
    });
  }
});

/** Other rows for the same columns, with values and categories that training did not see. */
function unseenTable(trainingCase: TrainingCase): Table {
  const columns = trainingCase.columns.map(
    (column): Column => ({ ...column, levels: column.levels + 2, missing: Math.max(column.missing, 0.1) }),
  );
  const rows = Math.min(trainingCase.rows + 3, 200);
  const other = makeTable({ ...trainingCase, columns, rows, seed: trainingCase.seed + 1 });
  const table = { rows, columns: columns.length, data: other.data, featureTypes: other.featureTypes! };
  // The number of classes, and with it that of base margins, follows from the seed of training.
  const baseMargin = makeBaseMargin({ ...trainingCase, rows });
  return baseMargin ? { ...table, baseMargin } : table;
}

function withoutTreeParams(trainingCase: TrainingCase): TrainingCase {
  const { lambda = 1, alpha = 0 } = trainingCase.params;
  const columns = trainingCase.columns.map(
    (column): Column => (column.kind === "categorical" ? { ...column, kind: "few" } : column),
  );
  return { ...trainingCase, columns, params: { lambda, alpha } };
}

type Predictions = Awaited<ReturnType<XGBoost["predict"]>>;

function expectSamePredictions(model: Booster, table: Table, theirs: Predictions): void {
  const data = toDMatrix(table);
  for (const kind of ["margin", "value", "leaf"] as const) {
    if (theirs[kind]) expect(firstUnequal(model.predict(data, { kind }), theirs[kind]), kind).toBe("");
  }
  const ours = model.predict(data, { kind: "contributions" });
  expect(ours.length, "contributions").toBe(theirs.contribs!.length);
  const scale = theirs.contribs!.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs.contribs![i])), 0);
  expect(worst / scale, "contributions").toBeLessThan(1e-5);
  const width = table.columns + 1;
  theirs.margin!.forEach((margin, i) => {
    const sum = ours.subarray(i * width, (i + 1) * width).reduce((total, value) => total + value, 0);
    expect(Math.abs(sum - margin) / scale, "sum of contributions").toBeLessThan(1e-5);
  });
}

/** What is wrong with the first value that is not equal bit for bit, or "". */
function firstUnequal(ours: Float32Array, theirs: Float32Array): string {
  if (ours.length !== theirs.length) return `${ours.length} values here, ${theirs.length} there`;
  const at = ours.findIndex((value, i) => !Object.is(value, theirs[i]));
  return at < 0 ? "" : `value ${at}: ${ours[at]} here, ${theirs[at]} there`;
}
