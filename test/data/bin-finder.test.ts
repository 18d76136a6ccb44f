import fc from "fast-check";
import { expect, test } from "vitest";
import { BinFinder } from "../../src/data/bin-finder.ts";
import { explicitCuts, stateOf } from "../../src/data/cuts.ts";
import { hashUniform } from "../parity/cases/case-table.ts";

const seed = 2048;

type Spread = (u: number) => number;

/** How cuts may be spread; a grid of equal cells suits only the first. */
const spreads: readonly Spread[] = [
  (u) => u,
  (u) => u ** 20,
  (u) => 10 ** (60 * u - 30),
  (u) => (u - 0.5) * 6e38,
  (u) => (u - 0.5) * 1e-40,
  (u) => 1e7 + Math.floor(20 * u),
  (u) => (u < 0.9 ? u : 1e30 * u),
];

const cases = fc.record({
  seed: fc.nat(10_000),
  spread: fc.constantFrom(...spreads),
  count: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 3000 })),
});

/** Distinct float32 numbers, ascending. */
function ascending(spread: Spread, caseSeed: number, count: number): number[] {
  const all = Array.from({ length: count }, (_, i) => Math.fround(spread(hashUniform(caseSeed, 0, i))));
  return [...new Set(all.map((value) => value + 0))].sort((a, b) => a - b);
}

test(`a value's state is that of the search among all cuts (seed ${seed})`, () => {
  const property = fc.property(cases, ({ seed: caseSeed, spread, count }) => {
    const list = ascending(spread, caseSeed, count);
    const cuts = explicitCuts([[7], list]);
    const finder = new BinFinder(cuts, 1);
    const between = Array.from({ length: 100 }, (_, i) => Math.fround(spread(hashUniform(caseSeed, 1, i))));
    const at = Array.from(
      { length: 100 },
      (_, i) => list[Math.floor(hashUniform(caseSeed, 2, i) * list.length)],
    );
    for (const value of [...between, ...at, 0, -0, -3e38, 3e38, NaN]) {
      expect(finder.state(value)).toBe(stateOf(cuts, 1, value));
    }
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test("a last cut of infinity, as forests have it, is a cut like any other", () => {
  for (const count of [1, 3, 4, 5, 6, 100]) {
    const values = Float32Array.from({ length: count + 1 }, (_, i) => (i < count ? i / 7 : Infinity));
    const cuts = { values, offsets: Uint32Array.of(0, count + 1), isCategorical: Uint8Array.of(0) };
    const finder = new BinFinder(cuts, 0);
    for (const value of [...values, -1, 0.01, 1e38, NaN]) {
      expect(finder.state(value)).toBe(stateOf(cuts, 0, value));
    }
  }
});

test("the state of a category is its code", () => {
  const cuts = explicitCuts([[...Array(40).keys()]], Uint8Array.of(1));
  const finder = new BinFinder(cuts, 0);
  expect([0, 7, 39, NaN].map((code) => finder.state(code))).toEqual([0, 7, 39, 40]);
});
