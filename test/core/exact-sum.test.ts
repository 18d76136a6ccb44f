// The laws that make every sum of training independent of order, threads and peers.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import {
  exactStep,
  partialSumStep,
  roundingMagic,
  roundToGrid,
  sumColumnsExactly,
} from "../../src/core/exact-sum.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";
import { shuffledOrder } from "../oracle/plain-table.ts";

const seed = 4711;

/** Values over many magnitudes, as gradients have them. */
const values = fc
  .array(fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -60, max: 60 })), {
    minLength: 2,
    maxLength: 200,
  })
  .map((pairs) => Float64Array.from(pairs, ([mantissa, exponent]) => mantissa * 2 ** exponent));

function roundedToGrid(input: Float64Array): { rounded: Float64Array; step: number } {
  const step = exactStep(
    input.length,
    input.reduce((max, v) => Math.max(max, Math.abs(v)), 0),
  );
  const rounded = input.slice();
  roundToGrid(rounded, step);
  return { rounded, step };
}

const sumOf = (list: Iterable<number>) => [...list].reduce((sum, v) => sum + v, 0);

describe("exactStep", () => {
  test("is the smallest power of two of which the bound holds at most 2^52", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 2 ** 32 }),
      fc.double({ min: 1e-30, max: 3.4e38, noNaN: true }),
      (count, maxAbs) => {
        const step = exactStep(count, maxAbs);
        expect(Number.isInteger(Math.log2(step))).toBe(true);
        expect(step * 2 ** 52).toBeGreaterThanOrEqual(count * maxAbs);
        expect((step / 2) * 2 ** 52).toBeLessThan(count * maxAbs);
      },
    );
    fc.assert(property, { seed, numRuns: 1000 });
  });

  test("of an exact power of two is that power less 52", () => {
    for (const exponent of [-40, -1, 0, 1, 30])
      expect(exactStep(1, 2 ** exponent)).toBe(2 ** (exponent - 52));
  });

  test("is 0, which rounds nothing, where there is nothing to add", () => {
    expect([exactStep(0, 1), exactStep(5, 0), exactStep(5, Number.NaN)]).toEqual([0, 0, 0]);
    const untouched = Float64Array.of(0.1, 0);
    roundToGrid(untouched, 0);
    expect(Array.from(untouched)).toEqual([0.1, 0]);
  });

  test("is 0 for infinite values, whose sum no grid can change", () => {
    expect(exactStep(5, Infinity)).toBe(0);
  });
});

