import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DenseFeatures, normaliseValues, SparseFeatures } from "../../src/data/features.ts";
import { catchError } from "../oracle/catch-error.ts";

const seed = 52;

/** `rowCount` × `width` values 0, 1, 2, .. cut into blocks. */
function countingTable(rowCount: number, width: number, blockRowCount: number): DenseFeatures {
  const values = Float32Array.from({ length: rowCount * width }, (_, i) => i);
  const blocks: Float32Array[] = [];
  for (let row = 0; row < rowCount; row += blockRowCount) {
    blocks.push(values.slice(row * width, (row + blockRowCount) * width));
  }
  return new DenseFeatures(blocks, rowCount, width, blockRowCount);
}

describe("DenseFeatures", () => {
  test(`reads the same rows however they are cut into blocks (seed ${seed})`, () => {
    const shape = fc.record({
      rowCount: fc.integer({ min: 1, max: 40 }),
      width: fc.integer({ min: 1, max: 4 }),
      blockRowCount: fc.integer({ min: 1, max: 15 }),
      from: fc.nat(),
      count: fc.nat(),
    });
    const property = fc.property(shape, ({ rowCount, width, blockRowCount, from, count }) => {
      const begin = from % rowCount;
      const end = begin + (count % (rowCount - begin + 1));
      const scratch = new Float32Array((end - begin) * width);
      const read = countingTable(rowCount, width, blockRowCount).readRows(begin, end, scratch);
      expect(Array.from(read)).toEqual(
        Array.from({ length: (end - begin) * width }, (_, i) => begin * width + i),
      );
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  test("gives a view of the table where the rows lie in one block", () => {
    const table = countingTable(10, 2, 5);
    expect(table.readRows(1, 5, new Float32Array(8)).buffer).toBe(table.blocks[0].buffer);
  });

  test("reads nothing from an empty range", () => {
    expect(countingTable(4, 2, 2).readRows(2, 2, new Float32Array(0)).length).toBe(0);
  });
});

test("sparse rows are read as dense ones, NaN where absent, whatever the scratch held", () => {
  const sparse = new SparseFeatures(
    Uint32Array.of(0, 2, 2, 3),
    Uint32Array.of(2, 0, 1),
    Float32Array.of(5, 0, -1),
    3,
  );
  const scratch = new Float32Array(20).fill(9);
  expect(Array.from(sparse.readRows(0, 3, scratch))).toEqual([0, NaN, 5, NaN, NaN, NaN, NaN, -1, NaN]);
  expect(Array.from(sparse.readRows(2, 3, scratch))).toEqual([NaN, -1, NaN]);
  expect(scratch[9]).toBe(9);
});

describe("normaliseValues", () => {
  test("turns the marker, as float32, into NaN and leaves the rest", () => {
    const values = Float32Array.of(0.1, -0.1, NaN, 0);
    normaliseValues(values, 2, 0.1);
    expect(Array.from(values)).toEqual([NaN, Math.fround(-0.1), NaN, 0]);
  });

  test("takes infinity for missing only where it is the marker", () => {
    const values = Float32Array.of(1, Infinity);
    normaliseValues(values, 2, Infinity);
    expect(Array.from(values)).toEqual([1, NaN]);
    expect(catchError(() => normaliseValues(Float32Array.of(1, 2, 3, -Infinity), 2, NaN, 10))).toMatchObject({
      code: "INVALID_DATA",
      message:
        "feature values must be finite in float32 or missing (NaN), got -Infinity in row 11, feature 1",
      details: { row: 11, feature: 1 },
    });
  });
});
