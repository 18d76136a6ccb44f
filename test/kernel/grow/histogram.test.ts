import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BinnedMatrix, binMatrix } from "../../../src/data/binned-matrix.ts";
import { buildCuts } from "../../../src/data/cuts.ts";
import { DMatrix } from "../../../src/data/dmatrix.ts";
import {
  addHistogram,
  addListedRows,
  addRowRange,
  addRows,
  subtractHistogram,
} from "../../../src/kernel/grow/histogram.ts";
import type { Sums } from "../../oracle/naive-gain.ts";
import { naiveHistogram, totalOf } from "../../oracle/naive-histogram.ts";
import {
  makeGradients,
  makeRows,
  makeTable,
  shuffledOrder,
  sparseOf,
  tableCases,
} from "../../oracle/plain-table.ts";

const seed = 128;
const cases = tableCases(150, 7);

function emptyHistogram(matrix: BinnedMatrix): Float64Array {
  return new Float64Array(2 * matrix.slotCount);
}

function buildHistogram(
  matrix: BinnedMatrix,
  gradients: Float32Array,
  rows: readonly number[],
): Float64Array {
  const histogram = emptyHistogram(matrix);
  addRows(matrix, gradients, Uint32Array.from(rows), histogram);
  return histogram;
}

/** The sums of each bin of feature f; an implicit bin's are the total's less the others. */
function featureSums(matrix: BinnedMatrix, histogram: Float64Array, f: number, total: Sums): Sums[] {
  const { cuts, implicitState, featureSlot } = matrix;
  const binCount = cuts.offsets[f + 1] - cuts.offsets[f];
  let slot = featureSlot[f];
  const sums = Array.from({ length: binCount + 1 }, (_, state) => {
    if (state === implicitState[f] || state === binCount) return { grad: 0, hess: 0 };
    const at = 2 * slot++;
    return { grad: histogram[at], hess: histogram[at + 1] };
  });
  const stored = totalOf(sums);
  const rest = { grad: total.grad - stored.grad, hess: total.hess - stored.hess };
  sums[Math.min(implicitState[f], binCount)] = rest;
  return sums;
}

describe(`histograms (seed ${seed})`, () => {
  test("hold the sums of every bin of every feature, as the naive twin adds them up", async () => {
    const property = fc.asyncProperty(cases, fc.boolean(), fc.nat(), async (tableCase, bundling, picks) => {
      const { plain, data, cuts } = makeTable(tableCase);
      const matrix = await binMatrix(data, cuts, bundling);
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const rows = shuffledOrder(picks, data.rowCount).slice(0, Math.ceil(data.rowCount / 2));
      const naive = naiveHistogram(plain, gradients, rows);
      const histogram = buildHistogram(matrix, gradients, rows);
      const total = totalOf(naive[0]);
      naive.forEach((states, f) => {
        expect(featureSums(matrix, histogram, f, total)).toEqual(states);
      });
    });
    await fc.assert(property, { seed, numRuns: 80 });
  });

  test("of rows that are lists are those of rows side by side", async () => {
    const property = fc.asyncProperty(fc.nat(10_000), fc.nat(), async (caseSeed, picks) => {
      const kinds = Array.from({ length: 12 }, () => "indicator" as const);
      const table = makeRows({ seed: caseSeed, rowCount: 60, kinds });
      const gappy = table.map((row) => row.map((value) => (value === 0 ? NaN : value)));
      const dense = DMatrix.fromRows(gappy);
      const cuts = buildCuts(dense, 8);
      const side = await binMatrix(dense, cuts, false);
      const lists = await binMatrix(sparseOf(gappy), cuts, false);
      expect(lists.listLength).toBeGreaterThan(0);
      const gradients = makeGradients(caseSeed, 60);
      const rows = shuffledOrder(picks, 60).slice(0, 40);
      const listed = emptyHistogram(lists);
      addListedRows(lists, gradients, Uint32Array.from(rows).subarray(3), listed);
      const expected = buildHistogram(side, gradients, rows.slice(3));
      const total = totalOf(
        rows.slice(3).map((row) => ({ grad: gradients[2 * row], hess: gradients[2 * row + 1] })),
      );
      for (const f of kinds.keys()) {
        expect(featureSums(lists, listed, f, total)).toEqual(featureSums(side, expected, f, total));
      }
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("do not depend on the order of rows", async () => {
    const property = fc.asyncProperty(cases, fc.nat(), async (tableCase, order) => {
      const { data, cuts } = makeTable(tableCase);
      const matrix = await binMatrix(data, cuts);
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const ascending = Array.from({ length: data.rowCount }, (_, row) => row);
      expect(buildHistogram(matrix, gradients, shuffledOrder(order, data.rowCount))).toEqual(
        buildHistogram(matrix, gradients, ascending),
      );
    });
    await fc.assert(property, { seed, numRuns: 80 });
  });

  test("of a parent equal left plus right, and subtraction equals building the sibling directly", async () => {
    const property = fc.asyncProperty(cases, fc.nat(), async (tableCase, cut) => {
      const { data, cuts } = makeTable(tableCase);
      const matrix = await binMatrix(data, cuts);
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const rows = shuffledOrder(cut, data.rowCount);
      const middle = cut % (rows.length + 1);
      const parent = buildHistogram(matrix, gradients, rows);
      const left = buildHistogram(matrix, gradients, rows.slice(0, middle));
      const right = buildHistogram(matrix, gradients, rows.slice(middle));
      const sum = left.slice();
      addHistogram(sum, right);
      expect(sum).toEqual(parent);
      const sibling = parent.slice();
      subtractHistogram(sibling, left);
      expect(sibling).toEqual(right);
    });
    await fc.assert(property, { seed, numRuns: 80 });
  });

  test("of a range of rows equal those of the list of its rows", async () => {
    const property = fc.asyncProperty(cases, fc.nat(), fc.nat(), async (tableCase, a, b) => {
      const { data, cuts } = makeTable(tableCase);
      const matrix = await binMatrix(data, cuts);
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const begin = a % data.rowCount;
      const end = begin + (b % (data.rowCount - begin + 1));
      const ranged = emptyHistogram(matrix);
      addRowRange(matrix, gradients, begin, end, ranged);
      const rows = Array.from({ length: end - begin }, (_, i) => begin + i);
      expect(ranged).toEqual(buildHistogram(matrix, gradients, rows));
    });
    await fc.assert(property, { seed, numRuns: 80 });
  });

  test("are added to, not overwritten", async () => {
    const { data, cuts } = makeTable({ seed: 1, rowCount: 20, kinds: ["dense", "gappy"] });
    const matrix = await binMatrix(data, cuts);
    const gradients = makeGradients(1, 20);
    const rows = Uint32Array.of(5, 6, 7, 8);
    const twice = emptyHistogram(matrix);
    addRows(matrix, gradients, rows, twice);
    addRows(matrix, gradients, rows, twice);
    const once = buildHistogram(matrix, gradients, [5, 6, 7, 8]);
    expect(twice).toEqual(once.map((value) => 2 * value));
  });
});
