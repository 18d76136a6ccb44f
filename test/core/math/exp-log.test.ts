import { expect, test } from "vitest";
import { exp, lgamma, log } from "../../../src/core/math/exp-log.ts";

/** The distance of two doubles in units of the last place of `b`. */
function ulps(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(b));
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return Math.abs(a - b) / (view.getFloat64(0) - Math.abs(b));
}

// The engine's own functions err by less than one ulp, so two bounds it.
test("exp is within two ulp of the engine's on its whole range", () => {
  for (let i = -7450; i <= 7097; i++) {
    const x = i / 10 + i * 1e-7;
    expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(2);
  }
});

test("exp is exact where the result is", () => {
  const cases = [
    [0, 1],
    [-0, 1],
    [Infinity, Infinity],
    [-Infinity, 0],
    [710, Infinity],
    [-746, 0],
    [-745.1332191019411, Number.MIN_VALUE],
    [709.782712893384, 1.797693134862273e308],
  ];
  for (const [x, y] of cases) expect(ulps(exp(x), y)).toBeLessThanOrEqual(1);
  expect(exp(NaN)).toBeNaN();
});

test("log is within two ulp of the engine's, from subnormals to the largest doubles", () => {
  for (let i = -1074; i < 1024; i++) {
    const x = 2 ** i * (1 + ((i + 1074) % 97) / 97);
    expect(ulps(log(x), Math.log(x))).toBeLessThanOrEqual(2);
  }
  for (let i = 1; i < 2000; i++) {
    const x = 1 + (i - 1000) / 4000;
    expect(ulps(log(x), Math.log(x))).toBeLessThanOrEqual(2);
  }
});

test("log is exact where the result is", () => {
  expect([log(1), log(0), log(-0), log(Infinity)]).toEqual([0, -Infinity, -Infinity, Infinity]);
  expect(log(-1)).toBeNaN();
  expect(log(NaN)).toBeNaN();
});

test("lgamma of n + 1 is the logarithm of n factorial", () => {
  let logFactorial = 0;
  for (let n = 1; n <= 170; n++) {
    logFactorial += Math.log(n);
    expect(lgamma(n + 1)).toBeCloseTo(logFactorial, 11);
  }
  expect([lgamma(1), lgamma(2), lgamma(Infinity)]).toEqual([0, 0, Infinity]);
  expect(lgamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
  expect(lgamma(-1)).toBeNaN();
});
