import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findCategoricalSplit } from "../../src/tree/categorical-split.ts";
import { GainEvaluator, MAX_FLOAT } from "../../src/tree/gain.ts";
import { Split, type SplitContext } from "../../src/tree/split.ts";
import { CATEGORICAL_CONDITION } from "../../src/tree/tree.ts";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { naiveGain, naiveWeight, unbounded } from "../oracle/naive-gain.ts";
import { naiveHistogram } from "../oracle/naive-histogram.ts";
import { bestDivisionGain, findNaiveSplit, type NaiveNode, sumRows } from "../oracle/naive-split.ts";
import { makeGradients, makeTable, type PlainTable, tableCases } from "../oracle/plain-table.ts";
import { treeParameters } from "./growing.ts";
import { parameterCases } from "./parameter-cases.ts";

const seed = 58;

/** All rows of a table as a node, for the naive search. */
function nodeOf(table: PlainTable, gradients: Float32Array, parameters: TreeParameters): NaiveNode {
  const rows = [...table.rows.keys()];
  const sums = sumRows(gradients, rows);
  const rootGain = naiveGain(sums, naiveWeight(sums, parameters, unbounded), parameters);
  return { table, gradients, rows, sums, rootGain, bounds: unbounded };
}

function findSplit(naive: NaiveNode, parameters: TreeParameters): Split {
  const context: SplitContext = {
    evaluator: new GainEvaluator(parameters),
    sumGrad: naive.sums.grad,
    sumHess: naive.sums.hess,
    rootGain: naive.rootGain,
    lower: -MAX_FLOAT,
    upper: MAX_FLOAT,
  };
  const best = new Split();
  const histogram = naiveHistogram(naive.table, naive.gradients, naive.rows);
  histogram.forEach((states, f) => {
    const sums = Float64Array.from(states.flatMap(({ grad, hess }) => [grad, hess]));
    const cuts = new Float32Array(0);
    const bins = { feature: f, sums, begin: 0, count: states.length - 1, cuts, cutBegin: 0 };
    findCategoricalSplit(context, bins, parameters, best);
  });
  return best;
}

describe(`findCategoricalSplit (seed ${seed})`, () => {
  test("finds the split of the exhaustive search from raw values, ties included", () => {
    const property = fc.property(
      tableCases(60, 3, ["category"]),
      parameterCases(3),
      fc.boolean(),
      (tableCase, given, isWhole) => {
        const parameters = { ...given, interactionConstraints: undefined };
        const { plain } = makeTable(tableCase);
        const rows = isWhole ? plain.rows.map((row) => row.map((v) => (v !== v ? 0 : v))) : plain.rows;
        const gradients = makeGradients(tableCase.seed, rows.length);
        const naive = nodeOf({ ...plain, rows }, gradients, parameters);
        const expected = findNaiveSplit(naive, [...plain.cuts.keys()], parameters);
        const ours = findSplit(naive, parameters);
        expect(ours.gain).toBe(expected?.gain ?? 0);
        if (expected === null) return;
        const { feature, condition, defaultLeft, categories, left, right } = expected;
        expect(ours).toMatchObject({ feature, condition, defaultLeft, leftGrad: left.grad });
        expect([ours.leftHess, ours.rightGrad, ours.rightHess]).toEqual([left.hess, right.grad, right.hess]);
        expect(Array.from(ours.categories!)).toEqual(categories);
      },
    );
    fc.assert(property, { seed, numRuns: 400 });
  });

  test("without regularisation loses nothing against all 2^k divisions", () => {
    const parameters = treeParameters({ lambda: 0, minChildWeight: 0, maxCatToOnehot: 1 });
    const property = fc.property(tableCases(40, 1, ["category"]), (tableCase) => {
      const { plain } = makeTable(tableCase);
      const rows = plain.rows.map(([value]) => [Number.isNaN(value) ? 0 : value]);
      const gradients = makeGradients(tableCase.seed, rows.length);
      const naive = nodeOf({ ...plain, rows }, gradients, parameters);
      const best = bestDivisionGain(naive, 0, parameters) - naive.rootGain;
      const { gain } = findSplit(naive, parameters);
      expect(gain).toBeGreaterThanOrEqual(Math.max(0, best) * (1 - 1e-5) - 1e-5);
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("puts one category against the rest below maxCatToOnehot, a set of them from there on", () => {
    const rows = [0, 0, 1, 1, 2, 2, 3, 3].map((code) => [code]);
    const plain = { rows, featureCount: 1, isCategorical: [true], cuts: [[0, 1, 2, 3]] };
    const gradients = Float32Array.from(rows.flatMap(([code]) => [code % 2 === 0 ? 1 : -1, 1]));
    const categoriesAt = (maxCatToOnehot: number) => {
      const parameters = treeParameters({ maxCatToOnehot });
      const split = findSplit(nodeOf(plain, gradients, parameters), parameters);
      expect(split.condition).toBe(CATEGORICAL_CONDITION);
      return Array.from(split.categories!);
    };
    expect(categoriesAt(5)).toEqual([0]);
    expect(categoriesAt(4)).toEqual([0, 2]);
  });

  test("puts at most maxCatThreshold - 1 categories on the smaller side", () => {
    const property = fc.property(tableCases(80, 1, ["category"]), (tableCase) => {
      const { plain } = makeTable(tableCase);
      const parameters = treeParameters({ maxCatToOnehot: 1, maxCatThreshold: 3, minChildWeight: 0 });
      const gradients = makeGradients(tableCase.seed, plain.rows.length);
      const { categories } = findSplit(nodeOf(plain, gradients, parameters), parameters);
      if (categories === null) return;
      const smaller = Math.min(categories.length, plain.cuts[0].length - categories.length);
      expect(smaller).toBeLessThanOrEqual(2);
      expect(Array.from(categories)).toEqual([...categories].sort((a, b) => a - b));
    });
    fc.assert(property, { seed, numRuns: 100 });
  });
});
