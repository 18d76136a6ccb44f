// Continuing from a model: trained in two goes, the trees are those of one.

import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import { catchRejection } from "../oracle/catch-error.ts";
import { denseOf } from "../oracle/plain-table.ts";
import { type LabelKind, labelledTable, treesText } from "./labelled-table.ts";

const numeric = { seed: 12, rowCount: 220, kinds: ["dense", "few", "gappy", "category"] } as const;

describe("a training that continues a model", () => {
  const settings: readonly TrainParameters[] = [
    { maxDepth: 3 },
    { maxDepth: 3, subsample: 0.6, colsampleBylevel: 0.7, seed: 5 },
    { maxDepth: 2, numParallelTree: 2, subsample: 0.8 },
  ];

  test.each<LabelKind>(["regression", "binary", "classes", "count"])(
    "gives the bytes of training in one go (%s)",
    async (kind) => {
      const { rows, info, parameters } = labelledTable(numeric, kind);
      const data = denseOf(rows, info);
      for (const setting of settings) {
        const given = { ...parameters, ...setting };
        const whole = await trainBooster(given, data, { rounds: 5 });
        const first = await trainBooster(given, data, { rounds: 2 });
        const second = await trainBooster(given, data, { rounds: 3, initialModel: first.booster });
        expect(treesText(second.booster)).toBe(treesText(whole.booster));
        const loaded = loadModel(first.booster.toBytes("ubj"));
        const third = await trainBooster(given, data, { rounds: 3, initialModel: loaded });
        expect(treesText(third.booster)).toBe(treesText(whole.booster));
      }
    },
  );

  test("counts its rounds on, and evaluates as one training would", async () => {
    const { rows, info, parameters } = labelledTable(numeric, "classes");
    const data = denseOf(rows, info);
    const evals = { train: data, copy: denseOf(rows, info) };
    const whole = await trainBooster(parameters, data, { rounds: 4, evals });
    const first = await trainBooster(parameters, data, { rounds: 2 });
    const seen: number[] = [];
    const second = await trainBooster(parameters, data, {
      rounds: 2,
      evals,
      initialModel: first.booster,
      onRound: ({ round, totalRounds }) => seen.push(round, totalRounds),
    });
    expect(seen).toEqual([2, 4, 3, 4]);
    expect(second.history.train.mlogloss).toEqual(whole.history.train.mlogloss.slice(2));
    expect(second.history.copy).toEqual(second.history.train);
  });

  test("keeps the start of the model, whatever base score it is given", async () => {
    const { rows, info } = labelledTable(numeric, "regression");
    const data = denseOf(rows, info);
    const first = await trainBooster({ baseScore: 0.25 }, data, { rounds: 1 });
    const second = await trainBooster({ baseScore: 7 }, data, { rounds: 1, initialModel: first.booster });
    expect(Array.from(second.booster.model.baseScore)).toEqual([0.25]);
  });

  test("leaves the model that it continues as it was", async () => {
    const { rows, info } = labelledTable(numeric, "regression");
    const data = denseOf(rows, info);
    const { booster } = await trainBooster({}, data, { rounds: 1 });
    const before = treesText(booster);
    await trainBooster({}, data, { rounds: 1, initialModel: booster });
    expect(treesText(booster)).toBe(before);
    expect(booster.roundCount).toBe(1);
  });
});

describe("names, types and dictionaries", () => {
  test("of the model stay where the table has none", async () => {
    const rows = [[0], [1], [1], [0]];
    const label = [1, 2, 3, 4];
    const named = { featureNames: ["a"], featureTypes: ["c"], categories: [["x", "y"]] } as const;
    const first = await trainBooster({}, DMatrix.fromRows(rows, { label, ...named }), { rounds: 1 });
    const codes = DMatrix.fromRows(rows, { label, featureTypes: ["c"] });
    const second = await trainBooster({}, codes, { rounds: 1, initialModel: first.booster });
    expect(second.booster.model).toMatchObject(named);
  });
});

describe("a model is not continued", () => {
  const label = [0, 1, 2, 1];
  const rows = [
    [1, 2],
    [2, 1],
    [3, 3],
    [4, 0],
  ];
  const table = (info: object = {}) => DMatrix.fromRows(rows, { label, ...info });
  const refusal = async (
    first: [TrainParameters, DMatrix],
    second: [TrainParameters, DMatrix],
  ): Promise<string> => {
    const { booster } = await trainBooster(first[0], first[1], { rounds: 1 });
    const training = trainBooster(second[0], second[1], { rounds: 1, initialModel: booster });
    const error = await catchRejection(training);
    expect(error).toMatchObject({ code: "INVALID_PARAMETER", details: { parameter: "initialModel" } });
    return error.message;
  };

  test("with another objective, other outputs or another number of features", async () => {
    const softprob = { objective: "multi:softprob", numClass: 3 };
    expect(await refusal([{}, table()], [{ objective: "count:poisson" }, table()])).toBe(
      'the initial model has objective "reg:squarederror", this training has "count:poisson"',
    );
    expect(await refusal([softprob, table()], [{ ...softprob, numClass: 4 }, table()])).toBe(
      "the initial model has outputs 3, this training has 4",
    );
    const wide = DMatrix.fromRows(
      rows.map((row) => [...row, 1]),
      { label },
    );
    expect(await refusal([{}, table()], [{}, wide])).toBe(
      "the initial model has features 2, this training has 3",
    );
  });

  test("on features of other names, types or categories", async () => {
    const names = (...featureNames: string[]) => table({ featureNames });
    expect(await refusal([{}, names("a", "b")], [{}, names("b", "a")])).toBe(
      'the initial model has feature names ["a", "b"], this training has ["b", "a"]',
    );
    const typed = (...featureTypes: string[]) => table({ featureTypes });
    expect(await refusal([{}, typed("q", "q")], [{}, typed("q", "c")])).toBe(
      'the initial model has feature 1 as "numbers", this training has "categories"',
    );
    const coded = (...categories: string[]) =>
      DMatrix.fromRows([[0], [1], [1], [0]], { label, featureTypes: ["c"], categories: [categories] });
    expect(await refusal([{}, coded("x", "y")], [{}, coded("y", "x")])).toBe(
      'the initial model has categories of feature 0 ["x", "y"], this training has ["y", "x"]',
    );
  });

  test("with labels that stand for other classes", async () => {
    const softprob = { objective: "multi:softprob" };
    const classes = (...labelClasses: string[]) => table({ labelClasses });
    expect(await refusal([softprob, classes("a", "b", "c")], [softprob, classes("c", "b", "a")])).toBe(
      'the initial model has label classes ["a", "b", "c"], this training has ["c", "b", "a"]',
    );
  });
});
