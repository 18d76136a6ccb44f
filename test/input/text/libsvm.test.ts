import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SparseFeatures } from "../../../src/data/features.ts";
import { type LibsvmOptions, libsvmToDMatrix, libsvmToSplit } from "../../../src/input/text/libsvm.ts";
import { chunkedSource } from "../collect.ts";

const read = (text: string, options?: LibsvmOptions) =>
  libsvmToDMatrix([chunkedSource("t.svm", text, [7, 64, 1])], options);

describe("libsvmToDMatrix", () => {
  test("reads labels and entries, keeping indices as they are", async () => {
    const matrix = await read("1 0:1.5 3:2\n-1\t2:-4e1  \n\n# a comment\n0 1:7 # another 5:6\n");
    const features = matrix.features as SparseFeatures;
    expect([matrix.rowCount, matrix.featureCount]).toEqual([3, 4]);
    expect([...matrix.label!]).toEqual([1, -1, 0]);
    expect([...features.offsets]).toEqual([0, 2, 3, 4]);
    expect([...features.indices]).toEqual([0, 3, 2, 1]);
    expect([...features.values]).toEqual([1.5, 2, -40, 7]);
    expect(matrix.weight).toBe(undefined);
    expect(matrix.queryOffsets).toBe(undefined);
  });

  test("reads weights, queries and CRLF; NaN and marked values are missing", async () => {
    const text = "1:0.5 qid:4 1:nan 2:-9\r\n0:2 qid:4 0:1\r\n2:1 qid:10 0:3\r\n";
    const matrix = await read(text, { missing: -9, featureCount: 5 });
    expect(matrix.featureCount).toBe(5);
    expect([...matrix.weight!]).toEqual([0.5, 2, 1]);
    expect([...matrix.queryOffsets!]).toEqual([0, 2, 3]);
    expect([...(matrix.features as SparseFeatures).values]).toEqual([1, 3]);
  });

  test("codes classes in sorted order", async () => {
    const matrix = await read("7 0:1\n-1 0:2\n7 0:3\n", { labelKind: "class" });
    expect(matrix.labelClasses).toEqual([-1, 7]);
    expect([...matrix.label!]).toEqual([1, 0, 1]);
  });

  test("puts the entries of a row in ascending order", async () => {
    const matrix = await read("1 5:5 2:2 9:9\n");
    expect([...(matrix.features as SparseFeatures).indices]).toEqual([2, 5, 9]);
    expect([...(matrix.features as SparseFeatures).values]).toEqual([2, 5, 9]);
  });

  test("gives back what was written, however the bytes arrive", async () => {
    const row = fc.tuple(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.uniqueArray(fc.tuple(fc.nat(30), fc.float({ noNaN: true, noDefaultInfinity: true })), {
        selector: ([index]) => index,
        maxLength: 8,
      }),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), sizes, async (rows, chunks) => {
        const lines = rows.map(([label, entries]) => [label, ...entries.map((e) => e.join(":"))].join(" "));
        const matrix = await libsvmToDMatrix([chunkedSource("t", lines.join("\n"), chunks)], {
          featureCount: 31,
        });
        const dense = matrix.features.readRows(0, rows.length, new Float32Array(rows.length * 31));
        const expected = new Float32Array(rows.length * 31).fill(NaN);
        rows.forEach(([, entries], r) => {
          for (const [index, value] of entries) expected[r * 31 + index] = value + 0;
        });
        expect(Array.from(dense, (v) => v + 0)).toEqual([...expected]);
        expect(Array.from(matrix.label!, (v) => v + 0)).toEqual(rows.map(([label]) => label + 0));
      }),
      { numRuns: 300, seed: 7301 },
    );
  });

  test("reads several files as one table", async () => {
    const sources = [chunkedSource("a", "1 0:1\n", [100]), chunkedSource("b", "0 4:1\n2 1:1", [100])];
    const matrix = await libsvmToDMatrix(sources);
    expect([...matrix.label!]).toEqual([1, 0, 2]);
    expect(matrix.featureCount).toBe(5);
  });

  test.each([
    ["no rows", "# nothing\n", "t.svm: a table must have at least one row, got none"],
    ["a label that is no number", "1 0:1\nyes 0:2\n", 't.svm:2: expected a number, got "yes"'],
    ["a value that is no number", "1 0:1\n1 0:x\n", 't.svm:2: expected a number, got "x"'],
    ["an entry without a value", "1 0\n", "t.svm:1: an entry must be `index:value` with an integer index"],
    ["a negative index", "1 -1:3\n", "t.svm:1: an entry must be `index:value` with an integer index"],
    [
      "an infinite value",
      "1 3:inf\n",
      "t.svm:1: feature values must be finite in float32 or missing, got Infinity",
    ],
    ["an index twice", "1 3:1 2:1 3:2\n", "t.svm:1: an index must occur once in a row, got 3 twice"],
    ["some queries only", "1 qid:1 0:1\n1 0:1\n", "t.svm:2: either every row or none must have a query id"],
    ["a query in two places", "1 qid:1\n1 qid:2\n1 qid:1\n", "t.svm:3: rows of a query must stand together"],
    ["a negative weight", "1:-1 0:1\n", "t.svm:1: a weight must be at least 0, got -1"],
  ])("%s is an error that names the line", async (_, text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: "INVALID_DATA",
      message: expect.stringContaining(message),
    });
  });

  test("an index beyond the model's features is an error", async () => {
    await expect(read("1 7:1\n", { featureCount: 7 })).rejects.toThrow('integer index in [0, 7), got "7:1"');
  });
});

describe("libsvmToSplit", () => {
  test("keeps queries whole and gives both parts the same features", async () => {
    const lines = Array.from({ length: 400 }, (_, i) => `${i % 3} qid:${i >> 2} ${i % 11}:1`);
    const { train, valid } = await libsvmToSplit([chunkedSource("t", lines.join("\n"), [99])], {
      validFraction: 0.3,
      seed: 1,
    });
    expect(train.rowCount + valid.rowCount).toBe(400);
    expect(train.featureCount).toBe(11);
    expect(valid.featureCount).toBe(11);
    for (const part of [train, valid]) {
      expect([...part.queryOffsets!].every((offset, q) => offset === 4 * q)).toBe(true);
    }
  });
});
