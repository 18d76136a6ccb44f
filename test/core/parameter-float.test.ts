import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatGeneral } from "../../src/core/format-float.ts";
import { parameterFloat } from "../../src/core/parameter-float.ts";

// Made by fixtures/parameters.py with XGBoost 3.4.1.
const golden = JSON.parse(readFileSync(new URL("../../fixtures/parameters.json", import.meta.url), "utf8"));

test("a parameter means the float32 that XGBoost reads, and is spelled as it spells it", () => {
  expect(golden.pairs.length).toBeGreaterThan(200);
  for (const [value, spelled] of golden.pairs) {
    expect([value, formatGeneral(parameterFloat(value), 9)]).toEqual([value, spelled]);
  }
});

test("a parameter that is a float32 already stays as it is", () => {
  for (let i = 0; i < 2000; i++) {
    const value = Math.fround((i * 7919) / 2 ** (i % 40));
    if (value > 1e-4) expect(parameterFloat(value)).toBe(value);
  }
  expect([parameterFloat(-1.83), parameterFloat(0)]).toEqual([-parameterFloat(1.83), 0]);
  expect(parameterFloat(Infinity)).toBe(Infinity);
});
