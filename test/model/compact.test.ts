// The compact form: nothing is lost, and what is damaged is refused.

import { describe, expect, test } from "vitest";
import { Predictor } from "../../src/booster/predictor.ts";
import { readCompactModel } from "../../src/model/compact/compact-reader.ts";
import { writeCompactModel } from "../../src/model/compact/compact-writer.ts";
import { readModel } from "../../src/model/model-reader.ts";
import { writeModel } from "../../src/model/model-writer.ts";
import { caseNames, readCase, TARGET_VERSION } from "./xgboost-cases.ts";

const cases = caseNames(TARGET_VERSION);

test.each(cases)("%s comes back with the bytes of its model file and its predictions", (name) => {
  const { json, data } = readCase(TARGET_VERSION, name);
  const model = readModel(json);
  const again = readCompactModel(writeCompactModel(model));
  expect(writeModel(again, "json")).toEqual(writeModel(model, "json"));
  expect(new Predictor(again).predict(data)).toEqual(new Predictor(model).predict(data));
});

describe("bytes", () => {
  const bytes = writeCompactModel(readModel(readCase(TARGET_VERSION, cases[0]).json));

  test("may begin anywhere in a buffer", () => {
    for (const offset of [1, 2, 3, 4]) {
      const moved = new Uint8Array(bytes.length + offset);
      moved.set(bytes, offset);
      expect(readCompactModel(moved.subarray(offset))).toEqual(readCompactModel(bytes));
    }
    expect(readCompactModel(Buffer.from(bytes))).toEqual(readCompactModel(bytes));
  });

  test("cut off anywhere are refused", () => {
    for (let end = 0; end < bytes.length; end += Math.ceil(bytes.length / 300)) {
      expect(() => readCompactModel(bytes.slice(0, end))).toThrow(/^not a compact model: /);
    }
  });

  test("altered anywhere are refused", () => {
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 300)) {
      const altered = bytes.slice();
      altered[at] ^= 0x10;
      expect(() => readCompactModel(altered)).toThrow(/^not a compact model: /);
    }
  });

  test("of another form are refused", () => {
    const { json, ubj } = readCase(TARGET_VERSION, cases[0]);
    expect(() => readCompactModel(json)).toThrow("begins otherwise");
    expect(() => readCompactModel(ubj)).toThrow("begins otherwise");
    expect(() => readCompactModel(new Uint8Array(0))).toThrow("too short");
  });
});

test("trees that are none are refused, whatever the checksum", () => {
  const name = cases.find((each) => readModel(readCase(TARGET_VERSION, each).json).trees[0]?.nodeCount > 4)!;
  const model = readModel(readCase(TARGET_VERSION, name).json);
  const [tree] = model.trees;
  const withLeft = (left: number) => {
    const wrong = tree.left.slice();
    wrong[0] = left;
    return writeCompactModel({ ...model, trees: [{ ...tree, left: wrong }, ...model.trees.slice(1)] });
  };
  for (const left of [0, tree.right[0], tree.nodeCount, 2 ** 30, -7]) {
    expect(() => readCompactModel(withLeft(left))).toThrow(/tree 0/);
  }
});
