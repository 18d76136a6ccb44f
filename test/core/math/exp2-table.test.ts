import { expect, test } from "vitest";
import {
  FRACTIONAL_POWER_TAILS,
  FRACTIONAL_POWERS,
  MAX_EXPONENT,
  MIN_EXPONENT,
  WHOLE_POWERS,
} from "../../../src/core/math/exp2-table.ts";

const POINT = 200n;

/** A double of magnitude below 2 as an exact integer multiple of 2^-POINT. */
function fixed(value: number): bigint {
  let shift = POINT;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift--;
  }
  return BigInt(scaled) << shift;
}

/** Whether `value` (in units of 2^-POINT) lies below 2^(i / 32), by the 32nd power of both. */
function isBelow(value: bigint, i: number): boolean {
  return value ** 32n < 1n << (POINT * 32n + BigInt(i));
}

test("a fractional power is 2^(i/32) rounded to nearest", () => {
  const halfUlp = 1n << (POINT - 53n);
  for (let i = 1; i < 32; i++) {
    const power = fixed(FRACTIONAL_POWERS[i]);
    expect(isBelow(power - halfUlp, i)).toBe(true);
    expect(isBelow(power + halfUlp, i)).toBe(false);
  }
});

test("a fractional power and its tail lie within 2^-106 of 2^(i/32)", () => {
  const tolerance = 1n << (POINT - 106n);
  for (let i = 1; i < 32; i++) {
    const power = fixed(FRACTIONAL_POWERS[i]) + fixed(FRACTIONAL_POWER_TAILS[i]);
    expect(isBelow(power - tolerance, i)).toBe(true);
    expect(isBelow(power + tolerance, i)).toBe(false);
  }
});

test("a whole power is 2^k, from the smallest subnormal to the largest power", () => {
  expect(WHOLE_POWERS[0]).toBe(Number.MIN_VALUE);
  for (let k = MIN_EXPONENT; k <= MAX_EXPONENT; k++) {
    expect(WHOLE_POWERS[k - MIN_EXPONENT]).toBe(2 ** k);
  }
});
