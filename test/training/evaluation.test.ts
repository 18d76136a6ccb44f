import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { toGroupMajor, toRowMajor } from "../../src/core/row-group-layout.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import type { Metric, MetricInput } from "../../src/metric/metric.ts";
import { evaluateMetrics, labelsOf } from "../../src/training/evaluation.ts";

const seed = 6;

describe(`layouts (seed ${seed})`, () => {
  test("toRowMajor puts the groups of a row side by side", () => {
    // Two rows of three groups; group-major.
    const groupMajor = Float32Array.of(1, 2, 10, 20, 100, 200);
    expect(Array.from(toRowMajor(groupMajor, 2, 3))).toEqual([1, 10, 100, 2, 20, 200]);
  });

  test("toGroupMajor undoes toRowMajor, and both give a copy", () => {
    const shape = fc.record({ rowCount: fc.nat(20), groupCount: fc.integer({ min: 1, max: 5 }) });
    const property = fc.property(shape, ({ rowCount, groupCount }) => {
      const values = Float32Array.from({ length: rowCount * groupCount }, (_, i) => i);
      const there = toRowMajor(values, rowCount, groupCount);
      const back = toGroupMajor(there, rowCount, groupCount);
      expect(back).toEqual(values);
      expect(there.buffer).not.toBe(values.buffer);
      expect(back.buffer).not.toBe(there.buffer);
    });
    fc.assert(property, { seed });
  });
});

test("labelsOf gives what objectives and metrics see of a table", () => {
  const data = DMatrix.fromRows([[1], [2]], { label: [0, 1], weight: [1, 2], querySizes: [2] });
  expect(labelsOf(data)).toEqual({
    rowCount: 2,
    label: Float32Array.of(0, 1),
    weight: Float32Array.of(1, 2),
    queryOffsets: Uint32Array.of(0, 2),
  });
});

test("evaluateMetrics asks every metric, the user's own with predictions row by row and the table", async () => {
  const data = DMatrix.fromRows([[1], [2]], { label: [0, 1] });
  const predictions = Float32Array.of(1, 2, 10, 20);
  const seen: MetricInput[] = [];
  const builtin: Metric = {
    name: "builtin",
    isHigherBetter: false,
    evaluate: async (input) => {
      seen.push(input);
      return 7;
    },
  };
  const own = {
    name: "own",
    evaluate(rowMajor: Float32Array, table: DMatrix) {
      expect(Array.from(rowMajor)).toEqual([1, 10, 2, 20]);
      expect(table).toBe(data);
      return 8;
    },
  };
  const results = await evaluateMetrics({ data, predictions }, 2, [builtin], [own], solo);
  expect(results).toEqual({ builtin: 7, own: 8 });
  expect(seen[0]).toMatchObject({ rowCount: 2, groupCount: 2, predictions, label: data.label });
});
