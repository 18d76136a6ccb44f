import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../../../src/input/table/bytes.ts";
import { type CsvOptions, openCsv } from "../../../src/input/text/csv.ts";
import { splitCsv } from "../../oracle/csv.ts";
import { chunkedSource, collect } from "../collect.ts";

const read = async (text: string, options?: CsvOptions) =>
  collect(await openCsv(bytesSource("t.csv", text), options));

describe("openCsv", () => {
  test("reads numbers, texts and missing values", async () => {
    const table = await read("a,b,c\n1,x,\n-2.5,y,3e2\n,,4\n");
    expect(table.names).toEqual(["a", "b", "c"]);
    expect(table.kinds).toEqual(["number", "string", "number"]);
    expect(table.columns).toEqual([
      [1, -2.5, null],
      ["x", "y", null],
      [null, 300, 4],
    ]);
    expect(table.places).toEqual(["t.csv:2", "t.csv:3", "t.csv:4"]);
  });

  test.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ])("takes %s line ends, with and without the last one, and skips empty lines", async (_, end) => {
    for (const tail of ["", end, end + end]) {
      const table = await read(["a,b", "1,2", "", "3,4"].join(end) + tail);
      expect(table.columns).toEqual([
        [1, 3],
        [2, 4],
      ]);
      expect(table.places).toEqual(["t.csv:2", "t.csv:4"]);
    }
  });

  test("takes quotes, escaped quotes, delimiters and line ends inside quotes", async () => {
    const table = await read('name,n\n"a, ""b""\nc",1\n  "d" , "2" \n"",""\n');
    expect(table.columns).toEqual([
      ['a, "b"\nc', "d", null],
      [1, 2, null],
    ]);
    expect(table.places).toEqual(["t.csv:2", "t.csv:4", "t.csv:5"]);
  });

  test("equals splitting the whole text character by character, however the bytes arrive", async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        "",
        "1",
        "-2.5",
        "x",
        " y ",
        "é€",
        '"q"',
        '"a""b"',
        '"m\nn"',
        '"c;d"',
        '""',
        "3e1",
        "z z",
      ),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    );
    const table = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(";", "\t", "|"), fc.constantFrom("\n", "\r\n"))
      .chain(([width, delimiter, end]) =>
        fc
          .array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 })
          .map((rows) => ({ rows, width, delimiter, end })),
      );
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        table,
        sizes,
        fc.boolean(),
        async ({ rows, width, delimiter, end }, chunks, lastEnd) => {
          const text = rows.map((row) => row.join(delimiter)).join(end) + (lastEnd ? end : "");
          const expected = splitCsv(text, delimiter);
          fc.pre(expected.length > 0 && expected.every((row) => row.length === width));
          const reader = await openCsv(chunkedSource("t.csv", text, chunks), { delimiter, hasHeader: false });
          const { columns } = await collect(reader, Array(width).fill("string"));
          expect(columns).toEqual(
            Array.from({ length: width }, (_, c) => expected.map((row) => (row[c] === "" ? null : row[c]))),
          );
        },
      ),
      { numRuns: 1500, seed: 7101 },
    );
  });

  test("gives numbers as Number() reads them, however the bytes arrive", async () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
        async (rows, chunks) => {
          const text = `a,b,c\n${rows.map((row) => row.map((v) => v ?? "").join(",")).join("\n")}\n`;
          const { columns } = await collect(
            await openCsv(chunkedSource("t.csv", text, chunks), { hasHeader: true }),
          );
          const texts = (c: number) => rows.map((row) => (row[c] === null ? null : Number(String(row[c]))));
          expect(columns).toEqual([texts(0), texts(1), texts(2)]);
        },
      ),
      { numRuns: 400, seed: 7102 },
    );
  });

  test("gives blocks that follow one another without loss", async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `${i},t${i % 7},${i / 8}`);
    const { columns } = await read(`i,t,x\n${rows.join("\n")}\n`);
    expect(columns[0]).toEqual(rows.map((_, i) => i));
    expect(columns[1][29_999]).toBe("t4");
    expect(columns[2].reduce((sum: number, v) => sum + (v as number), 0)).toBe((30_000 * 29_999) / 16);
  });

  test("steps over a byte order mark and refuses UTF-16", async () => {
    expect((await read("\ufeffa,b\n1,2\n")).names).toEqual(["a", "b"]);
    const utf16 = Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0a, 0);
    await expect(openCsv(bytesSource("t.csv", utf16))).rejects.toThrow(
      "t.csv: text must be UTF-8, got UTF-16",
    );
  });

  test("reads only what is asked for, skipping the rest unread", async () => {
    const reader = await openCsv(bytesSource("t.csv", 'a,b,c\n1,"x,\ny",2\n3, oops ,4\n'));
    const blocks = [];
    for await (const block of reader.read([{ column: 2, kind: "number" }])) {
      blocks.push([...((await block.readColumn(0)) as { values: Float64Array }).values], block.placeOf(1));
    }
    expect(blocks).toEqual([[2, 4], "t.csv:4"]);
    await reader.close();
  });

  test("unpacks gzip whatever the name", async () => {
    const packed = new Blob(["a,b\n1,2\n3,4\n"]).stream().pipeThrough(new CompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    const table = await collect(await openCsv(bytesSource("t.data", bytes)));
    expect(table.columns).toEqual([
      [1, 3],
      [2, 4],
    ]);
    const cut = bytes.slice(0, bytes.length - 9);
    await expect(openCsv(bytesSource("t.gz", cut))).rejects.toThrow(/^t\.gz: damaged gzip data/);
  });
});

