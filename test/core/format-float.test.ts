import { expect, test } from "vitest";
import { formatGeneral } from "../../src/core/format-float.ts";

test("a number is written as C's %.9g writes it", () => {
  const cases: [number, string][] = [
    [Math.fround(0.3), "0.300000012"],
    [1, "1"],
    [0, "0"],
    [-0, "-0"],
    [1e9, "1e+09"],
    [999999999, "999999999"],
    [123456789.5, "123456790"],
    [1234567.125, "1234567.12"],
    [1234567.375, "1234567.38"],
    [1e-4, "0.0001"],
    [1e-5, "1e-05"],
    [-2.5e-7, "-2.5e-07"],
    [1.401298464324817e-45, "1.40129846e-45"],
    [3.4028234663852886e38, "3.40282347e+38"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [NaN, "nan"],
  ];
  for (const [value, text] of cases) expect(formatGeneral(value, 9)).toBe(text);
});

test("a number is written as C's %g writes it", () => {
  expect(formatGeneral(Math.fround(1.83), 6)).toBe("1.83");
  expect(formatGeneral(1234567, 6)).toBe("1.23457e+06");
  expect(formatGeneral(100000, 6)).toBe("100000");
});
