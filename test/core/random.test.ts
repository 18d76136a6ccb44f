import { describe, expect, test } from "vitest";
import { hash32, streamKey, uniform, uniformAt } from "../../src/core/random.ts";

/** The probability's z for a chi-squared value with `degrees` degrees of freedom (Wilson-Hilferty). */
function chiSquaredZ(value: number, degrees: number): number {
  const scale = 2 / (9 * degrees);
  return ((value / degrees) ** (1 / 3) - (1 - scale)) / Math.sqrt(scale);
}

function chiSquared(counts: ArrayLike<number>, expected: number): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += (counts[i] - expected) ** 2 / expected;
  return sum;
}

describe("uniform", () => {
  test("is a function of its keys alone and lies in [0, 1)", () => {
    for (let i = 0; i < 10000; i++) {
      const value = uniform(7, 1, 2, 3, i);
      expect(value).toBe(uniform(7, 1, 2, 3, i));
      expect(value >= 0 && value < 1).toBe(true);
    }
  });

  test("stays what it was: the draws of a seed are part of a model's identity", () => {
    expect([hash32(0), hash32(1), hash32(1, 2, 3, 4, 5), hash32(-1), hash32(2 ** 53 - 1)]).toEqual([
      4074614272, 361163363, 3113919861, 3167780995, 967020665,
    ]);
  });

  test("equals its two-step form", () => {
    const key = streamKey(12345678901, 2, 99, 1);
    for (const index of [0, 1, 581011, 2 ** 31, 2 ** 32, 2 ** 40 + 3]) {
      expect(uniformAt(key, index)).toBe(uniform(12345678901, 2, 99, 1, index));
    }
  });

  test("fills 1,024 bins evenly over consecutive indices", () => {
    for (const seed of [0, 1, 42, 2 ** 40]) {
      const counts = new Float64Array(1024);
      const draws = 400_000;
      for (let i = 0; i < draws; i++) counts[Math.floor(uniform(seed, 0, 0, 0, i) * 1024)]++;
      expect(Math.abs(chiSquaredZ(chiSquared(counts, draws / 1024), 1023))).toBeLessThan(4);
    }
  });

  test("fills 1,024 bins evenly along every key", () => {
    const draws = 200_000;
    for (let key = 0; key < 5; key++) {
      const counts = new Float64Array(1024);
      for (let i = 0; i < draws; i++) {
        const keys = [3, 0, 0, 0, 0];
        keys[key] = i;
        counts[hash32(keys[0], keys[1], keys[2], keys[3], keys[4]) & 1023]++;
      }
      expect(Math.abs(chiSquaredZ(chiSquared(counts, draws / 1024), 1023))).toBeLessThan(4);
    }
  });

  test("gives uncorrelated draws to neighbouring indices, rounds, groups and seeds", () => {
    const draws = 200_000;
    const neighbours: ((i: number) => number)[] = [
      (i) => uniform(1, 0, 0, 0, i + 1),
      (i) => uniform(1, 0, 0, 1, i),
      (i) => uniform(1, 0, 1, 0, i),
      (i) => uniform(1, 1, 0, 0, i),
      (i) => uniform(2, 0, 0, 0, i),
    ];
    for (const neighbour of neighbours) {
      const counts = new Float64Array(256);
      for (let i = 0; i < draws; i++) {
        counts[Math.floor(uniform(1, 0, 0, 0, i) * 16) * 16 + Math.floor(neighbour(i) * 16)]++;
      }
      expect(Math.abs(chiSquaredZ(chiSquared(counts, draws / 256), 255))).toBeLessThan(4);
    }
  });

  test("flips every output bit with probability one half when any key bit flips", () => {
    const trials = 2000;
    let worst = 0;
    for (let key = 0; key < 5; key++) {
      for (let bit = 0; bit < 31; bit++) {
        const flips = new Float64Array(32);
        for (let t = 0; t < trials; t++) {
          const keys = [hash32(t, 1) >>> 1, hash32(t, 2) >>> 1, t, t * 7, hash32(t, 5) >>> 1];
          const before = hash32(keys[0], keys[1], keys[2], keys[3], keys[4]);
          keys[key] ^= 1 << bit;
          const changed = before ^ hash32(keys[0], keys[1], keys[2], keys[3], keys[4]);
          for (let out = 0; out < 32; out++) flips[out] += (changed >>> out) & 1;
        }
        for (const count of flips) worst = Math.max(worst, Math.abs(count / trials - 0.5));
      }
    }
    // 4,960 estimates of standard deviation 0.0112 each: five of them is far outside chance.
    expect(worst).toBeLessThan(5 * 0.0112);
  });

  test("never maps two small indices of a stream to one draw", () => {
    const seen = new Set<number>();
    for (let i = 0; i < 300_000; i++) seen.add(uniform(9, 1, 1, 1, i));
    expect(seen.size).toBe(300_000);
  });
});
