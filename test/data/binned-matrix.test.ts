import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BinnedMatrix, binMatrix, explicitBinCount } from "../../src/data/binned-matrix.ts";
import { buildCuts, explicitCuts } from "../../src/data/cuts.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { DenseFeatures } from "../../src/data/features.ts";
import { naiveState } from "../oracle/naive-histogram.ts";
import { makeRows, makeTable, sparseOf, tableCases } from "../oracle/plain-table.ts";

const seed = 88;

/** The state of feature f that a stored bin means. */
function decodeState(matrix: BinnedMatrix, f: number, storedBin: number): number {
  const implicit = matrix.implicitState[f];
  const slot = matrix.columnOffsets[matrix.featureColumn[f]] + storedBin;
  const at = slot - matrix.featureSlot[f];
  if (at < 0 || at >= explicitBinCount(matrix.cuts, matrix.implicitState, f)) return implicit;
  return at < implicit ? at : at + 1;
}

/** The states of a row, read back from the row-major or the column-major bins. */
function readStates(matrix: BinnedMatrix, row: number, major: "row" | "column"): number[] {
  const { featureCount, columnCount, rowCount, columnOffsets, featureSlot, implicitState } = matrix;
  return Array.from({ length: featureCount }, (_, f) => {
    if (featureSlot[f] >= columnOffsets[columnCount]) return implicitState[f];
    const c = matrix.featureColumn[f];
    const bin = major === "row" ? binOfRow(matrix, row, c) : matrix.columnBins[c * rowCount + row];
    return decodeState(matrix, f, bin);
  });
}

/** What a row stores in column c; in a list, 0 for the rest slot is what is not in it. */
function binOfRow(matrix: BinnedMatrix, row: number, c: number): number {
  const { rowBins, columnCount, columnOffsets, listLength, listOffsets, listSlots } = matrix;
  if (listLength === 0) return rowBins[row * columnCount + c];
  const slots = Array.from(listSlots.subarray(listOffsets[row], listOffsets[row + 1]));
  const own = slots.filter((slot) => slot >= columnOffsets[c] && slot < columnOffsets[c + 1]);
  expect(own.length).toBeLessThanOrEqual(1);
  return own.length === 0 ? 0 : own[0] - columnOffsets[c];
}

describe(`binMatrix (seed ${seed})`, () => {
  test("stores the bin of every value: dense or sparse, bundled or not, by rows and by columns", async () => {
    const property = fc.asyncProperty(tableCases(200, 8), async (tableCase) => {
      const { plain, data, cuts } = makeTable(tableCase);
      const sparse = sparseOf(plain.rows, { featureTypes: data.featureTypes });
      for (const table of [data, sparse]) {
        for (const bundling of [true, false]) {
          const matrix = await binMatrix(table, cuts, bundling);
          plain.rows.forEach((row, r) => {
            const expected = row.map((value, f) => naiveState(plain, f, value));
            expect(readStates(matrix, r, "row")).toEqual(expected);
            expect(readStates(matrix, r, "column")).toEqual(expected);
          });
        }
      }
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test("keeps rows as lists where a sparse table stores little", async () => {
    const wide = { seed: 9, rowCount: 50, kinds: Array.from({ length: 12 }, () => "indicator" as const) };
    const rows = makeRows(wide).map((row) => row.map((value) => (value === 0 ? NaN : value)));
    const cuts = buildCuts(DMatrix.fromRows(rows), 8);
    const sparse = await binMatrix(sparseOf(rows, {}), cuts, false);
    const dense = await binMatrix(DMatrix.fromRows(rows), cuts, false);
    expect(sparse.listLength).toBe(rows.flat().filter((value) => !Number.isNaN(value)).length);
    expect(sparse.rowBins.length).toBe(0);
    expect(dense.listLength).toBe(0);
    for (let row = 0; row < rows.length; row++) {
      expect(readStates(sparse, row, "row")).toEqual(readStates(dense, row, "row"));
    }
  });

  test("stores nothing beyond its column's slots", async () => {
    const property = fc.asyncProperty(tableCases(200, 8), fc.boolean(), async (tableCase, bundling) => {
      const { data, cuts } = makeTable(tableCase);
      const { rowBins, columnCount, columnOffsets } = await binMatrix(data, cuts, bundling);
      rowBins.forEach((bin, i) => {
        const c = i % columnCount;
        expect(bin).toBeLessThan(columnOffsets[c + 1] - columnOffsets[c]);
      });
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test("does not depend on how dense rows are cut into blocks", async () => {
    const rows = makeRows({ seed: 5, rowCount: 3000, kinds: ["dense", "gappy", "indicator", "indicator"] });
    const whole = DMatrix.fromRows(rows);
    const cuts = buildCuts(whole, 32);
    const blocks: Float32Array[] = [];
    for (let row = 0; row < 3000; row += 700)
      blocks.push(Float32Array.from(rows.slice(row, row + 700).flat()));
    const cut = new DMatrix(new DenseFeatures(blocks, 3000, 4, 700));
    expect(buildCuts(cut, 32)).toEqual(cuts);
    expect(await binMatrix(cut, cuts)).toEqual(await binMatrix(whole, cuts));
  });
});

describe("the width of a bin", () => {
  test.each([
    ["one byte", 256, Uint8Array],
    ["two bytes", 257, Uint16Array],
    ["two bytes", 65_536, Uint16Array],
    ["four bytes", 65_537, Uint32Array],
  ])("is %s for %i bins", async (_width, binCount, type) => {
    const cuts = explicitCuts([Float32Array.from({ length: binCount }, (_, i) => i + 1)]);
    const data = DMatrix.fromRows([[0], [binCount - 1], [5]]);
    const matrix = await binMatrix(data, cuts);
    expect(matrix.rowBins).toBeInstanceOf(type);
    expect(Array.from(matrix.rowBins)).toEqual([0, binCount - 1, 5]);
    expect(Array.from(matrix.columnBins)).toEqual([0, binCount - 1, 5]);
  });

  test("counts the state of missing values", async () => {
    const cuts = explicitCuts([Float32Array.from({ length: 256 }, (_, i) => i + 1)]);
    const matrix = await binMatrix(DMatrix.fromRows([[0], [NaN]]), cuts);
    expect(matrix.rowBins).toBeInstanceOf(Uint16Array);
  });
});
