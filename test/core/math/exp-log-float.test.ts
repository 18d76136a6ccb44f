import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { expf, logf } from "../../../src/core/math/exp-log-float.ts";
import { log1pf } from "../../../src/core/math/log1p-float.ts";

// Made by fixtures/elementary.py with glibc 2.36: pairs of bit patterns (x, f(x)).
const golden = JSON.parse(
  readFileSync(new URL("../../../fixtures/elementary.json", import.meta.url), "utf8"),
);
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

test.each([
  ["expf", expf],
  ["logf", logf],
  ["log1pf", log1pf],
])("%s equals the C library's to the last bit, edge cases included", (name, f) => {
  const pairs: [number, number][] = golden[name];
  expect(pairs.length).toBeGreaterThan(700);
  for (const [input, output] of pairs) {
    bits[0] = input;
    const x = float[0];
    const y = f(x);
    bits[0] = output;
    expect({ x, y }).toEqual({ x, y: float[0] });
  }
});

test("expf ends at its overflow and underflow limits", () => {
  expect(expf(88.72283172607422)).toBeLessThan(Infinity);
  expect(expf(88.72283935546875)).toBe(Infinity);
  expect(expf(Math.fround(-103.97207))).toBe(2 ** -149);
  expect(expf(Math.fround(-103.98))).toBe(0);
  expect(expf(0)).toBe(1);
});

test("logf undoes expf to within the rounding of its argument", () => {
  for (let x = -80; x < 88; x += 0.37) {
    const rounded = Math.fround(x);
    expect(Math.abs(logf(expf(rounded)) - rounded)).toBeLessThan(1e-7 * Math.max(1, Math.abs(x)));
  }
});
