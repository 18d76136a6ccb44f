import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openArrow } from "../../../src/input/columnar/arrow.ts";
import { openParquet } from "../../../src/input/columnar/parquet.ts";
import { writeArrow } from "../../../src/input/columnar/write-arrow.ts";
import { writeParquet } from "../../../src/input/columnar/write-parquet.ts";
import { bytesSource } from "../../../src/input/table/bytes.ts";
import type { OutputColumn } from "../../../src/input/table/columns.ts";
import type { TableReader } from "../../../src/input/table/table.ts";
import { openCsv } from "../../../src/input/text/csv.ts";
import { writeCsv } from "../../../src/input/text/write-csv.ts";
import { collect } from "../collect.ts";

type Chunks = AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>;

async function join(chunks: Chunks): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

const formats: [
  string,
  (columns: OutputColumn[]) => Chunks,
  (bytes: Uint8Array<ArrayBuffer>) => Promise<TableReader>,
][] = [
  ["csv", writeCsv, (bytes) => openCsv(bytesSource("t", bytes), { delimiter: ",", hasHeader: true })],
  ["parquet", writeParquet, (bytes) => openParquet(bytesSource("t", bytes))],
  ["arrow file", (columns) => writeArrow(columns, "file"), (bytes) => openArrow(bytesSource("t", bytes))],
  ["arrow stream", (columns) => writeArrow(columns, "stream"), (bytes) => openArrow(bytesSource("t", bytes))],
];

/** Values as a reader gives them back: -0 is 0, and csv has neither empty texts nor more than float32. */
function expected({ values }: OutputColumn, format: string): (number | string | null)[] {
  return Array.from(values as ArrayLike<number | string | null>, (value) => {
    if (typeof value === "number") return Number.isNaN(value) ? null : value + 0;
    return format === "csv" && value === "" ? null : value;
  });
}

describe.each(formats)("%s", (format, write, open) => {
  test("gives back what was written: numbers, texts, missing values", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 6 }).map((s) => (s.trim() === s ? s : "x"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.float({ noDefaultInfinity: true }),
            fc.double({ noDefaultInfinity: true }),
            fc.integer(),
            fc.option(text),
          ),
          { minLength: 1, maxLength: 40 },
        ),
        async (rows) => {
          const columns: OutputColumn[] = [
            { name: "f32", values: Float32Array.from(rows, (row) => row[0]) },
            { name: "f64", values: Float64Array.from(rows, (row) => row[1]) },
            { name: 'i, "32"', values: Int32Array.from(rows, (row) => row[2]) },
            { name: "text", values: rows.map((row) => row[3]) },
          ];
          const table = await collect(await open(await join(write(columns))), [
            "number",
            "number",
            "number",
            "string",
          ]);
          expect(table.names).toEqual(columns.map(({ name }) => name));
          const got = table.columns.map((column) =>
            column.map((value) => (typeof value === "number" ? value + 0 : value)),
          );
          if (format === "csv") got[0] = got[0].map((value) => value && Math.fround(value as number));
          expect(got).toEqual(columns.map((column) => expected(column, format)));
        },
      ),
      { numRuns: 60, seed: 7401 },
    );
  });

  test("gives back tables of several portions", async () => {
    const count = 150_000;
    const columns: OutputColumn[] = [
      { name: "a", values: Int32Array.from({ length: count }, (_, i) => (i * 7919) % 1000) },
      { name: "b", values: Float32Array.from({ length: count }, (_, i) => i / 8) },
      { name: "c", values: Array.from({ length: count }, (_, i) => (i % 9 ? `t${i % 100}` : null)) },
    ];
    const table = await collect(await open(await join(write(columns))));
    expect(table.kinds).toEqual(["number", "number", "string"]);
    for (let c = 0; c < 3; c++) expect(table.columns[c]).toEqual(Array.from(columns[c].values as []));
  });

  test("refuses columns of different lengths and equal names", async () => {
    const a = { name: "a", values: Int32Array.of(1) };
    await expect(join(write([a, { name: "b", values: Int32Array.of(1, 2) }]))).rejects.toThrow(
      'columns must have equal lengths, got 1 for "a" and 2 for "b"',
    );
    await expect(join(write([a, a]))).rejects.toThrow('column names must be unique, got "a"');
  });
});

test("a csv of one column keeps rows that are missing", async () => {
  const bytes = await join(writeCsv([{ name: "x", values: Float32Array.of(1, NaN, 3) }]));
  expect(new TextDecoder().decode(bytes)).toBe('x\n1\n""\n3\n');
  expect((await collect(await openCsv(bytesSource("t", bytes)))).columns).toEqual([[1, null, 3]]);
});

test("a csv writes a float32 with the shortest digits that read back", async () => {
  const bytes = await join(writeCsv([{ name: "x", values: Float32Array.of(0.1, 1e-10, 123456.79, 3e38) }]));
  expect(new TextDecoder().decode(bytes)).toBe("x\n0.1\n1e-10\n123456.79\n3e+38\n");
});
