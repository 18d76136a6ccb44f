import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GainEvaluator, MAX_FLOAT } from "../../src/tree/gain.ts";
import { findNumericSplit, Split, type SplitContext } from "../../src/tree/split.ts";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { naiveGain, naiveWeight, type Sums, unbounded } from "../oracle/naive-gain.ts";
import { naiveHistogram } from "../oracle/naive-histogram.ts";
import { findNaiveSplit, type NaiveSplit, sumRows } from "../oracle/naive-split.ts";
import { makeGradients, makeTable, type PlainTable, tableCases } from "../oracle/plain-table.ts";
import { treeParameters } from "./growing.ts";
import { parameterCases } from "./parameter-cases.ts";

const seed = 3;

function contextOf(sums: Sums, parameters: TreeParameters): SplitContext {
  const evaluator = new GainEvaluator(parameters);
  const weight = naiveWeight(sums, parameters, unbounded);
  return {
    evaluator,
    sumGrad: sums.grad,
    sumHess: sums.hess,
    rootGain: naiveGain(sums, weight, parameters),
    lower: -MAX_FLOAT,
    upper: MAX_FLOAT,
  };
}

/** The best split over all features of a table, through `findNumericSplit`. */
function findSplit(table: PlainTable, gradients: Float32Array, parameters: TreeParameters): Split {
  const rows = [...table.rows.keys()];
  const histogram = naiveHistogram(table, gradients, rows);
  const node = contextOf(sumRows(gradients, rows), parameters);
  const best = new Split();
  histogram.forEach((states, f) => {
    const sums = Float64Array.from([9, 9, ...states.flatMap(({ grad, hess }) => [grad, hess])]);
    const cuts = Float32Array.from([-9, ...table.cuts[f]]);
    const count = table.cuts[f].length;
    findNumericSplit(node, { feature: f, sums, begin: 2, count, cuts, cutBegin: 1 }, best);
  });
  return best;
}

/** What both the twin's split and ours say. */
function describeNaive(split: NaiveSplit | null) {
  if (split === null) return { gain: 0 };
  const { gain, feature, condition, defaultLeft, left, right } = split;
  return { gain, feature, condition, defaultLeft, left, right };
}

function describeOurs(split: Split) {
  if (split.gain === 0) return { gain: 0 };
  const { gain, feature, condition, defaultLeft } = split;
  const left = { grad: split.leftGrad, hess: split.leftHess };
  const right = { grad: split.rightGrad, hess: split.rightHess };
  return { gain, feature, condition, defaultLeft, left, right };
}

describe(`findNumericSplit (seed ${seed})`, () => {
  const cases = tableCases(60, 4, ["dense", "few", "gappy", "constant", "constantGappy", "empty", "rare"]);

  function expectNaiveSplit(plain: PlainTable, gradients: Float32Array, parameters: TreeParameters): void {
    const rows = [...plain.rows.keys()];
    const sums = sumRows(gradients, rows);
    const { rootGain } = contextOf(sums, parameters);
    const node = { table: plain, gradients, rows, sums, rootGain, bounds: unbounded };
    const expected = findNaiveSplit(node, [...plain.cuts.keys()], parameters);
    expect(describeOurs(findSplit(plain, gradients, parameters))).toEqual(describeNaive(expected));
  }

  test("finds the split of the exhaustive search from raw values, ties included", () => {
    const property = fc.property(cases, parameterCases(4), (tableCase, given) => {
      const { plain } = makeTable(tableCase, 12);
      const parameters = { ...given, interactionConstraints: undefined };
      expectNaiveSplit(plain, makeGradients(tableCase.seed, plain.rows.length), parameters);
    });
    fc.assert(property, { seed, numRuns: 400 });
  });

  test("counts rows without a gradient, or without a hessian, where they lie", () => {
    const property = fc.property(cases, parameterCases(4), (tableCase, given) => {
      const { plain } = makeTable(tableCase, 12);
      const parameters = { ...given, interactionConstraints: undefined };
      const fine = makeGradients(tableCase.seed, plain.rows.length);
      const gradients = fine.map((value, i) => (i & 1 ? Math.floor(3 * value) : Math.round(value)));
      expectNaiveSplit(plain, gradients, parameters);
    });
    fc.assert(property, { seed, numRuns: 400 });
  });

  test("sends missing rows where their gradients gain most, though they have no hessians", () => {
    const parameters = treeParameters({ minChildWeight: 0 });
    for (const [missing, defaultLeft] of [
      [3, true],
      [-3, false],
    ] as const) {
      const best = new Split();
      const node = contextOf({ grad: missing, hess: 2 }, parameters);
      const sums = Float64Array.of(1, 1, -1, 1);
      const bins = { feature: 0, sums, begin: 0, count: 2, cuts: Float32Array.of(2, 3), cutBegin: 0 };
      findNumericSplit(node, bins, best);
      expect(best).toMatchObject({ bin: 0, defaultLeft });
      expect(best.leftGrad + best.rightGrad).toBe(missing);
    }
  });

  test("replaces only what is worse: an equal feature later does not win", () => {
    const { plain } = makeTable({ seed: 4, rowCount: 40, kinds: ["few"] }, 12);
    const twice = {
      ...plain,
      rows: plain.rows.map(([value]) => [value, value]),
      cuts: [plain.cuts[0], plain.cuts[0]],
      isCategorical: [false, false],
      featureCount: 2,
    };
    expect(findSplit(twice, makeGradients(4, 40), treeParameters()).feature).toBe(0);
  });

  test("sends missing values to the side where they gain", () => {
    const table = (missingLike: number): { plain: PlainTable; gradients: Float32Array } => {
      const values = [0, 0, 0, 1, 1, 1, NaN, NaN];
      const plain = {
        rows: values.map((value) => [value]),
        featureCount: 1,
        isCategorical: [false],
        cuts: [[1, 2]],
      };
      const gradients = Float32Array.from(
        values.flatMap((value) => [(Number.isNaN(value) ? missingLike : value) === 0 ? 1 : -1, 1]),
      );
      return { plain, gradients };
    };
    for (const missingLike of [0, 1]) {
      const { plain, gradients } = table(missingLike);
      const split = findSplit(plain, gradients, treeParameters());
      expect(split).toMatchObject({ condition: 1, bin: 0, defaultLeft: missingLike === 0 });
    }
  });

  test("can divide missing from present values alone, on either side", () => {
    const split = (presentGrad: number) => {
      const plain = {
        rows: [[5], [5], [NaN], [NaN]],
        featureCount: 1,
        isCategorical: [false],
        cuts: [[11]],
      };
      const gradients = Float32Array.from([presentGrad, 2, presentGrad, 2, -1, 2, -1, 2]);
      return findSplit(plain, gradients, treeParameters());
    };
    // All present values below the last cut: the forward scan, which comes first, divides them off.
    expect(split(1)).toMatchObject({ condition: 11, bin: 0, defaultLeft: false });
  });

  test("never accepts an infinite gain", () => {
    const parameters = treeParameters({ lambda: 0, minChildWeight: 0 });
    const node = { ...contextOf({ grad: 0, hess: 2e-38 }, parameters), rootGain: 0 };
    const best = new Split();
    const sums = Float64Array.of(1e20, 1e-38, -1e20, 1e-38);
    const cuts = Float32Array.of(1, 2);
    findNumericSplit(node, { feature: 0, sums, begin: 0, count: 2, cuts, cutBegin: 0 }, best);
    expect(best.gain).toBe(0);
  });
});
