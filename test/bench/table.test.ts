import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { measureQuality } from "../../bench/quality.ts";
import { type BenchTable, readHeader, readRows, type SparseValues, writeTable } from "../../bench/table.ts";
import { makeCovertype } from "../../bench/tables/covertype.ts";
import { makeClasses, makeDense, makeSparse } from "../../bench/tables/generated.ts";
import { testNeeding } from "../require.ts";

const folder = mkdtempSync(join(tmpdir(), "coppice-bench-"));
const path = join(folder, "table.bin");
afterAll(() => rmSync(folder, { recursive: true }));

function sparseRow({ offsets, indices, values }: SparseValues, row: number): (readonly number[])[] {
  const range = Array.from({ length: offsets[row + 1] - offsets[row] }, (_, i) => offsets[row] + i);
  return range.map((i) => [indices[i], values[i]]);
}

test.each([
  ["dense", makeDense(50, 8)],
  ["classes", makeClasses(50, 5, 6)],
])("rows read from the file are those of the table (%s)", (_, table: BenchTable) => {
  writeTable(path, table);
  const width = table.featureCount;
  expect(readHeader(path)).toMatchObject({ rowCount: 50, trainRows: 40, featureCount: width });
  const part = readRows(path, 13, 37);
  expect(part.label).toEqual(table.label.slice(13, 37));
  expect(part.values).toEqual((table.values as Float32Array).slice(13 * width, 37 * width));
});

test("rows read from the file are those of the table (sparse)", () => {
  const table = makeSparse(50, 300, 10);
  writeTable(path, table);
  const part = readRows(path, 13, 37);
  for (let row = 0; row < 24; row++) {
    expect(sparseRow(part.values as SparseValues, row)).toEqual(
      sparseRow(table.values as SparseValues, 13 + row),
    );
  }
});

test("a shorter table is the beginning of a longer one", () => {
  const [short, long] = [makeDense(20, 8), makeDense(40, 8)];
  expect(short.values).toEqual((long.values as Float32Array).slice(0, 160));
  expect(short.label).toEqual(long.label.slice(0, 20));
});

testNeeding(
  "data:covtype_107786.data.gz",
  "Covertype's noise keeps integers, ranges and one-hot columns",
  () => {
    const { values, label, featureCount } = makeCovertype(5000, (cover) => cover - 1);
    const table = values as Float32Array;
    expect(new Set(label)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    for (let row = 0; row < 5000; row++) {
      const one = table.subarray(row * featureCount, (row + 1) * featureCount);
      expect(one.subarray(0, 10).every(Number.isInteger)).toBe(true);
      expect(one.subarray(10, 14).reduce((sum, v) => sum + v)).toBe(1);
      expect(one.subarray(14).reduce((sum, v) => sum + v)).toBe(1);
    }
  },
);

test("quality counts right classes and averages the loss of the true class", () => {
  const binary = measureQuality(Float32Array.of(0.75, 0.25, 0.75), Float32Array.of(1, 0, 0));
  expect(binary.accuracy).toBeCloseTo(2 / 3, 12);
  expect(binary.logLoss).toBeCloseTo(-(2 * Math.log(0.75) + Math.log(0.25)) / 3, 12);
  const multi = measureQuality(Float32Array.of(0.5, 0.25, 0.25, 0.25, 0.25, 0.5), Float32Array.of(0, 1));
  expect(multi.accuracy).toBe(0.5);
  expect(multi.logLoss).toBeCloseTo(-(Math.log(0.5) + Math.log(0.25)) / 2, 12);
});