describe(`sums on the grid (seed ${seed})`, () => {
  test("rounding moves a value by at most half a step, onto a multiple of the step", () => {
    const property = fc.property(values, (input) => {
      const { rounded, step } = roundedToGrid(input);
      rounded.forEach((value, i) => {
        expect(Math.abs(value - input[i])).toBeLessThanOrEqual(step / 2);
        if (step > 0) expect(Number.isInteger(value / step)).toBe(true);
      });
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  test("rounding is idempotent", () => {
    const property = fc.property(values, (input) => {
      const { rounded, step } = roundedToGrid(input);
      const again = rounded.slice();
      roundToGrid(again, step);
      expect(again).toEqual(rounded);
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("ties go to the even multiple", () => {
    const step = 2 ** -10;
    const ties = Float64Array.of(0.5 * step, 1.5 * step, 2.5 * step, -0.5 * step, -1.5 * step);
    roundToGrid(ties, step);
    expect(Array.from(ties, (v) => v / step + 0)).toEqual([0, 2, 2, 0, -2]);
    expect(roundingMagic(step)).toBe(1.5 * 2 ** 42);
  });

  test("a sum does not depend on the order of its terms", () => {
    const property = fc.property(values, fc.nat(), (input, order) => {
      const { rounded } = roundedToGrid(input);
      const shuffled = shuffledOrder(order, rounded.length).map((i) => rounded[i]);
      expect(sumOf(shuffled)).toBe(sumOf(rounded));
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  test("the sum of a part is the whole less the rest", () => {
    const property = fc.property(values, fc.nat(), (input, at) => {
      const { rounded } = roundedToGrid(input);
      const cut = at % rounded.length;
      const [part, rest] = [sumOf(rounded.subarray(0, cut)), sumOf(rounded.subarray(cut))];
      expect(sumOf(rounded) - rest).toBe(part);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  test("the rounding error of a sum is below count^2 * 2^-52 of the largest value", () => {
    const property = fc.property(values, (input) => {
      const { rounded } = roundedToGrid(input);
      const max = input.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      const error = Math.abs(sumOf(rounded.map((v, i) => v - input[i])));
      expect(error).toBeLessThanOrEqual(max * input.length ** 2 * 2 ** -52);
    });
    fc.assert(property, { seed, numRuns: 200 });
  });
});

describe(`partialSumStep (seed ${seed})`, () => {
  /** The grid of a list of float32 values, its sums measured on the coarse grid as training does. */
  function fineGrid(input: Float64Array): { rounded: Float64Array; step: number; coarse: number } {
    const floats = Float64Array.from(Float32Array.from(input));
    const { rounded: measured, step: coarse } = roundedToGrid(floats);
    const step = partialSumStep(sumOf(measured), sumOf(measured.map(Math.abs)), input.length * coarse);
    const rounded = floats.slice();
    roundToGrid(rounded, step);
    return { rounded, step, coarse };
  }

  test("is finer than the step of the count times the largest value", () => {
    const property = fc.property(values, (input) => {
      const { step, coarse } = fineGrid(input);
      if (coarse > 0) expect(step).toBeLessThanOrEqual(coarse);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  test("makes the sum of any part exact: its number of steps is that of whole numbers", () => {
    const property = fc.property(values, fc.nat(), (input, order) => {
      const { rounded, step } = fineGrid(input);
      if (step === 0) return;
      const part = shuffledOrder(order, rounded.length).slice(0, 1 + (order % rounded.length));
      const steps = part.reduce((sum, i) => sum + BigInt(rounded[i] / step), 0n);
      expect(BigInt(sumOf(part.map((i) => rounded[i])) / step)).toBe(steps);
    });
    fc.assert(property, { seed, numRuns: 1000 });
  });
});

describe(`partialSumStep (seed ${seed})`, () => {
  const floats = values.map((list) => Float64Array.from(list, Math.fround));

  /** Values on the grid of their own sums, as training chooses it. */
  function roundForPartialSums(input: Float64Array): { rounded: Float64Array; step: number } {
    const sum = sumOf(input);
    const magnitude = sumOf(input.map(Math.abs));
    const step = partialSumStep(sum, magnitude, magnitude * input.length * 2 ** -50);
    const rounded = input.slice();
    roundToGrid(rounded, step);
    return { rounded, step };
  }

  test("gives a grid on which every part of the values adds up exactly, in any order", () => {
    const property = fc.property(floats, fc.nat(), (input, order) => {
      const { rounded, step } = roundForPartialSums(input);
      fc.pre(step > 0);
      let exact = 0n;
      let sum = 0;
      for (const i of shuffledOrder(order, rounded.length)) {
        exact += BigInt(rounded[i] / step);
        sum += rounded[i];
        expect(BigInt(sum / step)).toBe(exact);
      }
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  test("moves float32 values by at most half a step, and leaves them float32", () => {
    const property = fc.property(floats, (input) => {
      const { rounded, step } = roundForPartialSums(input);
      rounded.forEach((value, i) => {
        expect(Math.abs(value - input[i])).toBeLessThanOrEqual(step / 2);
        expect(Math.fround(value)).toBe(value);
      });
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  test("is finer than the step for any values of that magnitude, the more so for equal signs cancelling", () => {
    expect(partialSumStep(10, 10, 0)).toBe(exactStep(1, 10) / 2);
    expect(partialSumStep(0, 10, 0)).toBe(exactStep(1, 5) / 2);
    expect(partialSumStep(0, 0, 0)).toBe(0);
  });
});

describe("sumColumnsExactly", () => {
  const columns = [0, 1].map((c) =>
    Float64Array.from({ length: 101 }, (_, i) => Math.sin(7 * i + c) * 10 ** c),
  );

  test("gives the same bits in any order of rows", async () => {
    const expected = await sumColumnsExactly(
      columns.map((column) => column.slice()),
      101,
      solo,
    );
    for (const order of [1, 2, 3]) {
      const rows = shuffledOrder(order, 101);
      const shuffled = columns.map((column) => Float64Array.from(rows, (row) => column[row]));
      expect(await sumColumnsExactly(shuffled, 101, solo)).toEqual(expected);
    }
  });

  test("gives the same bits on any number of peers, one without rows among them", async () => {
    const expected = await sumColumnsExactly(
      columns.map((column) => column.slice()),
      101,
      solo,
    );
    for (const ends of [
      [40, 101],
      [1, 1, 101],
      [7, 30, 31, 101],
    ]) {
      const peers = inProcessPeers(ends.length);
      const sums = await Promise.all(
        peers.map((peer, p) => {
          const mine = columns.map((column) => column.slice(p === 0 ? 0 : ends[p - 1], ends[p]));
          return sumColumnsExactly(mine, 101, peer);
        }),
      );
      for (const sum of sums) expect(sum).toEqual(expected);
    }
  });

  test("of no rows is 0", async () => {
    expect(await sumColumnsExactly([new Float64Array(0)], 0, solo)).toEqual(Float64Array.of(0));
  });

  test("of an infinite value is infinite", async () => {
    expect(await sumColumnsExactly([Float64Array.of(1, Infinity)], 2, solo)).toEqual(
      Float64Array.of(Infinity),
    );
  });
});
