import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { uniform } from "../../../src/core/random.ts";
import type { DMatrix } from "../../../src/data/dmatrix.ts";
import { type SplitOptions, tableToDMatrix, tableToSplit } from "../../../src/input/sink/table-dmatrix.ts";
import { bytesSource } from "../../../src/input/table/bytes.ts";
import type { TableOptions } from "../../../src/input/table/roles.ts";
import { type CsvOptions, openCsv } from "../../../src/input/text/csv.ts";

const open = (text: string, options?: CsvOptions) => openCsv(bytesSource("t.csv", text), options);
const toMatrix = async (text: string, options: TableOptions & CsvOptions = {}) =>
  tableToDMatrix(await open(text, options), options);
const toSplit = async (text: string, options: TableOptions & SplitOptions) =>
  tableToSplit(await open(text), options);

/** The values of all rows, [rowCount × featureCount] row-major, null where missing. */
function valuesOf(matrix: DMatrix): (number | null)[] {
  const { rowCount, featureCount } = matrix;
  const rows = matrix.features.readRows(0, rowCount, new Float32Array(rowCount * featureCount));
  return Array.from(rows, (value) => (Number.isNaN(value) ? null : value));
}

describe("tableToDMatrix", () => {
  test("puts every column into its role", async () => {
    const text = "w,q,m1,x,m0,y,id,z\n1,7,0.5,10,0.25,1,a,\n2,7,1.5,20,1.25,0,b,4\n3,8,2.5,30,2.25,1,c,5\n";
    const matrix = await toMatrix(text, {
      label: "y",
      weight: "w",
      queryId: "q",
      baseMargin: ["m0", "m1"],
      ignore: ["id"],
    });
    expect(matrix.featureNames).toEqual(["x", "z"]);
    expect(valuesOf(matrix)).toEqual([10, null, 20, 4, 30, 5]);
    expect([...matrix.label!]).toEqual([1, 0, 1]);
    expect([...matrix.weight!]).toEqual([1, 2, 3]);
    expect([...matrix.queryOffsets!]).toEqual([0, 2, 3]);
    expect([...matrix.baseMargin!]).toEqual([0.25, 0.5, 1.25, 1.5, 2.25, 2.5]);
    expect(matrix.featureTypes).toBe(undefined);
    expect(matrix.categories).toBe(undefined);
    expect(matrix.labelClasses).toBe(undefined);
  });

  test("takes columns by position, from the end too, and as texts from a command line", async () => {
    for (const label of [2, -1, "2", "-1"]) {
      const matrix = await toMatrix("1,2,0\n3,4,1\n", { label });
      expect([...matrix.label!]).toEqual([0, 1]);
      expect(valuesOf(matrix)).toEqual([1, 2, 3, 4]);
      expect(matrix.featureNames).toBe(undefined);
    }
  });

  test("keeps chosen features in the order asked for", async () => {
    const matrix = await toMatrix("a,b,c\n1,2,3\n", { features: ["c", "a"] });
    expect(matrix.featureNames).toEqual(["c", "a"]);
    expect(valuesOf(matrix)).toEqual([3, 1]);
  });

  test("gives the same table whatever the size of its blocks", async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i},${i % 3 ? i / 7 : ""},${i % 2}`);
    const text = `a,b,y\n${rows.join("\n")}\n`;
    const expected = valuesOf(await toMatrix(text, { label: "y" }));
    for (const blockRowCount of [1, 7, 1000, 3000, 5000]) {
      const matrix = await toMatrix(text, { label: "y", blockRowCount });
      expect(valuesOf(matrix)).toEqual(expected);
    }
  });

  test("codes text columns by their sorted values, so that the order of rows does not matter", async () => {
    const rows = ["red,1", "blue,2", "green,3", ",4", "blue,5"];
    const first = await toMatrix(`colour,x\n${rows.join("\n")}\n`);
    expect(first.categories).toEqual([["blue", "green", "red"], null]);
    expect(first.featureTypes).toEqual(["c", "q"]);
    expect(valuesOf(first)).toEqual([2, 1, 0, 2, 1, 3, null, 4, 0, 5]);
    const second = await toMatrix(`colour,x\n${[...rows].reverse().join("\n")}\n`);
    expect(second.categories).toEqual(first.categories);
    const reversed = [0, 5, null, 4, 1, 3, 0, 2, 2, 1];
    expect(valuesOf(second)).toEqual(reversed);
  });

  test("codes listed numeric columns by their sorted values, or takes the values as codes", async () => {
    const text = "zip,x\n90210,1\n10001,2\n-9,3\n90210,4\n";
    const coded = await toMatrix(text, { categorical: ["zip"], missing: -9 });
    expect(coded.categories).toEqual([[10001, 90210], null]);
    expect(valuesOf(coded)).toEqual([1, 1, 0, 2, null, 3, 1, 4]);
    const raw = await toMatrix("c,x\n5,1\n0,2\n", { categorical: ["c"], categoryEncoding: "codes" });
    expect(raw.featureTypes).toEqual(["c", "q"]);
    expect(raw.categories).toBe(undefined);
    expect(valuesOf(raw)).toEqual([5, 1, 0, 2]);
  });

  test("reads a numeric-looking column as text when told to", async () => {
    const matrix = await toMatrix("id,x\n01,1\n1,2\n", { textColumns: ["id"] });
    expect(matrix.categories).toEqual([["01", "1"], null]);
  });

  test("codes class labels in sorted order: numbers by size, texts by code unit", async () => {
    const numbers = await toMatrix("1,10\n2,9\n3,10\n4,-1\n", { label: -1, labelKind: "class" });
    expect(numbers.labelClasses).toEqual([-1, 9, 10]);
    expect([...numbers.label!]).toEqual([2, 1, 2, 0]);
    const texts = await toMatrix("x,y\n1,b\n2,B\n3,ä\n4,b\n", { label: "y", labelKind: "class" });
    expect(texts.labelClasses).toEqual(["B", "b", "ä"]);
    expect([...texts.label!]).toEqual([1, 0, 2, 1]);
  });

  test("keeps to a given coding of labels and categories", async () => {
    const matrix = await toMatrix("c,n,y\nb,7,no\n", {
      label: "y",
      labelKind: "class",
      labelClasses: ["maybe", "no", "yes"],
      categories: [
        ["a", "b", "c"],
        [5, 6, 7],
      ],
    });
    expect(valuesOf(matrix)).toEqual([1, 2]);
    expect([...matrix.label!]).toEqual([1]);
    expect(matrix.labelClasses).toEqual(["maybe", "no", "yes"]);
    expect(matrix.categories).toEqual([
      ["a", "b", "c"],
      [5, 6, 7],
    ]);
    expect(matrix.featureTypes).toEqual(["c", "c"]);
  });

  test("reads a column as the given coding has it, not as its first rows look", async () => {
    const matrix = await toMatrix("c,x\n1,\n", { categories: [["1", "x"], null] });
    expect(valuesOf(matrix)).toEqual([0, null]);
  });

  test("takes marked values as missing", async () => {
    const matrix = await toMatrix("a,b,c\n-999,?,1\n2,-999,0.1\n", { missing: ["?", -999, "0.1"] });
    expect(valuesOf(matrix)).toEqual([null, null, 1, 2, null, null]);
  });
});

describe("tableToSplit", () => {
  const rows = Array.from({ length: 2000 }, (_, i) => `${i},${"abc"[i % 3]},${i % 5}`);
  const text = `i,c,y\n${rows.join("\n")}\n`;

  test("sends each row by the hash of seed and row number, in row order, codings shared", async () => {
    const { train, valid } = await toSplit(text, {
      label: "y",
      labelKind: "class",
      validFraction: 0.25,
      seed: 3,
      blockRowCount: 64,
    });
    const whole = await toMatrix(text, { label: "y", labelKind: "class" });
    const isValid = rows.map((_, i) => uniform(3, 0x53504c49, 0, 0, i) < 0.25);
    const pick = (wanted: boolean) =>
      valuesOf(whole).filter((_, k) => isValid[Math.floor(k / whole.featureCount)] === wanted);
    expect(valuesOf(train)).toEqual(pick(false));
    expect(valuesOf(valid)).toEqual(pick(true));
    expect(valid.rowCount / 2000).toBeCloseTo(0.25, 1);
    expect(train.categories).toEqual(valid.categories);
    expect(valid.labelClasses).toEqual([0, 1, 2, 3, 4]);
    expect([...train.label!]).toEqual([...whole.label!].filter((_, i) => !isValid[i]));
  });

  test("keeps the rows of a query together", async () => {
    const ranked = `q,x,y\n${Array.from({ length: 600 }, (_, i) => `${Math.floor(i / 6)},${i},0`).join("\n")}\n`;
    const { train, valid } = await toSplit(ranked, { label: "y", queryId: "q", validFraction: 0.3 });
    expect(train.queryOffsets!.length + valid.queryOffsets!.length).toBe(102);
    for (const part of [train, valid]) {
      const values = valuesOf(part) as number[];
      for (let i = 0; i < values.length; i += 6)
        expect(Math.floor(values[i] / 6)).toBe(Math.floor(values[i + 5] / 6));
      expect([...part.queryOffsets!].every((offset, q) => offset === 6 * q)).toBe(true);
    }
  });

  test("loses and doubles no row, whatever fraction and seed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0.1, max: 0.9 }), fc.integer(), async (validFraction, seed) => {
        const { train, valid } = await toSplit(text, { validFraction, seed, features: ["i"] });
        const all = [...valuesOf(train), ...valuesOf(valid)] as number[];
        expect(all.sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
      }),
      { numRuns: 20, seed: 7201 },
    );
  });

  test("refuses a fraction outside (0, 1) and a part without rows", async () => {
    for (const validFraction of [0, 1, -1, NaN]) {
      await expect(toSplit(text, { validFraction })).rejects.toThrow(
        "`validFraction` must be a number in (0, 1)",
      );
    }
    await expect(toSplit("a,b\n1,2\n", { validFraction: 1e-6 })).rejects.toThrow(
      "t.csv (validation part): a table must have at least one row",
    );
  });
});

describe("bad tables", () => {
  const bad: [string, string, TableOptions & CsvOptions, string][] = [
    ["no rows", "a,b\n", { hasHeader: true }, "t.csv: a table must have at least one row, got none"],
    [
      "a missing label column",
      "Elevation,Cover_Type\n1,2\n",
      { label: "cover_typ" },
      't.csv: `label` must be a column of the table, got "cover_typ" (did you mean "Cover_Type"?); its columns are "Elevation", "Cover_Type"',
    ],
    [
      "a name in a table without a header",
      "1,2\n",
      { label: "y" },
      't.csv: `label` must be a position in [-2, 2) because the table has no header, got "y"',
    ],
    ["a position too far", "a,b\n1,2\n", { label: 2 }, "t.csv: `label` must be a position in [-2, 2), got 2"],
    ["a missing label", "a,y\n1,2\n3,\n", { label: "y" }, 't.csv:3: the label (column "y") is missing'],
    [
      "an infinite label",
      "a,y\n1,2\n3,1e39\n",
      { label: "y" },
      't.csv:3: the label (column "y") must be a finite number, got 1e+39',
    ],
    [
      "text labels for numbers",
      "a,y\n1,yes\n",
      { label: "y" },
      't.csv: the label (column "y") must be numeric for `labelKind` "number", got text; use "class" for classes',
    ],
    [
      "an unknown class",
      "a,y\n1,2\n2,9\n",
      { label: "y", labelKind: "class", labelClasses: [1, 2] },
      't.csv:3: unknown label class 9 (column "y"); known are 1, 2',
    ],
    [
      "an unknown category",
      "a,c\n1,x\n2,zz\n",
      { categories: [null, ["x", "y"]] },
      't.csv:3: unknown category "zz" in column "c": it was not among the 2',
    ],
    [
      "text in a feature that the model knows as numeric",
      "a,c\n1,x\n",
      { categories: [null, null] },
      't.csv:2: column "c" must hold numbers, got "x"',
    ],
    [
      "another number of features than the model's",
      "a,c\n1,x\n",
      { categories: [null] },
      "t.csv: the table must have 1 features like the model or table it is read for, got 2",
    ],
    [
      "an infinite feature",
      "a,b\n1,2\n-inf,3\n",
      {},
      't.csv:3: feature values must be finite in float32 or missing, got -Infinity in column "a"',
    ],
    [
      "a feature beyond float32",
      "a,b\n1,1e39\n",
      {},
      't.csv:2: feature values must be finite in float32 or missing, got 1e+39 in column "b"',
    ],
    [
      "a negative weight",
      "a,w\n1,-2\n",
      { weight: "w" },
      't.csv:2: column "w" must be a finite number of at least 0, got -2',
    ],
    [
      "a missing base margin",
      "a,m\n1,\n",
      { baseMargin: "m" },
      't.csv:2: column "m" must be a finite number, got NaN',
    ],
    [
      "a query in two places",
      "a,q\n1,1\n2,2\n3,1\n",
      { queryId: "q" },
      "t.csv:4: rows of a query must stand together, got query 1 a second time",
    ],
    ["a missing query id", "a,q\n1,\n", { queryId: "q" }, "t.csv:2: the query id is missing"],
    [
      "a numeric query id that doubles cannot tell apart",
      "a,q\n1,9007199254740993\n",
      { queryId: "q" },
      "t.csv:2: a numeric query id must be an integer below 2^53, got 9007199254740992; read the column as text",
    ],
    [
      "a fraction as a category",
      "a,b\n1,2\n1.5,3\n",
      { categorical: ["a"] },
      't.csv:3: categories of a numeric column must be integers, got 1.5 in column "a"',
    ],
    [
      "blocks without rows",
      "a\n1\n",
      { blockRowCount: 0 },
      "`blockRowCount` must be an integer in [1, infinity), got 0",
    ],
    ["no features", "a\n1\n", { label: "a" }, "t.csv: a table must have at least one feature column"],
    [
      "a feature that is the label",
      "a,b\n1,2\n",
      { label: "a", features: ["a", "b"] },
      '`features` must be distinct columns without another role, got "a" which has another role',
    ],
  ];
  test.each(bad)("%s: the message names place, rule and value", async (_, text, options, message) => {
    await expect(toMatrix(text, options)).rejects.toMatchObject({
      name: "CoppiceError",
      message: expect.stringContaining(message),
    });
  });

  test("an aborted signal stops reading", async () => {
    await expect(toMatrix("a,b\n1,2\n", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  test("the source is closed after success and after failure", async () => {
    let closed = 0;
    const source = { ...bytesSource("t.csv", "a,b\n1,x\n"), close: async () => void closed++ };
    await tableToDMatrix(await openCsv(source));
    await expect(tableToDMatrix(await openCsv(source), { label: "nope" })).rejects.toThrow();
    expect(closed).toBe(2);
  });
});