describe("the dialect of a file", () => {
  test.each([
    ["a,b\n1,2\n", ["a", "b"]],
    ["a\tb\n1\t2\n", ["a", "b"]],
    ["a;b\n1,5;2\n1,7;3\n", ["a", "b"]],
    ["a|b\n1|2\n", ["a", "b"]],
    ['"x,y";b\n1;2\n', ["x,y", "b"]],
    ["a\n1\n", ["a"]],
  ])("the delimiter of %j is found", async (text, names) => {
    expect((await read(text)).names).toEqual(names);
  });

  test.each([
    ["names above numbers", "a,b\n1,x\n", true],
    ["numbers only", "1,2\n3,4\n", false],
    ["a number among texts above texts and numbers", "39,Private,x\n50,Self,y\n", false],
    ["texts only", "a,b\nx,y\n", true],
    ["a pandas index column", ",a,b\n0,1,2\n", true],
    ["numbers as names beside a label name", "0,1,label\n1.5,2,0\n", true],
    ["a missing value in the first row", "NA,2\n1,3\n", false],
    ["names that repeat", "a,a\n1,2\n", false],
    ["one row of numbers", "1,2,3", false],
  ])("a header is told from data: %s", async (_, text, hasHeader) => {
    const reader = await openCsv(bytesSource("t.csv", text));
    expect(reader.hasNames).toBe(hasHeader);
    await reader.close();
  });

  test("a column that is missing throughout the first rows is numeric", async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => (i < 1200 ? "1,\n" : "1,5\n")).join("");
    const table = await read(`a,b\n${rows}`);
    expect(table.kinds).toEqual(["number", "number"]);
    expect(table.columns[1][1400]).toBe(5);
  });

  test("texts that mean missing do not make a column a text", async () => {
    const table = await read("a,b\n?,x\n1,?\n", { missing: "?" });
    expect(table.kinds).toEqual(["number", "string"]);
    expect(table.columns).toEqual([
      [null, 1],
      ["x", null],
    ]);
  });
});

describe("bad CSV", () => {
  const late = (row: string) => `a,b\n${"1,2\n".repeat(2000)}${row}\n`;
  test.each([
    ["an empty file", "", "t.csv: a table must have at least one row, got an empty file"],
    ["a short row", "a,b\n1,2\n3\n", "t.csv:3: a row must have 2 cells like the first, got 1"],
    ["a long row", "a,b\n1,2\n\n3,4,5\n", "t.csv:4: a row must have 2 cells like the first, got 3"],
    ["a trailing delimiter", "a,b\n1,2,\n", "t.csv:2: a row must have 2 cells like the first, got 3"],
    ["text among numbers", late("3,oops"), 't.csv:2002: column "b" must hold numbers, got "oops"'],
    ["a number with a tail", late("3,4x"), 't.csv:2002: column "b" must hold numbers, got "4x"'],
    ["an open quote", 'a,b\n1,2\n"3,4\n5,6\n', "t.csv:3: a quote must be closed, got the end of the data"],
    ["text behind a quote", 'a,b\n1,"2"3\n', "t.csv:2: a closing quote must be followed by the delimiter"],
    ["equal names", "a,b,a\n1,2,3\n", 't.csv: column names must be unique, got "a" for columns 0 and 2'],
  ])("%s is named with its line", async (_, text, message) => {
    await expect(read(text, { hasHeader: true })).rejects.toMatchObject({
      code: "INVALID_DATA",
      message: expect.stringContaining(message),
    });
  });

  test("a column of a table without a header is named by its position", async () => {
    await expect(read(`${"1,2\n".repeat(1500)}1,x\n`)).rejects.toThrow(
      't.csv:1501: column 1 must hold numbers, got "x"',
    );
  });

  test("a delimiter is one ASCII character", async () => {
    await expect(read("a", { delimiter: ", " })).rejects.toThrow(
      '`delimiter` must be one ASCII character other than a quote or line end, got ", "',
    );
  });
});
