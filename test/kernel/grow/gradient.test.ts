import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactStep, roundingMagic } from "../../../src/core/exact-sum.ts";
import {
  addGradients,
  addToMargins,
  measureGradients,
  raiseMaxima,
  roundGradients,
} from "../../../src/kernel/grow/gradient.ts";
import { shuffledOrder } from "../../oracle/plain-table.ts";

const seed = 909;

/** Float32 pairs over many magnitudes. */
const pairs = fc
  .array(fc.tuple(fc.float({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -40, max: 20 })), {
    minLength: 1,
    maxLength: 100,
  })
  .map((list) => Float32Array.from(list.flatMap(([m, e]) => [m * 2 ** e, Math.abs(m) * 2 ** -e])));

function maximaOf(gradients: Float32Array): Float64Array {
  const maxima = new Float64Array(2);
  raiseMaxima(gradients, maxima);
  return maxima;
}

/** The pairs on the grid of `rowCount` rows. */
function roundPairs(gradients: Float32Array, rowCount: number): { rounded: Float32Array; steps: number[] } {
  const steps = Array.from(maximaOf(gradients), (max) => exactStep(rowCount, max));
  const rounded = gradients.slice();
  roundGradients(rounded, Float64Array.from(steps, roundingMagic));
  return { rounded, steps };
}

function sumPairs(gradients: Float32Array): Float64Array {
  const sums = new Float64Array(2);
  addGradients(gradients, sums);
  return sums;
}

describe(`gradient pairs (seed ${seed})`, () => {
  test("raise the maxima to their largest magnitudes, and only upwards", () => {
    const property = fc.property(pairs, (gradients) => {
      const magnitudes = (offset: number) =>
        Array.from(gradients)
          .filter((_, i) => i % 2 === offset)
          .map(Math.abs);
      const [grad, hess] = [0, 1].map((offset) => Math.max(...magnitudes(offset)));
      expect(Array.from(maximaOf(gradients))).toEqual([grad, hess]);
      const high = Float64Array.of(1e30, 1e30);
      raiseMaxima(gradients, high);
      expect(Array.from(high)).toEqual([1e30, 1e30]);
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("are rounded to the nearest multiple of their step, a positive hessian not to 0, and stay float32", () => {
    const property = fc.property(pairs, fc.integer({ min: 2, max: 2 ** 31 }), (gradients, rowCount) => {
      const { rounded, steps } = roundPairs(gradients, rowCount);
      gradients.forEach((value, i) => {
        const step = steps[i & 1];
        // Exactly the nearest multiple: nothing was lost by storing it as float32.
        const nearest = step === 0 ? value : roundHalfEven(value / step) * step;
        const least = i % 2 === 1 && value > 0 ? step : -Infinity;
        expect(rounded[i] + 0).toBe(Math.max(nearest, least) + 0);
      });
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  test("have sums that do not depend on their order", () => {
    const property = fc.property(pairs, fc.nat(), (gradients, order) => {
      const { rounded } = roundPairs(gradients, gradients.length / 2);
      const shuffled = shuffledOrder(order, rounded.length / 2).flatMap((row) => [
        rounded[2 * row],
        rounded[2 * row + 1],
      ]);
      expect(sumPairs(Float32Array.from(shuffled))).toEqual(sumPairs(rounded));
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  test("are measured on a grid without being changed: their sum and that of their magnitudes", () => {
    const gradients = Float32Array.of(-1.3, 2, 3.4, 6);
    const before = gradients.slice();
    const sums = Float64Array.of(10, 20);
    const magnitudes = Float64Array.of(1, 2);
    measureGradients(gradients, Float64Array.of(roundingMagic(1), roundingMagic(4)), sums, magnitudes);
    // Halves of the step 4 go to the even multiple: 2 to 0, 6 to 8.
    expect(Array.from(sums)).toEqual([10 - 1 + 3, 20 + 0 + 8]);
    expect(Array.from(magnitudes)).toEqual([1 + 1 + 3, 2 + 0 + 8]);
    expect(gradients).toEqual(before);
  });

  test("are added to sums that are there", () => {
    const gradients = Float32Array.of(1.3, 2, 3, 4);
    const sums = Float64Array.of(10, 20);
    addGradients(gradients, sums);
    expect(Array.from(sums)).toEqual([10 + Math.fround(1.3) + 3, 26]);
    roundGradients(gradients, Float64Array.of(roundingMagic(1), roundingMagic(4)));
    // 2 is half of the step 4; the tie would go to 0, but a positive hessian becomes one step.
    expect(Array.from(gradients)).toEqual([1, 4, 3, 4]);
  });
});

test("a leaf value is added to the margins of its rows as float32", () => {
  const margins = Float32Array.of(1, 2, 3, 4);
  addToMargins(margins, Uint32Array.of(3, 0), 0.1);
  expect(Array.from(margins)).toEqual([Math.fround(1.1), 2, 3, Math.fround(4.1)]);
});

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
