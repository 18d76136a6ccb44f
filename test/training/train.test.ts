import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sigmoid } from "../../src/core/math/softmax.ts";
import { explicitCuts } from "../../src/data/cuts.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { trainBooster } from "../../src/training/train.ts";
import { isLeaf } from "../../src/tree/tree.ts";
import { denseOf, sparseOf, tableCases } from "../oracle/plain-table.ts";
import { labelledTable, modelText } from "./labelled-table.ts";

const seed = 33;
const numeric = { seed: 2, rowCount: 200, kinds: ["dense", "few", "gappy"] } as const;

const regression = labelledTable(numeric, "regression");
const binary = labelledTable(numeric, "binary");
const classes = labelledTable(numeric, "classes");
const dataOf = ({ rows, info }: typeof regression) => denseOf(rows, info);

describe("a trained model", () => {
  test("has numParallelTree trees per group and round, group by group", async () => {
    const given = { ...classes.parameters, numParallelTree: 2, maxDepth: 1 };
    const { model } = (await trainBooster(given, dataOf(classes), { rounds: 3 })).booster;
    expect(model.trees.length).toBe(3 * 3 * 2);
    expect(Array.from(model.treeGroup)).toEqual([0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]);
    expect(Array.from(model.roundOffsets)).toEqual([0, 6, 12, 18]);
    expect(model.numParallelTree).toBe(2);
  });

  test("of no rounds predicts the base score", async () => {
    const { booster, history } = await trainBooster(binary.parameters, dataOf(binary), { rounds: 0 });
    expect(booster.roundCount).toBe(0);
    const mean = binary.info.label.reduce((sum, label) => sum + label, 0) / 200;
    for (const value of booster.predict(dataOf(binary))) expect(value).toBeCloseTo(mean, 6);
    expect(history).toEqual({});
  });

  test("knows names, types, dictionaries and label classes of its table", async () => {
    const data = DMatrix.fromRows(
      [
        [0, 1],
        [1, 2],
        [1, 3],
        [0, 4],
      ],
      {
        label: [0, 1, 1, 0],
        featureNames: ["colour", "size"],
        featureTypes: ["c", "float"],
        categories: [["red", "green"], null],
        labelClasses: ["no", "yes"],
      },
    );
    const { booster } = await trainBooster({ objective: "binary:logistic" }, data, { rounds: 1 });
    expect(booster.model).toMatchObject({
      featureNames: ["colour", "size"],
      featureTypes: ["c", "float"],
      categories: [["red", "green"], null],
    });
    expect(booster.labelClasses).toEqual(["no", "yes"]);
  });

  test("lowers the training loss from round to round", async () => {
    for (const table of [regression, binary, classes]) {
      const data = dataOf(table);
      const { history } = await trainBooster(table.parameters, data, { rounds: 8, evals: { train: data } });
      const [scores] = Object.values(history.train);
      scores.forEach((score, round) => {
        if (round > 0) expect(score).toBeLessThan(scores[round - 1]);
      });
    }
  });

  test("counts the classes that it is not told: the largest label, or the dictionary", async () => {
    const rows = [[1], [2], [3]];
    const train3 = (info: object) =>
      trainBooster({ objective: "multi:softprob" }, DMatrix.fromRows(rows, { label: [0, 1, 3], ...info }), {
        rounds: 1,
      });
    expect((await train3({})).booster.model.groupCount).toBe(4);
    const labelClasses = ["a", "b", "c", "d", "e"];
    expect((await train3({ labelClasses })).booster.model.groupCount).toBe(5);
  });
});

