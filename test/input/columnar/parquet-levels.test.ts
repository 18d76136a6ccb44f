import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHybrid } from "../../../src/input/columnar/parquet-levels.ts";

type Run = { repeat: number; value: number } | { packed: number[] };

function varInt(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varInt(value >>> 7)];
}

/** Values in bits, least significant first. */
function packBits(values: readonly number[], bitWidth: number): number[] {
  const bits = values.flatMap((value) => Array.from({ length: bitWidth }, (_, i) => (value >>> i) & 1));
  const bytes: number[] = [];
  for (let i = 0; i < bits.length; i += 8)
    bytes.push(bits.slice(i, i + 8).reduce((sum, bit, k) => sum | (bit << k), 0));
  return bytes;
}

function encode(runs: readonly Run[], bitWidth: number): number[] {
  return runs.flatMap((run) => {
    if ("packed" in run)
      return [...varInt(((run.packed.length / 8) << 1) | 1), ...packBits(run.packed, bitWidth)];
    const valueBytes = Array.from(
      { length: Math.ceil(bitWidth / 8) },
      (_, i) => (run.value >>> (8 * i)) & 255,
    );
    return [...varInt(run.repeat << 1), ...valueBytes];
  });
}

describe("decodeHybrid", () => {
  test("gives back runs and packed groups of every width", () => {
    const plan = fc.integer({ min: 1, max: 32 }).chain((bitWidth) => {
      const value = fc.integer({ min: 0, max: 2 ** bitWidth - 1 });
      const run: fc.Arbitrary<Run> = fc.oneof(
        fc.record({ repeat: fc.integer({ min: 1, max: 300 }), value }),
        fc
          .integer({ min: 1, max: 4 })
          .chain((groups) =>
            fc.record({ packed: fc.array(value, { minLength: 8 * groups, maxLength: 8 * groups }) }),
          ),
      );
      return fc.record({
        bitWidth: fc.constant(bitWidth),
        runs: fc.array(run, { minLength: 1, maxLength: 8 }),
      });
    });
    fc.assert(
      fc.property(plan, fc.nat(7), ({ bitWidth, runs }, cut) => {
        const bytes = Uint8Array.from([1, 2, ...encode(runs, bitWidth), 3]);
        const values = runs.flatMap((run) =>
          "packed" in run ? run.packed : Array(run.repeat).fill(run.value),
        );
        const count = Math.max(1, values.length - cut);
        const out = new Int32Array(count + 1).fill(-7);
        decodeHybrid(bytes.subarray(2, -1), bitWidth, out.subarray(1));
        expect([...out]).toEqual([-7, ...values.slice(0, count).map((value) => value | 0)]);
      }),
      { numRuns: 500, seed: 7601 },
    );
  });

  test("a width of zero stands for zeros", () => {
    const out = Int32Array.of(9, 9, 9);
    decodeHybrid(new Uint8Array(0), 0, out.subarray(1, 3));
    expect([...out]).toEqual([9, 0, 0]);
  });

  test.each([
    ["nothing", []],
    ["a run without its value", [4]],
    ["a run of no values", [0, 1]],
    ["a group that is cut off", [3]],
    ["a header that goes on", [128]],
  ])("refuses %s", (_, bytes) => {
    expect(() => decodeHybrid(Uint8Array.from(bytes), 3, new Int32Array(8))).toThrow(
      "a Parquet page ends too early",
    );
  });
});
