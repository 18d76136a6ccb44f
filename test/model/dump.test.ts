// Dumps, character for character XGBoost's.

import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import type { DumpFormat } from "../../src/model/dump.ts";
import { caseNames, readCase, TARGET_VERSION } from "./xgboost-cases.ts";

describe(`a dump equals that of XGBoost ${TARGET_VERSION}`, () => {
  for (const name of caseNames(TARGET_VERSION)) {
    const { json, expected } = readCase(TARGET_VERSION, name);
    for (const [format, texts] of Object.entries(expected.dumps ?? {})) {
      test(`${name} as ${format}`, () => {
        const booster = loadModel(json);
        expect(booster.dump(format as DumpFormat)).toEqual(texts);
        const withStats = booster.dump(format as DumpFormat, { withStats: true });
        expect(withStats).toEqual(expected.dumpsWithStats?.[format]);
        if (format === "json") for (const text of withStats) JSON.parse(text);
      });
    }
  }
});

test("an unknown format is refused, and a graph of a linear model", () => {
  const trees = loadModel(readCase(TARGET_VERSION, "regression").json);
  expect(() => trees.dump("yaml" as "text")).toThrow('got "yaml"');
  const linear = loadModel(readCase(TARGET_VERSION, "gblinear").json);
  expect(() => linear.dump("dot")).toThrow("no graph");
});
