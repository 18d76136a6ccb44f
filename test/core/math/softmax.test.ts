import { expect, test } from "vitest";
import { expf } from "../../../src/core/math/exp-log-float.ts";
import { BLOCK_SIZE } from "../../../src/core/math/expf-block.ts";
import { sigmoid, sigmoidBlock, softmaxRows } from "../../../src/core/math/softmax.ts";

test("the sigmoid of a block is that of its values", () => {
  const margins = Float32Array.from({ length: BLOCK_SIZE + 9 }, (_, i) => (i - 130) * 0.8);
  const result = new Float32Array(BLOCK_SIZE);
  sigmoidBlock(margins, 9, BLOCK_SIZE + 9, result);
  expect(result).toEqual(margins.slice(9).map((x) => sigmoid(x)));
});

test("a sigmoid is never 0 and at most 1", () => {
  expect(sigmoid(-Infinity)).toBeGreaterThan(0);
  expect([sigmoid(Infinity), sigmoid(0)]).toEqual([1, 0.5]);
});

test("the softmax of many rows is that of each row", () => {
  const rowCount = 2 * BLOCK_SIZE + 3;
  const values = Float32Array.from({ length: 3 * rowCount }, (_, i) => ((i * 37) % 101) / 9 - 5);
  const single = values.slice();
  softmaxRows(values, 3, rowCount, 0, rowCount);
  for (let row = 0; row < rowCount; row++) softmaxRows(single, 3, rowCount, row, row + 1);
  expect(values).toEqual(single);
});

test("softmax divides powers by their sum as a float32, as XGBoost does", () => {
  const rowCount = 400;
  const values = Float32Array.from({ length: 7 * rowCount }, (_, i) => ((i * 37) % 1013) / 90 - 5);
  const expected = values.map((_, i) => {
    const row = i % rowCount;
    const margins = Array.from({ length: 7 }, (_, group) => values[group * rowCount + row]);
    const powers = margins.map((margin) => expf(Math.fround(margin - Math.max(...margins))));
    const sum = Math.fround(powers.reduce((total, power) => total + power, 0));
    return powers[Math.floor(i / rowCount)] / sum;
  });
  softmaxRows(values, 7, rowCount, 0, rowCount);
  expect(values).toEqual(expected);
});

test("probabilities of a row sum to 1, whatever the size of its margins", () => {
  const values = Float32Array.of(1000, -1000, 0, 1001, -1000, 0, 0, -1003, 0);
  softmaxRows(values, 3, 3, 0, 3);
  for (let row = 0; row < 3; row++) {
    expect(values[row] + values[3 + row] + values[6 + row]).toBeCloseTo(1, 6);
  }
  expect(values[3]).toBeGreaterThan(values[0]);
});

test("softmax leaves rows outside its range alone", () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  softmaxRows(values, 2, 3, 1, 2);
  expect([values[0], values[2], values[3], values[5]]).toEqual([1, 3, 4, 6]);
});
