// Predictions of models that XGBoost wrote, against XGBoost's own, and what a booster refuses.

import { describe, expect, test } from "vitest";
import { type Booster, loadModel } from "../../src/booster/booster.ts";
import { DMatrix, type DMatrixInfo } from "../../src/data/dmatrix.ts";
import { caseNames, decodeFloats, readCase, TARGET_VERSION, versions } from "../model/xgboost-cases.ts";

/** Float32 numbers as their bits, so that -0 and NaN count. */
function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}

function boosterOf(name: string): Booster {
  return loadModel(readCase(TARGET_VERSION, name).json);
}

const formats = ["json", "ubj"] as const;

for (const version of versions) {
  describe(`a model of XGBoost ${version}`, () => {
    for (const name of caseNames(version)) {
      const { json, ubj, data, expected } = readCase(version, name);
      for (const [format, bytes] of [
        ["JSON", json],
        ["UBJSON", ubj],
      ] as const) {
        test(`${name} from ${format} gives the same margins and predictions bit for bit`, () => {
          const booster = loadModel(bytes);
          const margins = booster.predict(data, { kind: "margin" });
          expect(bitsOf(margins)).toEqual(bitsOf(decodeFloats(expected.margin)));
          expect(bitsOf(booster.predict(data))).toEqual(bitsOf(decodeFloats(expected.value)));
        });
      }
    }
  });
}

describe(`a model of XGBoost ${TARGET_VERSION}, further`, () => {
  for (const name of caseNames(TARGET_VERSION)) {
    const { json, data, expected } = readCase(TARGET_VERSION, name);
    const booster = loadModel(json);

    if (expected.leaf)
      test(`${name} leads rows to the same leaves`, () => {
        expect(booster.predict(data, { kind: "leaf" })).toEqual(decodeFloats(expected.leaf!));
      });

    if (expected.marginFromRound1)
      test(`${name} gives the same margins without its first round`, () => {
        const rounds = [1, booster.roundCount] as const;
        const margins = booster.predict(data, { kind: "margin", rounds });
        expect(bitsOf(margins)).toEqual(bitsOf(decodeFloats(expected.marginFromRound1!)));
        expect(booster.slice(1).predict(data, { kind: "margin" })).toEqual(margins);
      });

    if (expected.slice)
      test(`${name} without its first round is the same file`, () => {
        expect(new TextDecoder().decode(booster.slice(1).toBytes("json"))).toBe(expected.slice);
      });

    test(`${name} saved and loaded predicts the same`, () => {
      const margins = booster.predict(data, { kind: "margin" });
      for (const format of formats) {
        const again = loadModel(booster.toBytes(format));
        expect(bitsOf(again.predict(data, { kind: "margin" }))).toEqual(bitsOf(margins));
      }
    });

    if (!expected.baseMargin)
      test(`${name} predicts row by row the same`, () => {
        const { groupCount, featureCount } = booster.model;
        const row = new Float32Array(featureCount);
        for (const kind of ["value", "margin"] as const) {
          const all = booster.predict(data, { kind });
          const width = all.length / data.rowCount;
          const out = new Float32Array(groupCount);
          for (let r = 0; r < data.rowCount && !expected.categories; r++) {
            const values = data.features.readRows(r, r + 1, row);
            expect(booster.predictRow(values, out, kind)).toBe(out);
            expect(out.subarray(0, width)).toEqual(all.subarray(r * width, (r + 1) * width));
          }
        }
      });
  }
});

