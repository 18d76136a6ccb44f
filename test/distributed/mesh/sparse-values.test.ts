// Numbers that travel without their zeros add up as those with them do.

import fc from "fast-check";
import { expect, test } from "vitest";
import { addSparse, encodeSparse, sparseCapacity } from "../../../src/distributed/mesh/sparse-values.ts";

const seed = 20261124;
const number = fc.oneof(fc.constantFrom(0, -0, 1, -1), fc.double());

test(`adding what was sent is adding the numbers, in every bit (seed ${seed})`, () => {
  const pairs = fc.array(fc.tuple(number, number), { maxLength: 200 });
  const property = fc.property(pairs, (rows) => {
    // Plus zero in place of minus zero: histograms hold no other.
    const [own, theirs] = [0, 1].map((side) => Float64Array.from(rows, (row) => row[side] + 0));
    const expected = own.map((value, i) => value + theirs[i]);
    const target = new Float64Array(sparseCapacity(rows.length)).fill(Number.NaN);
    const used = encodeSparse(theirs, target);
    addSparse(own, target.slice(0, used));
    expect(own).toEqual(expected);
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test("costs a bit for a zero", () => {
  const values = new Float64Array(640);
  values.set([5, 7], 300);
  expect(encodeSparse(values, new Float64Array(sparseCapacity(640)))).toBe(10 + 2);
});
