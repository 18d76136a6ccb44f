import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DMatrix } from "../../../src/data/dmatrix.ts";
import { formatOfName } from "../../../src/input/formats/registry.ts";
import { outputFormatOf } from "../../../src/input/formats/writers.ts";
import { readTable, readTableSplit } from "../../../src/node/tables/read-table.ts";
import { writeTable } from "../../../src/node/tables/write-table.ts";
import { dataPath, testNeeding } from "../../require.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/coppice-`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array) => {
  writeFileSync(`${folder}/${name}`, content);
  return `${folder}/${name}`;
};

function rowsOf(matrix: DMatrix): (number | null)[][] {
  const { rowCount, featureCount: width } = matrix;
  const values = matrix.features.readRows(0, rowCount, new Float32Array(rowCount * width));
  return Array.from({ length: rowCount }, (_, row) =>
    Array.from(values.slice(row * width, (row + 1) * width), (v) => (Number.isNaN(v) ? null : v)),
  );
}

describe("formats", () => {
  test.each([
    ["a.csv", "csv"],
    ["a.CSV.gz", "csv"],
    ["a.tsv", "tsv"],
    ["dir.csv/a.svm", "libsvm"],
    ["a.libsvm.gz", "libsvm"],
    ["a.parquet", "parquet"],
    ["a.feather", "arrow"],
    ["a.arrow", "arrow"],
    ["a.ipc", "arrow"],
    ["a.data.gz", undefined],
    ["a.txt", undefined],
    ["dir.csv/plain", undefined],
  ])("the name %s tells %s", (name, format) => {
    expect(formatOfName(name)).toBe(format);
  });

  const columns = [
    { name: "x", values: Float32Array.of(1.5, 2, NaN) },
    { name: "c", values: ["b", "a", null] },
    { name: "y", values: Int32Array.of(0, 1, 1) },
  ];

  test.each(["csv", "parquet", "arrow"] as const)("a table written as %s reads as it was", async (format) => {
    for (const name of [`t.${format}`, "t.unknown"]) {
      await writeTable(`${folder}/${name}`, columns, format);
      const matrix = await readTable(`${folder}/${name}`, { label: "y" });
      expect(matrix.featureNames).toEqual(["x", "c"]);
      expect(matrix.categories).toEqual([null, ["a", "b"]]);
      expect(rowsOf(matrix)).toEqual([
        [1.5, 1],
        [2, 0],
        [null, null],
      ]);
      expect([...matrix.label!]).toEqual([0, 1, 1]);
    }
  });

  test("Arrow that is gzip as a whole is unpacked", async () => {
    await writeTable(`${folder}/t.arrow`, columns);
    const { readFileSync } = await import("node:fs");
    const path = write("t.arrow.gz", gzipSync(readFileSync(`${folder}/t.arrow`)));
    expect((await readTable(path, { label: "y" })).rowCount).toBe(3);
  });

  test("libsvm and csv are told apart by the first line where the name does not say", async () => {
    const svm = await readTable(write("a.txt", "1 qid:1 0:2 5:3 # note\n0 qid:1 1:1\n"));
    expect([svm.featureCount, svm.queryOffsets?.length]).toEqual([6, 2]);
    const csv = await readTable(write("b.data", gzipSync("1,2,0\n3,4,1\n")), { label: -1 });
    expect(rowsOf(csv)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("a given format counts more than the name", async () => {
    const matrix = await readTable(write("a.csv", "1 0:2\n0 1:3\n"), { format: "libsvm", featureCount: 4 });
    expect(matrix.featureCount).toBe(4);
    await expect(readTable(write("b", "1"), { format: "xls" as "csv" })).rejects.toThrow(
      '`format` must be one of "csv", "tsv", "libsvm", "parquet", "arrow", got "xls"',
    );
  });

  test("tsv has tabs even where commas are more", async () => {
    const matrix = await readTable(write("a.tsv", "a,b,c\ty\n1\t0\n2\t1\n"), { label: "y" });
    expect(matrix.featureNames).toEqual(["a,b,c"]);
  });

  test("a column that is asked for by name means that there is a header", async () => {
    const path = write("n.csv", "2019,2020,y\n1,2,a\n3,4,b\n");
    const matrix = await readTable(path, { label: "y", labelKind: "class" });
    expect(matrix.featureNames).toEqual(["2019", "2020"]);
    await expect(readTable(write("h.csv", "1,2\n3,4\n"), { label: "y" })).rejects.toThrow(
      '`label` must be a column of the table, got "y"; its columns are "1", "2"',
    );
  });

  test("what can be written is told by the name", () => {
    expect(outputFormatOf("p.feather")).toBe("arrow");
    expect(() => outputFormatOf("p.txt")).toThrow(
      'a table can be written to .csv, .parquet or .arrow, got "p.txt"',
    );
    expect(() => outputFormatOf("p.csv.gz")).toThrow("a table can be written to");
  });
});

describe("several files", () => {
  test("are one table in the order of their names, whatever the order of their columns", async () => {
    write("p-2.csv", "y,c,x\n1,b,3\n");
    write("p-1.csv", "x,c,y\n1,z,0\n2,a,1\n");
    await writeTable(`${folder}/p-3.csv`, [
      { name: "x", values: Float32Array.of(4) },
      { name: "y", values: Int32Array.of(0) },
      { name: "c", values: ["z"] },
    ]);
    const matrix = await readTable(`${folder}/p-*.csv`, { label: "y" });
    expect(matrix.categories).toEqual([null, ["a", "b", "z"]]);
    expect(rowsOf(matrix)).toEqual([
      [1, 2],
      [2, 0],
      [3, 1],
      [4, 2],
    ]);
    expect([...matrix.label!]).toEqual([0, 1, 1, 0]);
  });

  test("split by their common row numbers as one file does", async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `${i},${i % 2}`);
    const whole = write("all.csv", `x,y\n${rows.join("\n")}\n`);
    write("q1.csv", `x,y\n${rows.slice(0, 101).join("\n")}\n`);
    write("q2.csv", `x,y\n${rows.slice(101).join("\n")}\n`);
    const options = { label: "y", validFraction: 0.2, seed: 5 };
    const one = await readTableSplit(whole, options);
    const two = await readTableSplit(`${folder}/q*.csv`, options);
    expect(rowsOf(two.valid)).toEqual(rowsOf(one.valid));
    expect(rowsOf(two.train)).toEqual(rowsOf(one.train));
  });

  test("without a header stay without one, even where all is text", async () => {
    write("h1.csv", "1,a\n2,b\n");
    write("h2.csv", "3,b\n");
    expect(rowsOf(await readTable(`${folder}/h*.csv`))).toEqual([
      [1, 0],
      [2, 1],
      [3, 1],
    ]);
  });

  test("must have the same columns", async () => {
    const first = write("a.csv", "x,y,z\n1,2,3\n");
    const lacking = write("b.csv", "x,w\n1,2\n");
    await expect(readTable([first, lacking])).rejects.toThrow(
      `${lacking}: files of one table must have the same columns; ${first} has 3 columns with names, this has 2 columns with names; it lacks "y", "z" and has "w" instead`,
    );
    const nameless = write("c.csv", "1,2,3\n");
    await expect(readTable([first, nameless], { hasHeader: undefined })).rejects.toThrow(/c\.csv/);
  });

  test("an error names the file and line it stands in", async () => {
    const rows = "1,2\n".repeat(50);
    write("a.csv", `x,y\n${rows}`);
    const second = write("b.csv", `x,y\n${rows}1,oops\n`);
    await expect(readTable(`${folder}/*.csv`)).rejects.toThrow(
      `${second}:52: column "y" must hold numbers, got "oops"`,
    );
  });
});

describe("bad paths", () => {
  test("no such file, an empty file, no file at all", async () => {
    await expect(readTable(`${folder}/none.csv`)).rejects.toMatchObject({
      code: "INVALID_DATA",
      message: `cannot read ${folder}/none.csv: no such file`,
    });
    const empty = write("e.csv", "");
    await expect(readTable(empty)).rejects.toThrow(
      `${empty}: a table must have at least one row, got an empty file`,
    );
    await expect(readTable(write("e.parquet", ""))).rejects.toThrow("e.parquet: no readable Parquet file");
    await expect(readTable(write("e.arrow", ""))).rejects.toThrow("e.arrow: no readable Arrow data");
    await expect(readTable([])).rejects.toThrow("a table must be made of at least one file, got none");
  });
});

describe("real data", () => {
  const missing = (matrix: DMatrix) =>
    rowsOf(matrix)
      .flat()
      .filter((value) => value === null).length;

  testNeeding("data:covtype_20000.data.gz", "Covertype: no header, label 1..7 last", async () => {
    const matrix = await readTable(dataPath("covtype_20000.data.gz"), { label: -1, labelKind: "class" });
    expect([matrix.rowCount, matrix.featureCount]).toEqual([20000, 54]);
    expect(matrix.labelClasses).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(rowsOf(matrix)[0].slice(0, 10)).toEqual([2596, 51, 3, 258, 0, 510, 221, 232, 148, 6279]);
    expect(matrix.label![0]).toBe(4);
  });

  testNeeding("data:adult.data.gz", "Adult: blanks after commas, text columns, ? as missing", async () => {
    const matrix = await readTable(dataPath("adult.data.gz"), {
      label: -1,
      labelKind: "class",
      missing: "?",
    });
    expect([matrix.rowCount, matrix.featureCount]).toEqual([32561, 14]);
    expect(matrix.labelClasses).toEqual(["<=50K", ">50K"]);
    expect(matrix.label!.reduce((sum, code) => sum + code, 0)).toBe(7841);
    expect(matrix.categories!.map((names) => names?.length ?? 0)).toEqual([
      0, 8, 0, 16, 0, 7, 14, 6, 5, 2, 0, 0, 0, 41,
    ]);
    expect(missing(matrix)).toBe(1836 + 1843 + 583);
  });

  testNeeding(
    "data:california_housing.csv.gz",
    "California housing: header, empty cells, one text column",
    async () => {
      const matrix = await readTable(dataPath("california_housing.csv.gz"), { label: "median_house_value" });
      expect([matrix.rowCount, matrix.featureCount]).toEqual([20640, 9]);
      expect(matrix.categories![8]).toEqual(["<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN"]);
      expect(missing(matrix)).toBe(207);
    },
  );

  testNeeding("data:higgs_10984.csv.gz", "Higgs: long decimals", async () => {
    const matrix = await readTable(dataPath("higgs_10984.csv.gz"), { label: -1 });
    expect([matrix.rowCount, matrix.featureCount]).toEqual([10984, 28]);
    expect(matrix.featureNames![0]).toBe("lepton_pT");
  });

  testNeeding("data:lightgbm_binary.train.gz", "LightGBM's tab separated example", async () => {
    const matrix = await readTable(dataPath("lightgbm_binary.train.gz"), { label: 0 });
    expect([matrix.rowCount, matrix.featureCount]).toEqual([7000, 28]);
  });

  testNeeding("data:agaricus.train.gz", "Agaricus: libsvm", async () => {
    const matrix = await readTable(dataPath("agaricus.train.gz"));
    expect([matrix.rowCount, matrix.featureCount, matrix.features.isSparse]).toEqual([6513, 127, true]);
  });

  testNeeding("data:lightgbm_rank.train.gz", "LightGBM's ranking example: libsvm", async () => {
    expect((await readTable(dataPath("lightgbm_rank.train.gz"))).rowCount).toBe(3005);
  });
});
