import { expect, test } from "vitest";
import { expf } from "../../../src/core/math/exp-log-float.ts";
import { BLOCK_SIZE, expfBlock } from "../../../src/core/math/expf-block.ts";

const edges = [0, -0, 88.72283, 88.72284, 89, 90, 1e30, Infinity, -87.4, -103.9, -103.98, -104, -105, -1e30];

test("a block gives what expf gives value by value, edge cases included", () => {
  const dense = Float32Array.from({ length: 20000 }, (_, i) => -106 + i * 0.0098);
  for (const inputs of [Float32Array.from([...edges, -Infinity, Number.NaN]), dense]) {
    const block = inputs.slice();
    expfBlock(block, 0, block.length);
    expect(block).toEqual(inputs.map((x) => expf(x)));
  }
});

test("values outside the range stay as they are", () => {
  const values = new Float32Array(3 * BLOCK_SIZE).fill(1);
  expfBlock(values, 5, 2 * BLOCK_SIZE + 7);
  const changed = values.map((value) => (value === 1 ? 0 : 1));
  expect(changed.indexOf(1)).toBe(5);
  expect(changed.lastIndexOf(1)).toBe(2 * BLOCK_SIZE + 6);
});
