import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openArrow } from "../../../src/input/columnar/arrow.ts";
import { openParquet } from "../../../src/input/columnar/parquet.ts";
import { writeArrow } from "../../../src/input/columnar/write-arrow.ts";
import { writeParquet } from "../../../src/input/columnar/write-parquet.ts";
import { tableToDMatrix } from "../../../src/input/sink/table-dmatrix.ts";
import { bytesSource } from "../../../src/input/table/bytes.ts";
import { describeNeeding, python } from "../../require.ts";
import { collect } from "../collect.ts";

describeNeeding(["pandas", "pyarrow"], "tables that pyarrow wrote", () => {
  let folder: string;
  let expected: Record<string, (number | string | null)[]>;

  beforeAll(() => {
    folder = mkdtempSync(`${tmpdir()}/coppice-`);
    const script = fileURLToPath(new URL("make_tables.py", import.meta.url));
    const run = spawnSync(python, [script, folder], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(run.stderr);
    expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8"));
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const open = (file: string) => {
    const source = bytesSource(file, new Uint8Array(readFileSync(`${folder}/${file}`)));
    return file.endsWith(".parquet") ? openParquet(source) : openArrow(source);
  };
  const isReadable = (column: { kind: string }) => column.kind !== "other";

  test.each([
    "none.parquet",
    "snappy.parquet",
    "gzip.parquet",
    "zstd.parquet",
    "brotli.parquet",
    "lz4.parquet",
    "v2.parquet",
    "plain.parquet",
    "small-dictionary.parquet",
    "split.parquet",
    "pandas.parquet",
    "uncompressed.arrow",
    "lz4.arrow",
    "zstd.arrow",
    "stream.arrows",
  ])("%s gives the values that pandas sees", async (file) => {
    const reader = await open(file);
    expect(reader.columns.filter((column) => !isReadable(column)).map(({ name }) => name)).toEqual(
      file === "split.parquet" ? [] : ["day", "list"],
    );
    const table = await collect({
      ...reader,
      columns: reader.columns.filter(isReadable),
      read: (r) => reader.read(r),
      close: () => reader.close(),
    });
    for (const [c, name] of table.names.entries()) {
      const isText = typeof expected[name].find((value) => value !== null) === "string";
      expect(table.kinds[c]).toBe(isText ? "string" : "number");
      // hyparquet multiplies decimals by 0.001, which may be off by one in the last digit.
      const rounded = (value: number | string | null) =>
        name === "decimal" && value !== null ? Number((value as number).toFixed(3)) : value;
      expect(table.columns[c].map(rounded), name).toEqual(expected[name]);
    }
  });

  test("columns of an Arrow dictionary are categorical, integers among them", async () => {
    const matrix = await tableToDMatrix(await open("lz4.arrow"), { features: ["category", "codes", "u8"] });
    expect(matrix.categories).toEqual([["c0", "c1", "c2", "c3"], [0, 10, 20, 30], null]);
    expect(matrix.featureTypes).toEqual(["c", "c", "q"]);
  });

  test("a column of dates or lists is refused by name and type", async () => {
    for (const [file, type] of [
      ["none.parquet", "DATE"],
      ["lz4.arrow", "Date"],
    ]) {
      await expect(tableToDMatrix(await open(file), { features: ["u8", "day"] })).rejects.toThrow(
        `${file}: column "day" must hold numbers or text, got type ${type}`,
      );
    }
  });

  test("a file that is cut off or altered is an error, never half a table", async () => {
    for (const file of ["v2.parquet", "small-dictionary.parquet", "lz4.arrow", "stream.arrows"]) {
      const whole = new Uint8Array(readFileSync(`${folder}/${file}`));
      const columns = { features: ["i32", "f64", "text"] };
      const read = async (bytes: Uint8Array<ArrayBuffer>) => {
        const source = bytesSource(file, bytes);
        return tableToDMatrix(
          await (file.endsWith(".parquet") ? openParquet(source) : openArrow(source)),
          columns,
        );
      };
      for (const part of [0.3, 0.6, 0.9]) {
        await expect(read(whole.slice(0, Math.floor(whole.length * part)))).rejects.toMatchObject({
          code: "INVALID_DATA",
          message: expect.stringMatching(new RegExp(`^${file}`)),
        });
      }
      await expect(read(new Uint8Array(0))).rejects.toMatchObject({ code: "INVALID_DATA" });
      await expect(read(new TextEncoder().encode("no such format, just text"))).rejects.toMatchObject({
        code: "INVALID_DATA",
      });
    }
  });

  test("pyarrow reads what is written here", async () => {
    const columns = [
      { name: "f", values: Float32Array.of(1.5, NaN, -2) },
      { name: "d", values: Float64Array.of(0.1, 1e300, NaN) },
      { name: "i", values: Int32Array.of(-1, 0, 2147483647) },
      { name: "t", values: ["ä", null, ""] },
    ];
    const chunks = {
      parquet: writeParquet(columns),
      arrow: writeArrow(columns),
      arrows: writeArrow(columns, "stream"),
    };
    for (const [extension, parts] of Object.entries(chunks)) {
      const bytes: Uint8Array<ArrayBuffer>[] = [];
      for await (const part of parts) bytes.push(part);
      writeFileSync(`${folder}/ours.${extension}`, Buffer.concat(bytes));
    }
    const script = `
import sys, pyarrow.feather as f, pyarrow.parquet as p, pyarrow.ipc as i
for t in [p.read_table(sys.argv[1] + ".parquet"), f.read_table(sys.argv[1] + ".arrow"), i.open_stream(open(sys.argv[1] + ".arrows", "rb")).read_all()]:
    print(t.schema.types, t.to_pydict())`;
    const run = spawnSync(python, ["-c", script, `${folder}/ours`], { encoding: "utf8" });
    const types = "[DataType(float), DataType(double), DataType(int32), DataType(string)]";
    const values =
      "{'f': [1.5, nan, -2.0], 'd': [0.1, 1e+300, nan], 'i': [-1, 0, 2147483647], 't': ['ä', None, '']}";
    expect(run.stdout.trim().split("\n")).toEqual(Array(3).fill(`${types} ${values}`));
  });
});
