import { describe, expect, test } from "vitest";
import { DMatrix, type DMatrixInfo } from "../../src/data/dmatrix.ts";
import { catchError } from "../oracle/catch-error.ts";

/** All values of a table, row-major. */
function valuesOf(data: DMatrix): number[] {
  const scratch = new Float32Array(data.rowCount * data.featureCount);
  return Array.from(data.features.readRows(0, data.rowCount, scratch));
}

const rows = [
  [1, NaN, 3],
  [4, 5, NaN],
];
const flat = [1, NaN, 3, 4, 5, NaN];

describe("every way to give a table", () => {
  test("gives the same values: rows, row-major, column-major, sparse", () => {
    const shape = { rowCount: 2, featureCount: 3 };
    for (const data of [
      DMatrix.fromRows(rows),
      DMatrix.fromRows([
        [1, null, 3],
        [4, 5, undefined],
      ]),
      DMatrix.fromDense(flat, shape),
      DMatrix.fromDense(Float64Array.from(flat), shape),
      DMatrix.fromDense([1, 4, NaN, 5, 3, NaN], { ...shape, layout: "column" }),
      DMatrix.fromCSR([0, 2, 4], [0, 2, 1, 0], [1, 3, 5, 4]),
    ]) {
      expect([data.rowCount, data.featureCount]).toEqual([2, 3]);
      expect(valuesOf(data)).toEqual(flat);
    }
  });

  test("turns the missing marker into NaN", () => {
    const options = { rowCount: 1, featureCount: 3, missing: -999 };
    expect(valuesOf(DMatrix.fromDense([1, -999, NaN], options))).toEqual([1, NaN, NaN]);
    expect(valuesOf(DMatrix.fromRows([[1, -999]], { missing: -999 }))).toEqual([1, NaN]);
    expect(valuesOf(DMatrix.fromCSR([0, 2], [0, 1], [1, -999], { missing: -999 }))).toEqual([1, NaN]);
  });

  test("leaves the caller's array as it was", () => {
    const values = Float32Array.of(0, 1);
    DMatrix.fromDense(values, { rowCount: 2, featureCount: 1, missing: 0 });
    DMatrix.fromCSR([0, 1, 2], [0, 0], values, { missing: 0 });
    expect(Array.from(values)).toEqual([0, 1]);
  });

  test("uses a row-major Float32Array without copying it", () => {
    const values = Float32Array.of(1, 2);
    const { features } = DMatrix.fromDense(values, { rowCount: 2, featureCount: 1 });
    expect(features.readRows(0, 2, new Float32Array(2)).buffer).toBe(values.buffer);
  });

  test("takes a table without rows, and a sparse one whose last columns are empty", () => {
    expect(DMatrix.fromRows([]).rowCount).toBe(0);
    expect(DMatrix.fromCSR([0], [], []).rowCount).toBe(0);
    expect(DMatrix.fromCSR([0, 1], [0], [7], { featureCount: 3 }).featureCount).toBe(3);
  });
});

