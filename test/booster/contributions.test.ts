// Contributions: against XGBoost's, against the definition, and the law that they add up.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Booster, loadModel } from "../../src/booster/booster.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import type { Model } from "../../src/model/model.ts";
import type { Tree } from "../../src/tree/tree.ts";
import { caseNames, decodeFloats, readCase, TARGET_VERSION } from "../model/xgboost-cases.ts";
import { treeArbitrary } from "../oracle/random-tree.ts";
import { conditionalMean, shapleyInteraction, shapleyValues } from "../oracle/shapley.ts";

const SEED = 20250101;
/** Relative to the larger of 1 and the largest expected value. */
const TOLERANCE = 1e-5;

function expectNear(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = TOLERANCE): void {
  expect(got.length).toBe(expected.length);
  let scale = 1;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    worst = Math.max(worst, Number.isNaN(got[i]) ? Infinity : Math.abs(got[i] - expected[i]));
  }
  expect(worst).toBeLessThanOrEqual(tolerance * scale);
}

function boosterOf(tree: Tree, featureCount: number): Booster {
  const model: Model = {
    featureCount,
    featureNames: [],
    featureTypes: [],
    categories: [],
    objective: { name: "reg:squarederror", parameters: {} },
    groupCount: 1,
    numClass: 0,
    baseScore: Float32Array.of(0.5),
    boostFromAverage: false,
    trees: [tree],
    treeGroup: Int32Array.of(0),
    roundOffsets: Uint32Array.of(0, 1),
    numParallelTree: 1,
    treeWeights: null,
    linearWeights: null,
    attributes: {},
  };
  return new Booster(model);
}

const kinds = ["contributions", "approximateContributions", "interactions"] as const;

describe(`against XGBoost ${TARGET_VERSION}`, () => {
  for (const name of caseNames(TARGET_VERSION)) {
    const { json, data, expected } = readCase(TARGET_VERSION, name);
    const booster = loadModel(json);
    for (const kind of kinds) {
      if (expected[kind])
        test(`${kind} of ${name} are within 1e-5`, () => {
          expectNear(booster.predict(data, { kind }), decodeFloats(expected[kind]!));
        });

      if (expected[kind])
        test(`${kind} of ${name} add up to the margin`, () => {
          const { groupCount, featureCount } = booster.model;
          const all = booster.predict(data, { kind });
          const margins = booster.predict(data, { kind: "margin" });
          const size = all.length / margins.length;
          expect(size).toBe(kind === "interactions" ? (featureCount + 1) ** 2 : featureCount + 1);
          const sums = Float64Array.from({ length: data.rowCount * groupCount }, (_, i) =>
            all.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value, 0),
          );
          expectNear(sums, margins);
        });
    }
  }
});

describe("one tree of any shape", () => {
  const featureCount = 5;
  const trees = treeArbitrary({ featureCount, categorical: [4], maxSplits: 14 });
  const number = fc.oneof(
    fc.constantFrom(NaN, -1, 0, 0.5, 1),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
  );
  const rows = fc.tuple(number, number, number, number, fc.constantFrom(NaN, 0, 1, 2, 5, 9, 30));

  test("gives the Shapley values of the definition", () => {
    fc.assert(
      fc.property(trees, rows, (tree, row) => {
        const booster = boosterOf(tree, featureCount);
        const got = booster.predict(DMatrix.fromRows([row]), { kind: "contributions" });
        const bias = 0.5 + conditionalMean(tree, row, 0);
        expectNear(got, [...shapleyValues(tree, row, featureCount), bias]);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test("gives half the Shapley interaction off the diagonal, and rows that add up to contributions", () => {
    fc.assert(
      fc.property(trees, rows, (tree, row) => {
        const booster = boosterOf(tree, featureCount);
        const data = DMatrix.fromRows([row]);
        const got = booster.predict(data, { kind: "interactions" });
        const contributions = booster.predict(data, { kind: "contributions" });
        const width = featureCount + 1;
        for (let i = 0; i < featureCount; i++) {
          const own = got.subarray(i * width, (i + 1) * width);
          const expected = Array.from(own, (value, j) =>
            i === j || j === featureCount ? value : shapleyInteraction(tree, row, featureCount, i, j) / 2,
          );
          expectNear(own, expected);
          expectNear([own.reduce((sum, value) => sum + value, 0)], [contributions[i]]);
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});

test("a feature that no tree uses contributes nothing", () => {
  const { data } = readCase(TARGET_VERSION, "single-leaf");
  const booster = loadModel(readCase(TARGET_VERSION, "single-leaf").json);
  const width = booster.model.featureCount + 1;
  const contributions = booster.predict(data, { kind: "contributions" });
  expect(contributions.every((value, i) => i % width === width - 1 || value === 0)).toBe(true);
});

test("a linear model has no interactions", () => {
  const { json, data } = readCase(TARGET_VERSION, "gblinear");
  expect(() => loadModel(json).predict(data, { kind: "interactions" })).toThrow("no interactions");
});
