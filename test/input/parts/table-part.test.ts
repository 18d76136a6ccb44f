// The law of parts: whatever the format and the number of parts, the parts one after another are the table.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeArrow } from "../../../src/input/columnar/write-arrow.ts";
import { writeParquet } from "../../../src/input/columnar/write-parquet.ts";
import { openTable } from "../../../src/input/formats/open-table.ts";
import { openTablePart } from "../../../src/input/parts/table-part.ts";
import type { ReadTableOptions } from "../../../src/input/read-table.ts";
import { type ByteSource, bytesSource } from "../../../src/input/table/bytes.ts";
import type { TableReader } from "../../../src/input/table/table.ts";
import { catchRejection } from "../../oracle/catch-error.ts";

const seed = 20261124;

/** All cells, row by row, as texts. */
async function rowsOf(reader: TableReader): Promise<string[]> {
  const requests = reader.columns.map(({ kind }, column) => ({
    column,
    kind: kind === "string" ? ("string" as const) : ("number" as const),
  }));
  const rows: string[] = [];
  try {
    for await (const block of reader.read(requests)) {
      const cells: string[][] = Array.from({ length: block.rowCount }, () => []);
      for (let request = 0; request < requests.length; request++) {
        const values = await block.readColumn(request);
        for (let row = 0; row < block.rowCount; row++) {
          if (values.kind === "number") cells[row].push(String(values.values[row]));
          else cells[row].push(values.codes[row] < 0 ? "" : values.dictionary[values.codes[row]]);
        }
      }
      rows.push(...cells.map((row) => row.join("|")));
    }
  } finally {
    await reader.close();
  }
  return rows;
}

async function expectParts(sources: () => ByteSource[], count: number, options: ReadTableOptions = {}) {
  const whole = await rowsOf(await openTable(sources(), options));
  const parts: string[][] = [];
  for (let index = 0; index < count; index++) {
    parts.push(await rowsOf(await openTablePart(sources(), { index, count }, options)));
  }
  expect(parts.flat()).toEqual(whole);
  return parts.map((part) => part.length);
}

describe(`parts of a table (seed ${seed})`, () => {
  const cell = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -99, max: 99 }).map(String) },
    { weight: 1, arbitrary: fc.constant("") },
  );
  const text = fc.oneof(
    fc.constantFrom("pine", "fir", "oak"),
    fc.constantFrom('"a,b"', '"two\nlines"', '"say ""hi"""', '"\n\n"'),
  );
  const row = fc.tuple(cell, text, cell).map((cells) => cells.join(","));

  test("of text are the table, with quotes, quoted line ends and any line end", async () => {
    const files = fc.array(fc.array(row, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(
      files,
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      async (tables, count, lineEnd, endsWithLine) => {
        const sources = () =>
          tables.map((rows, file) => {
            const lines = ["1st,kind,2nd", ...rows].join(lineEnd) + (endsWithLine ? lineEnd : "");
            return bytesSource(`file${file}.csv`, lines);
          });
        await expectParts(sources, count, { hasHeader: true, textColumns: ["kind"] });
      },
    );
    await fc.assert(property, { seed, numRuns: 150 });
  });

  test("of text without a header keep their columns", async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `${i},${i % 7},${i * 2}`).join("\n");
    const counts = await expectParts(() => [bytesSource("a.csv", lines)], 4);
    expect(Math.min(...counts)).toBeGreaterThan(8);
  });

  test("agree on quotes by telling one another", async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `${i},"x\n${i}"`).join("\n");
    const content = `n,t\n${lines}\n`;
    const count = 4;
    const quotes: number[][] = [];
    const told: (() => void)[] = [];
    const shareQuotes = async (counts: readonly number[]) => {
      quotes.push([...counts]);
      await new Promise<void>((resolve) => {
        told.push(resolve);
        if (told.length === count) for (const tell of told) tell();
      });
      // Parts call in the order of their numbers here.
      return quotes;
    };
    const parts = await Promise.all(
      Array.from({ length: count }, async (_, index) =>
        rowsOf(
          await openTablePart(
            [bytesSource("a.csv", content)],
            { index, count, shareQuotes },
            { hasHeader: true },
          ),
        ),
      ),
    );
    expect(parts.flat()).toEqual(await rowsOf(await openTable([bytesSource("a.csv", content)])));
  });

  test("of Parquet are the table, in one row group or many, and even", async () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => i);
    const names = Array.from(values, (i) => (i % 5 === 0 ? null : `t${i % 3}`));
    const columns = [
      { name: "n", values },
      { name: "t", values: names },
    ];
    const bytes = await collect(writeParquet(columns));
    const sources = () => [bytesSource("a.parquet", bytes), bytesSource("b.parquet", bytes)];
    for (const count of [1, 2, 3, 5]) {
      const counts = await expectParts(sources, count);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(300);
    }
  });

  test("of an Arrow file are the table, in whole batches", async () => {
    const values = Float64Array.from({ length: 500 }, (_, i) => i / 2);
    const bytes = await collect(writeArrow([{ name: "n", values }]));
    await expectParts(() => [bytesSource("a.arrow", bytes), bytesSource("b.arrow", bytes)], 3);
  });

  test("of a packed file: it belongs to the part that it begins in", async () => {
    const lines = `a,b\n${Array.from({ length: 300 }, (_, i) => `${i},${i * i}`).join("\n")}\n`;
    const packed = new Response(new Blob([lines]).stream().pipeThrough(new CompressionStream("gzip")));
    const bytes = new Uint8Array(await packed.arrayBuffer());
    const sources = () => [bytesSource("a.csv.gz", bytes), bytesSource("b.csv.gz", bytes)];
    expect(await expectParts(sources, 3)).toEqual([300, 300, 0]);
  });

  test("of files with other columns name the file", async () => {
    const sources = [bytesSource("a.csv", "x,y\n1,2\n3,4\n"), bytesSource("b.csv", "x,z\n1,2\n3,4\n")];
    const reader = await openTablePart(sources, { index: 1, count: 2 }, { hasHeader: true });
    expect((await catchRejection(rowsOf(reader))).message).toMatch(/^b\.csv: .*lacks "y" and has "z"/);
  });
});

async function collect(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Uint8Array | Promise<unknown>,
): Promise<Uint8Array<ArrayBuffer>> {
  const awaited = (await content) as AsyncIterable<Uint8Array> | Uint8Array;
  if (awaited instanceof Uint8Array) return new Uint8Array(awaited);
  const parts: Uint8Array[] = [];
  for await (const chunk of awaited) parts.push(chunk.slice());
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
