import { describe, expect, test } from "vitest";
import { numbersToTexts, parseNumberText, textsToNumbers } from "../../../src/input/table/convert.ts";

describe("parseNumberText", () => {
  test.each([
    ["1", 1],
    ["-.5e3", -500],
    ["+7.", 7],
    ["1e400", Infinity],
    ["inf", Infinity],
    ["-Infinity", -Infinity],
    ["NaN", NaN],
  ])("reads %j as %d", (text, value) => {
    expect(parseNumberText(text)).toBe(value);
  });

  test.each(["0x10", "1_000", "1,5", "", "1 2", "true", "--1", "infinit"])("refuses %j", (text) => {
    expect(parseNumberText(text)).toBe(undefined);
  });
});

test("numbers become their texts and texts their numbers", () => {
  const numbers = { kind: "number" as const, values: Float64Array.of(1.5, NaN, -2, 1.5) };
  const texts = numbersToTexts(numbers, 4);
  expect(texts.dictionary).toEqual(["1.5", "-2"]);
  expect([...texts.codes]).toEqual([0, -1, 1, 0]);
  expect(textsToNumbers(texts, 4, "column", String).values).toEqual(numbers.values);
});

test("a text that is no number is an error that names its row", () => {
  const texts = { kind: "string" as const, codes: Int32Array.of(1, 0), dictionary: ["x", "2"] };
  expect(() => textsToNumbers(texts, 2, "column c", (row) => `t, row ${row}`)).toThrow(
    't, row 1: column c must hold numbers, got "x"',
  );
});