describe("a table", () => {
  test("turns query sizes into offsets", () => {
    const data = DMatrix.fromRows([[1], [2], [3]], { querySizes: [2, 0, 1] });
    expect(Array.from(data.queryOffsets!)).toEqual([0, 2, 2, 3]);
  });

  test("forgets dictionaries when no feature has one", () => {
    expect(DMatrix.fromRows([[1, 2]], { categories: [null, null] }).categories).toBeUndefined();
    expect(DMatrix.fromRows([[1, 2]], { categories: [null, ["a"]] }).categories).toEqual([null, ["a"]]);
  });

  test("keeps what belongs to the rows when rows are selected, in their order and repeated", () => {
    const data = DMatrix.fromCSR([0, 1, 2, 2], [0, 1], [10, 20], {
      label: [0, 1, 2],
      weight: [1, 2, 3],
      baseMargin: [1, 2, 3, 4, 5, 6],
      featureNames: ["a", "b"],
      labelClasses: ["x", "y", "z"],
    });
    const selected = data.selectRows([2, 1, 1]);
    expect(valuesOf(selected)).toEqual([NaN, NaN, NaN, 20, NaN, 20]);
    expect(Array.from(selected.label!)).toEqual([2, 1, 1]);
    expect(Array.from(selected.weight!)).toEqual([3, 2, 2]);
    expect(Array.from(selected.baseMargin!)).toEqual([5, 6, 3, 4, 3, 4]);
    expect(selected.featureNames).toEqual(["a", "b"]);
    expect(selected.labelClasses).toEqual(["x", "y", "z"]);
  });

  test.each([[2], [-1], [0.5], [NaN]])("refuses to select row %d, which it does not have", (row) => {
    const error = catchError(() => DMatrix.fromRows([[1], [2]]).selectRows([0, row]));
    expect(error).toMatchObject({
      code: "INVALID_DATA",
      message: `selected rows must be integers in [0, 2), got ${row} at position 1`,
    });
  });

  test("with query groups refuses to select rows", () => {
    const data = DMatrix.fromRows([[1], [2]], { querySizes: [2] });
    expect(catchError(() => data.selectRows([0]))).toMatchObject({ code: "UNSUPPORTED" });
  });
});

