// The order of equal values is that of std::sort; the expected orders were printed by a C++ program
// (g++ 12.2, libstdc++) that sorts the same pairs and lists their weights.

import { expect, test } from "vitest";
import { introsortPairs } from "../../src/data/introsort.ts";

test("equal values end up in the order of libstdc++'s std::sort", () => {
  const values = Float32Array.from({ length: 60 }, (_, i) => (i * 7919) % 10);
  const weights = Float32Array.from(values, (_, i) => i);
  introsortPairs(values, weights, 60);
  expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => a - b));
  expect(Array.from(weights)).toEqual([
    0, 50, 40, 30, 20, 10, 59, 49, 39, 29, 19, 9, 58, 48, 38, 18, 8, 28, 47, 17, 57, 37, 7, 27, 6, 46, 36, 26,
    16, 56, 25, 15, 45, 5, 35, 55, 34, 54, 4, 44, 24, 14, 23, 33, 53, 43, 13, 3, 52, 12, 2, 42, 32, 22, 51,
    41, 31, 21, 11, 1,
  ]);
});

test("it falls back to the same heapsort where quicksort would be quadratic", () => {
  const { values, weights } = medianOfThreeKiller(4000);
  introsortPairs(values, weights, 4000);
  expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => a - b));
  let hash = 0;
  for (const weight of weights) hash = (Math.imul(hash, 31) + weight) >>> 0;
  expect(hash).toBe(1041086750);
});

/** Musser's sequence against median-of-three pivots, each value four times. */
function medianOfThreeKiller(count: number): { values: Float32Array; weights: Float32Array } {
  const values = new Float32Array(count);
  const half = count / 2;
  for (let i = 1; i <= half; i++) {
    if (i % 2 === 1) {
      values[i - 1] = i;
      values[i] = half + i;
    }
    values[half + i - 1] = 2 * i;
  }
  const weights = Float32Array.from(values, (_, i) => i);
  return { values: values.map((value) => Math.trunc(value / 4)), weights };
}
