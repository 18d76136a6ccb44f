import { describe, expect, test } from "vitest";
import { gaussLegendre } from "../../src/booster/quadrature.ts";

describe("gaussLegendre", () => {
  test.each([1, 2, 3, 4, 8, 15, 32, 60])(
    "with %i points integrates the powers up to twice that exactly",
    (count) => {
      const { points, weights } = gaussLegendre(count);
      expect(points.length).toBe(count);
      for (let power = 0; power < 2 * count; power++) {
        const integral = points.reduce((sum, x, i) => sum + weights[i] * x ** power, 0);
        expect(integral).toBeCloseTo(1 / (power + 1), 13);
      }
    },
  );

  test("has its points inside the interval, ascending and mirrored", () => {
    const { points } = gaussLegendre(7);
    expect([...points].sort((a, b) => a - b)).toEqual([...points]);
    for (let i = 0; i < 7; i++) {
      expect(points[i]).toBeGreaterThan(0);
      expect(points[i] + points[6 - i]).toBeCloseTo(1, 14);
    }
  });

  test("knows the rule with two points", () => {
    expect(gaussLegendre(2).points[0]).toBeCloseTo((1 - 1 / Math.sqrt(3)) / 2, 15);
  });
});
