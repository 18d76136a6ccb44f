import fc from "fast-check";
import { expect, test } from "vitest";
import { SPLIT_FIELDS } from "../../../src/kernel/grow/grow-memory.ts";
import {
  isBetterSplit,
  readSplit,
  type SplitRecords,
  writeSplit,
} from "../../../src/tree/backend/split-record.ts";
import { Split } from "../../../src/tree/split.ts";

const seed = 5;

/** The arrays of a memory in which splits stand, for `slots` nodes of up to 70 categories. */
function splitMemory(slots: number): SplitRecords {
  const splits = new Float64Array(slots * SPLIT_FIELDS);
  return { splits, splitCategories: new Uint32Array(slots * 3), categoryWords: 3 };
}

const splits: fc.Arbitrary<Split> = fc
  .record({
    gain: fc.double({ min: 0, max: 1e6, noNaN: true }),
    feature: fc.nat(1_000_000),
    bin: fc.integer({ min: -1, max: 65_535 }),
    condition: fc.constantFrom(-Infinity, 0.5, Math.fround(1e-45)),
    defaultLeft: fc.boolean(),
    leftGrad: fc.double({ noNaN: true }),
    leftHess: fc.double({ noNaN: true }),
    rightGrad: fc.double({ noNaN: true }),
    rightHess: fc.double({ noNaN: true }),
    categories: fc.option(
      fc.uniqueArray(fc.nat(69)).map((codes) => Int32Array.from(codes.sort((a, b) => a - b))),
    ),
  })
  .map((fields) => Object.assign(new Split(), fields));

test(`what is read from a slot is what was written to it last (seed ${seed})`, () => {
  const memory = splitMemory(3);
  const property = fc.property(splits, splits, splits, (first, second, third) => {
    writeSplit(memory, 1, first);
    writeSplit(memory, 0, second);
    writeSplit(memory, 2, third);
    expect(readSplit(memory, 1)).toEqual(first);
    expect(readSplit(memory, 0)).toEqual(second);
    expect(readSplit(memory, 2)).toEqual(third);
  });
  fc.assert(property, { seed, numRuns: 200 });
});

test("of two records the larger gain is better, among equal gains the lower feature", () => {
  const record = (gain: number, feature: number) => Float64Array.of(gain, feature);
  expect(isBetterSplit(record(2, 5), record(1, 3), 0)).toBe(true);
  expect(isBetterSplit(record(1, 3), record(2, 5), 0)).toBe(false);
  expect(isBetterSplit(record(2, 3), record(2, 5), 0)).toBe(true);
  expect(isBetterSplit(record(2, 5), record(2, 5), 0)).toBe(false);
  expect(isBetterSplit(record(0, 0), record(0, 5), 0)).toBe(false);
});
