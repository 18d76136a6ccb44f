import fc from "fast-check";
import { expect, test } from "vitest";
import { RowSink } from "../../../src/input/sink/row-sink.ts";
import { ValueBuffer } from "../../../src/input/sink/value-buffer.ts";

const seed = 77;
const value = fc.oneof(
  fc.constantFrom(NaN, 0, -0, 1, 254, 255, 256, 65534, 65535, 65536, -1, 0.5),
  fc.integer({ min: 0, max: 300 }),
  fc.float({ noDefaultInfinity: true }),
);

/** The blocks of a table of two features, each kept with as few bytes as it needs. */
const tables = fc.array(
  fc
    .integer({ min: 0, max: 20 })
    .chain((rows) =>
      fc.tuple(
        fc.array(value, { minLength: rows, maxLength: rows }),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: rows, maxLength: rows }),
      ),
    ),
  { minLength: 1, maxLength: 6 },
);

test(`gives back what it was given, minus zero and missing values too (seed ${seed})`, () => {
  const property = fc.property(tables, (blocks) => {
    const buffer = new ValueBuffer(2, 1 << 20);
    const sink = new RowSink(2, 7);
    for (const [numbers, codes] of blocks) {
      buffer.add(0, Float32Array.from(numbers));
      buffer.add(1, Float32Array.from(codes));
    }
    expect(buffer.isWhole).toBe(true);
    buffer.replay([1, 0], sink, [null, Int32Array.from({ length: 10 }, (_, code) => 9 - code)]);
    const rowCount = blocks.reduce((sum, [column]) => sum + column.length, 0);
    if (rowCount === 0) return;
    const read = sink.finish("t").readRows(0, rowCount, new Float32Array(2 * rowCount));
    const expected = blocks.flatMap(([numbers, codes]) => numbers.flatMap((n, i) => [9 - codes[i], n]));
    expect(Array.from(read)).toEqual(expected.map(Math.fround));
  });
  fc.assert(property, { seed, numRuns: 200 });
});

test("keeps nothing once the values do not fit", () => {
  const buffer = new ValueBuffer(1, 4000);
  const wide = Float32Array.from({ length: 400 }, (_, i) => i / 7);
  buffer.add(0, wide);
  buffer.add(0, wide);
  expect(buffer.isWhole).toBe(true);
  buffer.add(0, wide);
  expect(buffer.isWhole).toBe(false);
  buffer.add(0, Float32Array.of(1));
  expect(buffer.isWhole).toBe(false);
});
