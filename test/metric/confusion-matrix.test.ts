import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accuracyOf, classRates, countConfusion } from "../../src/metric/confusion-matrix.ts";

const codes = fc
  .tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 60 }))
  .chain(([classCount, rows]) =>
    fc.record({
      classCount: fc.constant(classCount),
      label: fc.array(fc.integer({ min: 0, max: classCount - 1 }), { minLength: rows, maxLength: rows }),
      predicted: fc.array(fc.integer({ min: 0, max: classCount - 1 }), { minLength: rows, maxLength: rows }),
    }),
  );
const namesOf = (classCount: number) => Array.from({ length: classCount }, (_, c) => `c${c}`);

describe("a confusion matrix", () => {
  it("counts every row once, in the row of its label and the column of its prediction", () => {
    fc.assert(
      fc.property(codes, ({ classCount, label, predicted }) => {
        const { counts } = countConfusion(label, predicted, namesOf(classCount));
        for (let t = 0; t < classCount; t++) {
          for (let p = 0; p < classCount; p++) {
            const expected = label.filter((code, row) => code === t && predicted[row] === p).length;
            expect(counts[t * classCount + p]).toBe(expected);
          }
        }
      }),
      { seed: 20261, numRuns: 200 },
    );
  });

  it("has as accuracy the share of equal pairs", () => {
    fc.assert(
      fc.property(codes, ({ classCount, label, predicted }) => {
        const matrix = countConfusion(label, predicted, namesOf(classCount));
        const right = label.filter((code, row) => code === predicted[row]).length;
        expect(accuracyOf(matrix)).toBe(right / label.length);
      }),
      { seed: 20262, numRuns: 200 },
    );
  });

  it("counts weight 2 as the row twice", () => {
    const names = namesOf(3);
    const weighted = countConfusion([0, 1, 2], [0, 2, 2], names, [2, 1, 1]);
    expect(weighted).toEqual(countConfusion([0, 0, 1, 2], [0, 0, 2, 2], names));
  });

  it("gives precision, recall and F1 of each class", () => {
    const matrix = countConfusion([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 0], namesOf(4));
    const [first, second, third, fourth] = classRates(matrix);
    expect(first).toEqual({ name: "c0", support: 3, precision: 2 / 4, recall: 2 / 3, f1: 4 / 7 });
    expect(second).toEqual({ name: "c1", support: 2, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 });
    expect(third).toEqual({ name: "c2", support: 1, precision: NaN, recall: 0, f1: 0 });
    expect(fourth).toEqual({ name: "c3", support: 0, precision: NaN, recall: NaN, f1: 0 });
  });

  it("refuses a code that is no class, naming row and value", () => {
    expect(() => countConfusion([0, 3], [0, 0], namesOf(3))).toThrow(
      "`label` must be a class code in [0, 3), got 3 in row 1",
    );
    expect(() => countConfusion([0], [NaN], namesOf(3))).toThrow("got NaN in row 0");
    expect(() => countConfusion([0], [0, 1], namesOf(3))).toThrow("1 labels, got 2");
  });
});