describe("bad input is refused with a message that names it", () => {
  const two = [[1], [2]];
  const badInfo: readonly (readonly [string, DMatrixInfo, string])[] = [
    ["a label too few", { label: [1] }, "`label` must have 2 values, got 1"],
    ["a missing label", { label: [1, NaN] }, "`label` must be a finite number, got NaN at position 1"],
    [
      "an infinite label",
      { label: [Infinity, 1] },
      "`label` must be a finite number, got Infinity at position 0",
    ],
    [
      "a label beyond float32",
      { label: [1e39, 1] },
      "`label` must be a finite number, got 1e+39 at position 0",
    ],
    [
      "a negative weight",
      { weight: [1, -1] },
      "`weight` must be a finite number of at least 0, got -1 at position 1",
    ],
    ["a weight too many", { weight: [1, 1, 1] }, "`weight` must have 2 values, got 3"],
    [
      "a missing base margin",
      { baseMargin: [NaN, 0] },
      "`baseMargin` must be a finite number, got NaN at position 0",
    ],
    [
      "base margins that do not divide by the rows",
      { baseMargin: [1, 2, 3] },
      "`baseMargin` must have rowCount × groupCount values for 2 rows, got 3",
    ],
    [
      "query sizes that do not add up",
      { querySizes: [1, 2] },
      "`querySizes` must add up to the 2 rows, got 3",
    ],
    ["two features of one name", { featureNames: ["a", "a"] }, "`featureNames` must have 1 values, got 2"],
    ["a feature type too many", { featureTypes: ["q", "c"] }, "`featureTypes` must have 1 values, got 2"],
    ["a dictionary too many", { categories: [null, null] }, "`categories` must have 1 values, got 2"],
    [
      "a negative feature weight",
      { featureWeights: [-1] },
      "`featureWeights` must be a finite number of at least 0, got -1 at position 0",
    ],
  ];
  test.each(badInfo)("%s", (_what, info, message) => {
    expect(catchError(() => DMatrix.fromRows(two, info))).toMatchObject({ code: "INVALID_DATA", message });
  });

  test("query sizes that are negative or not whole", () => {
    for (const querySizes of [
      [3, -1],
      [0.5, 1.5],
    ]) {
      expect(catchError(() => DMatrix.fromRows(two, { querySizes })).message).toMatch(
        /^`querySizes` must be integers of at least 0, got (-1|0\.5) at position [01]$/,
      );
    }
  });

  test("one name for two features", () => {
    expect(catchError(() => DMatrix.fromRows([[1, 2]], { featureNames: ["a", "a"] })).message).toBe(
      '`featureNames` must be unique, got "a" twice',
    );
  });

  test("rows of different lengths", () => {
    expect(catchError(() => DMatrix.fromRows([[1, 2], [3]]))).toMatchObject({
      code: "INVALID_DATA",
      message: "all rows must have 2 values like the first, got 1 in row 1",
      details: { row: 1 },
    });
  });

  test("infinite values, wherever they stand", () => {
    const message = /^feature values must be finite .* got Infinity in row 1, feature 0$/;
    const shape = { rowCount: 2, featureCount: 2 };
    for (const build of [
      () =>
        DMatrix.fromRows([
          [1, 2],
          [Infinity, 3],
        ]),
      () => DMatrix.fromDense([1, 2, 1e39, 3], shape),
      () => DMatrix.fromDense([1, Infinity, 2, 3], { ...shape, layout: "column" }),
      () => DMatrix.fromCSR([0, 1, 2], [0, 0], [1, Infinity]),
    ]) {
      expect(catchError(build).message).toMatch(message);
    }
  });

  test("sizes that are not counts, and values that do not fill them", () => {
    const build = (rowCount: number, featureCount: number) =>
      catchError(() => DMatrix.fromDense([1, 2, 3], { rowCount, featureCount })).message;
    expect(build(-1, 1)).toBe("`rowCount` must be an integer of at least 0, got -1");
    expect(build(1, 1.5)).toBe("`featureCount` must be an integer of at least 0, got 1.5");
    expect(build(2, 2)).toBe("`values` must have 4 values, got 3");
  });

  test.each([
    ["that are empty", []],
    ["that do not start at 0", [1, 2]],
    ["that decrease", [0, 2, 1, 2]],
    ["that end too early", [0, 1]],
    ["that end too late", [0, 3]],
    ["that leave the entries in between", [0, 5, 2]],
    ["that are not whole", [0, 0.5, 2]],
    ["that are missing", [0, NaN, 2]],
  ])("sparse offsets %s", (_what, offsets) => {
    const error = catchError(() => DMatrix.fromCSR(offsets, [0, 1], [1, 2]));
    expect(error.code).toBe("INVALID_DATA");
    expect(error.message).toMatch(
      /^`offsets` must start at 0, never decrease and end at the number of entries/,
    );
  });

  test("sparse indices outside the table, not whole, or fewer than values", () => {
    const build = (indices: number[], featureCount?: number) =>
      catchError(() => DMatrix.fromCSR([0, 2], indices, [1, 2], { featureCount })).message;
    expect(build([0, 2], 2)).toBe("indices must be integers in [0, 2), got 2 in row 0");
    expect(build([0, -1], 2)).toBe("indices must be integers in [0, 2), got -1 in row 0");
    expect(build([0, 0.5], 2)).toBe("indices must be integers in [0, 2), got 0.5 in row 0");
    expect(build([0])).toBe("`indices` must have 2 values, got 1");
  });

  test("a feature that stands twice in a sparse row", () => {
    expect(catchError(() => DMatrix.fromCSR([0, 1, 3], [1, 1, 1], [1, 2, 3]))).toMatchObject({
      code: "INVALID_DATA",
      message: "a sparse row must hold a feature once, got feature 1 twice in row 1",
      details: { row: 1, feature: 1 },
    });
  });

  test("category codes that are negative or 2^24 and above", () => {
    for (const code of [-1, 2 ** 24]) {
      const build = () =>
        DMatrix.fromRows(
          [
            [0, 0],
            [0, code],
          ],
          { featureTypes: ["q", "c"] },
        );
      expect(catchError(build).message).toBe(
        `category codes must lie in [0, 16777216), got ${code} in row 1, feature 1`,
      );
    }
    expect(DMatrix.fromRows([[2 ** 24 - 1], [NaN]], { featureTypes: ["c"] }).rowCount).toBe(2);
  });
});
