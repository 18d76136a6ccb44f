import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tableCases } from "../../bench/case.ts";
import { scalingCases } from "../../bench/scaling-cases.ts";
import { Scratch } from "../../bench/scratch.ts";
import { readHeader, readRows } from "../../bench/table.ts";
import { writeCsv } from "../../bench/tables/csv.ts";
import { makeDense } from "../../bench/tables/generated.ts";
import { makeTable } from "../../bench/tables/spec.ts";
import { repeatRows, widen } from "../../bench/tables/variants.ts";

test("repeated rows have the same labels and values moved by at most 0.05 %", () => {
  const table = makeDense(20, 8);
  const long = repeatRows(table, 50);
  expect(long).toMatchObject({ rowCount: 50, trainRows: 40, featureCount: 8 });
  const [source, values] = [table.values as Float32Array, long.values as Float32Array];
  for (let i = 0; i < values.length; i++) {
    const original = source[i % source.length];
    expect(Math.abs(values[i] - original)).toBeLessThanOrEqual(0.0005001 * Math.abs(original));
  }
  expect(new Set(values).size).toBeGreaterThan(new Set(source).size);
  for (let row = 0; row < 50; row++) expect(long.label[row]).toBe(table.label[row % 20]);
});

test.each(["zero", "one-hot"] as const)("extra columns (%s) come after the table's own", (kind) => {
  const table = makeDense(30, 8);
  const wide = widen(table, kind, 5);
  const [source, values] = [table.values as Float32Array, wide.values as Float32Array];
  expect(wide.featureCount).toBe(13);
  for (let row = 0; row < 30; row++) {
    expect(values.slice(row * 13, row * 13 + 8)).toEqual(source.slice(row * 8, row * 8 + 8));
    const extra = values.subarray(row * 13 + 8, row * 13 + 13);
    expect([...extra].sort()).toEqual([0, 0, 0, 0, kind === "zero" ? 0 : 1]);
  }
});

test("the CSV file holds the training rows, the label last", () => {
  const folder = mkdtempSync(join(tmpdir(), "coppice-bench-"));
  try {
    const table = makeDense(10, 4);
    writeCsv(join(folder, "table.csv"), table);
    const lines = readFileSync(join(folder, "table.csv"), "utf8").trimEnd().split("\n");
    expect(lines[0]).toBe("f0,f1,f2,f3,label");
    expect(lines.length).toBe(1 + table.trainRows);
    const cells = lines[3].split(",").map(Number);
    expect(Float32Array.from(cells)).toEqual(
      Float32Array.of(...(table.values as Float32Array).subarray(8, 12), table.label[2]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a table made by another process is the one made here", () => {
  const scratch = new Scratch(mkdtempSync(join(tmpdir(), "coppice-bench-")));
  try {
    const spec = { kind: "classes", rows: 40, classes: 3, features: 5 } as const;
    const path = scratch.table(spec);
    expect(readHeader(path)).toMatchObject({ rowCount: 40, trainRows: 32, featureCount: 5 });
    expect(readRows(path, 0, 40).values).toEqual(makeTable(spec).values);
  } finally {
    scratch.close();
  }
});

test("cases have names of their own, and a quick case the parameters of the full one", () => {
  for (const cases of [tableCases, (isQuick: boolean) => scalingCases(isQuick, 4)]) {
    const full = cases(false);
    const quick = cases(true);
    expect(new Set(full.map(({ name }) => name)).size).toBe(full.length);
    expect(quick.map(({ params }) => params)).toEqual(full.map(({ params }) => params));
  }
});
