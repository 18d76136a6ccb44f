// Categories by name: data frames with categorical columns give the same files, and a table with a
// dictionary of its own is coded anew, here as in XGBoost.

import fc from "fast-check";
import { expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import { hashUniform, makeTable } from "./cases/case-table.ts";
import { type Column, type TrainingCase, trainingCases } from "./cases/cases.ts";
import { allParams, toDMatrix, trainHere } from "./cases/train-both.ts";
import { describeWithXGBoost, type Table } from "./xgboost.ts";

const seed = 97;

describeWithXGBoost(["xgboost", "pandas"], `category names (seed ${seed})`, (xgboost) => {
  test("stand in the file as XGBoost writes them, and recode tables in the same way", {
    timeout: 120_000,
  }, async () => {
    const cases = trainingCases("binary:logistic").map(
      (c): TrainingCase => ({
        ...c,
        columns: [{ ...c.columns[0], kind: "categorical" }, ...c.columns.slice(1)],
      }),
    );
    const property = fc.asyncProperty(cases, fc.boolean(), async (trainingCase, hasNumbers) => {
      const { columns, rounds } = trainingCase;
      const params = allParams(trainingCase);
      const table = withNames(makeTable(trainingCase), columns, hasNumbers);
      const theirs = await xgboost().train(table, params, rounds, ["json", "ubj"]);
      const ours = await trainHere(table, params, rounds);
      const recoded = withOtherDictionary(table);
      const { margin } = await xgboost().predict(ours.toBytes("ubj"), recoded, ["margin"]);
      expect(ours.predict(toDMatrix(recoded), { kind: "margin" })).toEqual(margin);
      expect(ours.predict(toDMatrix(table), { kind: "margin" })).toEqual(margin);
      for (const format of ["json", "ubj"] as const) {
        expect(Buffer.from(ours.toBytes(format)).equals(theirs[format]!), format).toBe(true);
        const again = loadModel(theirs[format]!).predict(toDMatrix(recoded), { kind: "margin" });
        expect(again).toEqual(margin);
      }
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });
});

/** Names that are in no order: words of several lengths and alphabets, or whole numbers. */
function withNames(table: Table, columns: readonly Column[], hasNumbers: boolean): Table {
  const categories = columns.map((column, f) => {
    if (column.kind !== "categorical") return null;
    const codes = Array.from({ length: column.levels }, (_, code) => code);
    const key = (code: number) => Math.floor(1e6 * hashUniform(f, 7, code));
    if (hasNumbers) return codes.map((code) => key(code) * 1000 + code - 500_000_000);
    return codes.map((code) => `${["", "é", "Z", "中"][code % 4]}${key(code).toString(36)}-${code}`);
  });
  return { ...table, featureNames: columns.map((_, f) => `column ${f}`), categories };
}

/** The same rows with the names of every dictionary backwards. */
function withOtherDictionary(table: Table): Table {
  const data = table.data.slice();
  table.categories!.forEach((names, f) => {
    if (names === null) return;
    for (let i = f; i < data.length; i += table.columns) data[i] = names.length - 1 - data[i];
  });
  const backwards = (names: readonly (string | number)[] | null) => names && [...names].reverse();
  return { ...table, data, categories: table.categories!.map(backwards) as Table["categories"] & {} };
}