describe(`evaluation during training (seed ${seed})`, () => {
  test("gives a table the scores of the training set when it holds the same rows, dense or sparse", async () => {
    const property = fc.asyncProperty(tableCases(200, 5), async (tableCase) => {
      const { rows, info, parameters } = labelledTable(tableCase, "classes");
      const data = denseOf(rows, info);
      const evals = { train: data, dense: denseOf(rows, info), sparse: sparseOf(rows, info) };
      const { history } = await trainBooster(parameters, data, { rounds: 4, evals });
      expect(history.dense).toEqual(history.train);
      expect(history.sparse).toEqual(history.train);
    });
    await fc.assert(property, { seed, numRuns: 25 });
  });

  test("computes every metric asked for, the user's own too, in their order", async () => {
    const data = dataOf(regression);
    const own = { name: "count", evaluate: (predictions: Float32Array) => predictions.length };
    const evals = { valid: data };
    const { history } = await trainBooster({ evalMetric: ["mae", "rmse"] }, data, {
      rounds: 2,
      evals,
      metrics: [own],
    });
    expect(Object.keys(history.valid)).toEqual(["mae", "rmse", "count"]);
    expect(history.valid.count).toEqual([200, 200]);
    const only = await trainBooster({}, data, { rounds: 2, evals, metrics: [own] });
    expect(Object.keys(only.history.valid)).toEqual(["count"]);
    const builtin = await trainBooster({}, data, { rounds: 2, evals });
    expect(Object.keys(builtin.history.valid)).toEqual(["rmse"]);
  });

  test("shows a metric of the user's own predictions row by row, after the objective's transform", async () => {
    const data = dataOf(classes);
    const sums: number[] = [];
    const own = {
      name: "sum of the first row",
      evaluate: (p: Float32Array) => sums.push(p[0] + p[1] + p[2]),
    };
    await trainBooster(classes.parameters, data, { rounds: 1, evals: { data }, metrics: [own] });
    expect(sums[0]).toBeCloseTo(1, 6);
  });
});

describe("a custom objective", () => {
  test("with the built-in one's derivatives grows the same trees", async () => {
    const data = dataOf(binary);
    const given = { ...binary.parameters, baseScore: 0.5, maxDepth: 4 };
    const expected = await trainBooster(given, data, { rounds: 5 });
    const objective = (margins: Float32Array, { label }: { label: Float32Array }) => {
      const p = margins.map(sigmoid);
      return {
        grad: p.map((value, i) => value - label[i]),
        hess: p.map((value) => Math.max(Math.fround(value * Math.fround(1 - value)), 1e-16)),
      };
    };
    const found = await trainBooster(given, data, { rounds: 5, objective });
    expect(modelText(found.booster)).toBe(modelText(expected.booster));
  });

  test("of several groups reads and writes row by row", async () => {
    const data = dataOf(classes);
    const given = { ...classes.parameters, baseScore: 0.5, maxDepth: 2 };
    const expected = await trainBooster(given, data, { rounds: 1 });
    const objective = (margins: Float32Array, { label }: { label: Float32Array }) => {
      expect(margins.length).toBe(3 * label.length);
      const third = Math.fround(1 / 3);
      return {
        grad: margins.map((_, i) => (label[Math.floor(i / 3)] === i % 3 ? third - 1 : third)),
        hess: margins.map(() => Math.fround(Math.fround(2 * third) * Math.fround(1 - third))),
      };
    };
    const found = await trainBooster(given, data, { rounds: 1, objective });
    expect(modelText(found.booster)).toBe(modelText(expected.booster));
  });
});

describe("a start", () => {
  test("by base margins of one value is a start by that base score", async () => {
    const { rows, info } = regression;
    const started = await trainBooster({ baseScore: 2 }, dataOf(regression), { rounds: 3 });
    const baseMargin = new Float32Array(rows.length).fill(2);
    const margined = await trainBooster({ baseScore: 0 }, denseOf(rows, { ...info, baseMargin }), {
      rounds: 3,
    });
    expect(margined.booster.model.trees).toEqual(started.booster.model.trees);
  });

  test("by the margins of a model is a continuation of that model", async () => {
    const { rows, info } = classes;
    const given = { ...classes.parameters, maxDepth: 3 };
    const first = await trainBooster(given, dataOf(classes), { rounds: 2 });
    const baseMargin = first.booster.predict(dataOf(classes), { kind: "margin" });
    const more = await trainBooster(given, denseOf(rows, { ...info, baseMargin }), { rounds: 2 });
    const whole = await trainBooster(given, dataOf(classes), { rounds: 4 });
    expect(more.booster.model.trees).toEqual(whole.booster.model.trees.slice(6));
  });
});

test("explicit cuts are the only conditions of splits", async () => {
  const cuts = explicitCuts([
    [-1, 0, 5],
    [0.3, 2],
    [0.5, 2],
  ]);
  const { model } = (await trainBooster({}, dataOf(regression), { rounds: 5, cuts })).booster;
  let splitCount = 0;
  for (const tree of model.trees) {
    for (let node = 0; node < tree.nodeCount; node++) {
      if (isLeaf(tree, node)) continue;
      splitCount++;
      const f = tree.splitFeature[node];
      const allowed = [-Infinity, ...cuts.values.subarray(cuts.offsets[f], cuts.offsets[f + 1])];
      expect(allowed).toContain(tree.splitCondition[node]);
    }
  }
  expect(splitCount).toBeGreaterThan(10);
});
