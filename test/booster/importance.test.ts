// Importance of features, against XGBoost's.

import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import type { ImportanceKind } from "../../src/booster/importance.ts";
import { caseNames, readCase, TARGET_VERSION } from "../model/xgboost-cases.ts";

const kinds: readonly [ImportanceKind, string][] = [
  ["weight", "weight"],
  ["gain", "gain"],
  ["cover", "cover"],
  ["totalGain", "total_gain"],
  ["totalCover", "total_cover"],
];

describe(`importance equals that of XGBoost ${TARGET_VERSION}`, () => {
  for (const name of caseNames(TARGET_VERSION)) {
    const { json, expected } = readCase(TARGET_VERSION, name);
    for (const [kind, theirs] of kinds) {
      const importance = expected.importance?.[theirs];
      if (importance)
        test(`${kind} of ${name}`, () => {
          expect(loadModel(json).importance(kind)).toEqual(importance);
        });
    }
  }
});

test("an unknown kind is refused, and for a linear model every one but weight", () => {
  const trees = loadModel(readCase(TARGET_VERSION, "regression").json);
  expect(() => trees.importance("total_gain" as "totalGain")).toThrow('got "total_gain"');
  const linear = loadModel(readCase(TARGET_VERSION, "gblinear").json);
  expect(() => linear.importance("gain")).toThrow('must be "weight"');
});
