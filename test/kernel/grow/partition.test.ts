import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BinArray } from "../../../src/data/binned-matrix.ts";
import { partitionRows, separateRows } from "../../../src/kernel/grow/partition.ts";

const seed = 77;

interface PartitionCase {
  readonly rows: Uint32Array;
  readonly begin: number;
  readonly end: number;
  readonly column: BinArray;
  readonly goesLeft: Uint8Array;
}

const bytes = fc.constantFrom(Uint8Array, Uint16Array, Uint32Array);

const cases: fc.Arbitrary<PartitionCase> = fc
  .record({
    bins: fc.array(fc.nat(9), { minLength: 1, maxLength: 60 }),
    goesLeft: fc.array(fc.nat(1), { minLength: 10, maxLength: 10 }),
    from: fc.nat(),
    count: fc.nat(),
    bytes,
  })
  .map(({ bins, goesLeft, from, count, bytes: type }) => {
    const begin = from % bins.length;
    return {
      rows: Uint32Array.from(bins, (_, i) => bins.length - 1 - i),
      begin,
      end: begin + (count % (bins.length - begin + 1)),
      column: type.from(bins),
      goesLeft: Uint8Array.from(goesLeft),
    };
  });

/** A stable partition by filtering, twice. */
function naivePartition({ rows, begin, end, column, goesLeft }: PartitionCase): {
  left: number[];
  right: number[];
} {
  const own = Array.from(rows.subarray(begin, end));
  const isLeft = (row: number) => goesLeft[column[row]] === 1;
  return { left: own.filter(isLeft), right: own.filter((row) => !isLeft(row)) };
}

describe(`partitionRows (seed ${seed})`, () => {
  test("puts the rows that go left first and keeps both sides in order", () => {
    const property = fc.property(cases, (partitionCase) => {
      const { rows, begin, end, column, goesLeft } = partitionCase;
      const { left, right } = naivePartition(partitionCase);
      const result = rows.slice();
      const scratch = new Uint32Array(end - begin);
      const own = result.subarray(begin, end);
      expect(partitionRows(own, column, goesLeft, scratch)).toBe(left.length);
      expect(Array.from(result.subarray(begin, end))).toEqual([...left, ...right]);
    });
    fc.assert(property, { seed, numRuns: 400 });
  });

  test("leaves the rows of other nodes where they are", () => {
    const property = fc.property(cases, ({ rows, begin, end, column, goesLeft }) => {
      const result = rows.slice();
      partitionRows(result.subarray(begin, end), column, goesLeft, new Uint32Array(end - begin));
      expect(result.subarray(0, begin)).toEqual(rows.subarray(0, begin));
      expect(result.subarray(end)).toEqual(rows.subarray(end));
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("of an empty range changes nothing", () => {
    const none = new Uint32Array(0);
    expect(partitionRows(none, Uint8Array.of(0, 0, 0), Uint8Array.of(1), none)).toBe(0);
  });
});

test("separateRows writes the left side forwards, the right side backwards, and leaves the rows alone", () => {
  const property = fc.property(cases, (partitionCase) => {
    const { rows, begin, end, column, goesLeft } = partitionCase;
    const { left, right } = naivePartition(partitionCase);
    const before = rows.slice();
    const target = new Uint32Array(end - begin);
    expect(separateRows(rows.subarray(begin, end), column, goesLeft, target)).toBe(left.length);
    expect(Array.from(target)).toEqual([...left, ...right.reverse()]);
    expect(rows).toEqual(before);
  });
  fc.assert(property, { seed, numRuns: 400 });
});