describe("predict", () => {
  const regression = boosterOf("regression");
  const rows = [
    [0.1, 0.2, 0.3, 0.4],
    [1, 2, 3, 4],
  ];

  test("takes missing for the features that the data do not have", () => {
    const short = DMatrix.fromRows(rows.map((row) => row.slice(0, 2)));
    const filled = DMatrix.fromRows(rows.map(([a, b]) => [a, b, null, null]));
    expect(regression.predict(short)).toEqual(regression.predict(filled));
    const out = new Float32Array(1);
    expect(regression.predictRow(rows[0].slice(0, 2), out)[0]).toBe(regression.predict(short)[0]);
  });

  test("gives the same from dense and from sparse tables", () => {
    const sparse = DMatrix.fromCSR([0, 2, 3], [0, 3, 1], [0.5, -1, 2], { featureCount: 4 });
    const dense = DMatrix.fromRows([
      [0.5, null, null, -1],
      [null, 2, null, null],
    ]);
    expect(regression.predict(sparse)).toEqual(regression.predict(dense));
  });

  test("gives nothing for no rows", () => {
    expect(regression.predict(DMatrix.fromDense([], { rowCount: 0, featureCount: 4 }))).toHaveLength(0);
  });

  test("gives the number of the class, and the user's label where the model knows it", () => {
    const { data } = readCase(TARGET_VERSION, "softprob");
    const softprob = boosterOf("softprob");
    const values = softprob.predict(data);
    const codes = softprob.predict(data, { kind: "class" });
    for (let r = 0; r < data.rowCount; r++) {
      const own = values.subarray(3 * r, 3 * r + 3);
      expect(codes[r]).toBe(own.indexOf(Math.max(...own)));
    }
    expect(softprob.labelClasses).toBeUndefined();
    expect(softprob.predictLabels(data)).toEqual(Array.from(codes));
    const classes = ["low", "high", 7];
    const named = softprob.withAttributes({ coppice_label_classes: JSON.stringify(classes) });
    expect(named.labelClasses).toEqual(classes);
    expect(loadModel(named.toBytes("ubj")).predictLabels(data)).toEqual(
      Array.from(codes, (code) => classes[code]),
    );
  });

  test("draws the line between two classes at one half", () => {
    const { data } = readCase(TARGET_VERSION, "logistic");
    for (const name of ["logistic", "logitraw", "hinge"]) {
      const booster = boosterOf(name);
      const values = booster.predict(data);
      const middle = name === "logitraw" ? 0 : 0.5;
      const expected = values.map((value) => (value > middle ? 1 : 0));
      expect(booster.predict(data, { kind: "class" })).toEqual(expected);
    }
  });

  test("codes categories by their names", () => {
    const { data } = readCase(TARGET_VERSION, "category-names");
    const booster = boosterOf("category-names");
    const codes = data.features.readRows(0, data.rowCount, new Float32Array(3 * data.rowCount));
    const anew = (names: readonly string[]) => {
      const old = data.categories![0] as readonly string[];
      const table = codes.map((code, i) => (i % 3 === 0 && code >= 0 ? names.indexOf(old[code]) : code));
      const categories = [names, data.categories![1], null];
      return DMatrix.fromDense(table, { rowCount: data.rowCount, featureCount: 3, categories });
    };
    const expected = booster.predict(data);
    expect(booster.predict(anew(["zebra", "apple", "äpfel"]))).toEqual(expected);
    expect(booster.predict(anew(["never", "äpfel", "zebra", "apple"]))).toEqual(expected);
  });

  test("tells what does not fit the model", () => {
    const fails =
      (info: DMatrixInfo, values: number[][] = rows) =>
      () =>
        regression.predict(DMatrix.fromRows(values, info));
    expect(fails({}, [[1, 2, 3, 4, 5]])).toThrow("at most the 4 features of the model, got 5");
    expect(() => regression.predictRow([1, 2, 3, 4, 5], new Float32Array(1))).toThrow("got 5");
    const [a, b, c, d] = regression.featureNames;
    expect(fails({ featureNames: [a, "x", c, d] })).toThrow('missing "height"; unexpected "x"');
    expect(fails({ featureNames: [b, a, c, d] })).toThrow(
      'at position 0 the model has "width", the data "height"',
    );
    expect(fails({ featureNames: [b, c, d] }, [[1, 2, 3]])).toThrow('missing "width"; fewer features');
    expect(fails({ featureNames: [a, b, c] }, [[1, 2, 3]])).not.toThrow();
    const loose = DMatrix.fromRows(rows, { featureNames: ["p", "q", "r", "s"] });
    expect(regression.predict(loose, { strict: false })).toEqual(regression.predict(DMatrix.fromRows(rows)));
    expect(fails({ baseMargin: [1, 2, 3, 4] })).toThrow("2 × 1 values, got 4");
  });

  test("tells which category the model does not know, and in which row", () => {
    const booster = boosterOf("category-names");
    const categories = [["apple", "yak"], null, null];
    const unknown = DMatrix.fromDense([0, 0, 0, 1, 0, 0], { rowCount: 2, featureCount: 3, categories });
    expect(() => booster.predict(unknown)).toThrow('feature "few" has the category "yak" in row 1');
    const unused = DMatrix.fromDense([0, 0, 0], { rowCount: 1, featureCount: 3, categories });
    expect(booster.predict(unused)).toHaveLength(1);
    const numbers = DMatrix.fromDense([0, 0, 0], {
      rowCount: 1,
      featureCount: 3,
      categories: [[1], null, null],
    });
    expect(() => booster.predict(numbers)).toThrow("must be strings as in the model, got numbers");
  });

  test("refuses options that do not fit", () => {
    const data = DMatrix.fromRows(rows);
    for (const rounds of [
      [0, 4],
      [-1, 2],
      [2, 1],
      [0.5, 1],
    ] as const) {
      expect(() => regression.predict(data, { rounds })).toThrow("within the 3 rounds of the model");
    }
    expect(() => regression.predict(data, { kind: "class" })).toThrow("needs a classifier");
    expect(() => regression.predict(data, { kind: "probability" as "value" })).toThrow('"probability"');
    const linear = boosterOf("gblinear");
    expect(() => linear.predict(data, { kind: "leaf" })).toThrow("has no leaves");
    expect(() => linear.predict(data, { rounds: [0, 1] })).toThrow("gblinear");
    expect(() => linear.slice(0, 1)).toThrow("gblinear");
    expect(() => regression.slice(1, 1)).toThrow("at least one round");
    const torn = regression.withAttributes({ coppice_label_classes: "{" });
    expect(() => torn.labelClasses).toThrow("coppice_label_classes");
  });
});

test("the best iteration is the attribute that XGBoost keeps it in", () => {
  expect(boosterOf("regression").bestIteration).toBe(1);
  expect(boosterOf("logistic").bestIteration).toBeUndefined();
  expect(boosterOf("regression").slice(0, 2).bestIteration).toBeUndefined();
});
