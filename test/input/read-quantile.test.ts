import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { profileRows, sampleRows } from "../../src/booster/training-profile.ts";
import type { DMatrix } from "../../src/data/dmatrix.ts";
import { QuantileDMatrix } from "../../src/data/quantile-dmatrix.ts";
import { writeParquet } from "../../src/input/columnar/write-parquet.ts";
import { readQuantileSources, readQuantileSourcesSplit } from "../../src/input/read-quantile.ts";
import { type ReadTableOptions, readSources, readSourcesSplit } from "../../src/input/read-table.ts";
import { type ByteSource, bytesSource } from "../../src/input/table/bytes.ts";
import { trainBooster } from "../../src/training/train.ts";
import { inProcessParsers } from "../oracle/in-process-parser.ts";
import { hashUniform } from "../parity/cases/case-table.ts";

const seed = 4242;

type Kind = "dense" | "few" | "gappy" | "lateGappy" | "indicator" | "text" | "number category" | "empty";
const kinds: readonly Kind[] = [
  "dense",
  "few",
  "gappy",
  "lateGappy",
  "indicator",
  "text",
  "number category",
  "empty",
];

interface TableCase {
  readonly seed: number;
  readonly rowCount: number;
  readonly kinds: readonly Kind[];
  readonly fileCount: number;
  readonly isParquet: boolean;
  readonly hasWeights: boolean;
}

const cases: fc.Arbitrary<TableCase> = fc.record({
  seed: fc.nat(1_000_000),
  rowCount: fc.integer({ min: 4, max: 1500 }),
  kinds: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 7 }),
  fileCount: fc.integer({ min: 1, max: 3 }),
  isParquet: fc.boolean(),
  hasWeights: fc.boolean(),
});

/** A cell of a case as a number, a text or null for missing. */
function cellOf(kind: Kind, tableSeed: number, f: number, row: number, rowCount: number) {
  const u = hashUniform(tableSeed, f, row);
  switch (kind) {
    case "dense":
      return Math.fround(u * 4 - 2);
    case "few":
      return Math.floor(u * 6) / 4;
    case "gappy":
      return u < 0.4 ? null : Math.fround(u);
    case "lateGappy":
      return row > rowCount / 2 && u < 0.7 ? null : Math.fround(u);
    case "indicator":
      return row % 5 === f % 5 ? 1 : 0;
    case "text":
      return u < 0.1 ? null : `t${Math.floor(u * (row < rowCount / 2 ? 5 : 9))}`;
    case "number category":
      return 40 - Math.floor(u * 7);
    default:
      return null;
  }
}

/** The files of a case, and how they are read. */
async function makeFiles(
  tableCase: TableCase,
): Promise<{ files: () => ByteSource[]; options: ReadTableOptions }> {
  const { rowCount, fileCount, isParquet, hasWeights } = tableCase;
  const names = tableCase.kinds.map((kind, f) => `${kind} ${f}`);
  const columnsOf = (begin: number, end: number) => {
    const column = (make: (row: number) => number | string | null) =>
      Array.from({ length: end - begin }, (_, i) => make(begin + i));
    return [
      { name: "y", cells: column((row) => Math.floor(hashUniform(tableCase.seed, 90, row) * 3)) },
      { name: "w", cells: column((row) => Math.floor(hashUniform(tableCase.seed, 91, row) * 9) / 4) },
      ...tableCase.kinds.map((kind, f) => ({
        name: names[f],
        cells: column((row) => cellOf(kind, tableCase.seed, f, row, rowCount)),
      })),
    ];
  };
  const contents: Uint8Array<ArrayBuffer>[] = [];
  for (let file = 0; file < fileCount; file++) {
    const begin = Math.floor((file * rowCount) / fileCount);
    const columns = columnsOf(begin, Math.floor(((file + 1) * rowCount) / fileCount));
    contents.push(isParquet ? await parquetOf(columns) : csvOf(columns));
  }
  const extension = isParquet ? "parquet" : "csv";
  return {
    files: () => contents.map((content, i) => bytesSource(`${i}.${extension}`, content)),
    options: {
      label: "y",
      labelKind: "class",
      ...(hasWeights ? { weight: "w" } : { ignore: ["w"] }),
      categorical: names.filter((name) => name.startsWith("number")),
      textColumns: names.filter((name) => name.startsWith("text")),
    },
  };
}

type Column = { readonly name: string; readonly cells: readonly (number | string | null)[] };

function csvOf(columns: readonly Column[]): Uint8Array<ArrayBuffer> {
  const lines = columns[0].cells.map((_, row) => columns.map(({ cells }) => cells[row] ?? "").join(","));
  return new TextEncoder().encode(`${[columns.map(({ name }) => name).join(","), ...lines].join("\n")}\n`);
}

async function parquetOf(columns: readonly Column[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts = writeParquet(
    columns.map(({ name, cells }) => ({
      name,
      values: name.startsWith("text")
        ? (cells as (string | null)[])
        : Float64Array.from(cells, (cell) => (cell === null ? NaN : (cell as number))),
    })),
  );
  const bytes: number[] = [];
  for await (const part of parts) bytes.push(...part);
  return Uint8Array.from(bytes);
}

/** Everything of a table but its features. */
function infoOf(data: DMatrix): Partial<DMatrix> {
  const { features: _, ...info } = { ...data, maxBin: undefined, sample: undefined };
  return { ...info };
}

async function modelOf(data: DMatrix, maxBin: number): Promise<string> {
  const parameters = { objective: "multi:softprob", numClass: 3, maxDepth: 3, maxBin };
  const { booster } = await trainBooster(parameters, data, { rounds: 2, consumeData: true });
  return new TextDecoder().decode(booster.toBytes("json"));
}

/** Threads that open these files by their names. */
function parsersOf(files: readonly ByteSource[], running = { count: 0, most: 0 }) {
  const byName = new Map(files.map((file) => [file.name, file]));
  const host = inProcessParsers(async (name) => byName.get(name)!, {
    onStart: () => {
      running.most = Math.max(running.most, ++running.count);
    },
    onEnd: () => running.count--,
  });
  return { host };
}

/** The streamed table must be what the table in memory gives. */
async function compare(streamed: QuantileDMatrix, whole: DMatrix): Promise<void> {
  const expected = QuantileDMatrix.fromDMatrix(whole, { maxBin: streamed.maxBin });
  expect(streamed.cuts).toEqual(expected.cuts);
  expect(streamed.features.states).toEqual(expected.features.states);
  expect(streamed.features.presentCounts).toEqual(expected.features.presentCounts);
  expect(infoOf(streamed)).toEqual(infoOf(whole));
}

describe(`reading into bins (seed ${seed})`, () => {
  const maxBins = fc.constantFrom(2, 16, 256);
  // None, less than most tables need, the default.
  const buffers = fc.constantFrom(0, 4000, undefined);

  test("gives cuts, bins, labels and model of the table in memory", async () => {
    const property = fc.asyncProperty(cases, maxBins, buffers, async (tableCase, maxBin, bufferBytes) => {
      const { files, options } = await makeFiles(tableCase);
      const whole = await readSources(files(), options);
      const streamed = await readQuantileSources(files(), { ...options, maxBin, bufferBytes });
      await compare(streamed, whole);
      expect(await modelOf(streamed, maxBin)).toBe(await modelOf(whole, maxBin));
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test("splits off the validation rows that a split in memory does, coded alike", async () => {
    const property = fc.asyncProperty(cases, maxBins, buffers, async (tableCase, maxBin, bufferBytes) => {
      const { files, options } = await makeFiles({ ...tableCase, rowCount: tableCase.rowCount + 100 });
      const split = { ...options, validFraction: 0.3, seed: tableCase.seed };
      const whole = await readSourcesSplit(files(), split);
      const streamed = await readQuantileSourcesSplit(files(), { ...split, maxBin, bufferBytes });
      await compare(streamed.train, whole.train);
      expect(streamed.valid).toEqual(whole.valid);
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("gives the same by any number of threads, in parts of any size", async () => {
    const property = fc.asyncProperty(
      cases,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1500, max: 9000 }),
      async (tableCase, count, partBytes) => {
        const made = await makeFiles({ ...tableCase, isParquet: false });
        const { files } = made;
        const options = { ...made.options, bufferBytes: partBytes & 1 ? 0 : undefined };
        const threads = { ...parsersOf(files()), count, partBytes };
        const alone = await readQuantileSources(files(), options);
        const together = await readQuantileSources(files(), options, threads);
        expect(together).toEqual(alone);
        const split = { ...options, validFraction: 0.4, seed: 1 };
        if (tableCase.rowCount < 50) return;
        expect(await readQuantileSourcesSplit(files(), split, threads)).toEqual(
          await readQuantileSourcesSplit(files(), split),
        );
      },
    );
    await fc.assert(property, { seed, numRuns: 25 });
  });

  test("names the line of what is wrong although threads do not know it, and ends the threads", async () => {
    const lines = Array.from({ length: 3000 }, (_, row) => `${row % 2},${row}`);
    lines[2500] = "1,abc";
    const files = [bytesSource("a.csv", `y,x\n${lines.join("\n")}\n`)];
    const running = { count: 0, most: 0 };
    const threads = { ...parsersOf(files, running), count: 2, partBytes: 4000 };
    await expect(readQuantileSources(files, { label: "y" }, threads)).rejects.toThrow(
      'a.csv:2502: column "x" must hold numbers, got "abc"',
    );
    expect(running).toEqual({ count: 0, most: 2 });
  });

  test("takes threads for long text alone: not for Parquet, packed or short text", async () => {
    const host = {
      parallelism: 2,
      start: (): never => {
        throw new Error("no thread is needed");
      },
    };
    const text = "y,x\n0,1\n1,2\n";
    const packed = bytesSource("a.csv.gz", new Uint8Array(gzipSync(text)));
    for (const source of [bytesSource("a.csv", text), packed]) {
      const { rowCount } = await readQuantileSources([source], { label: "y" }, { host, count: 2 });
      expect(rowCount).toBe(2);
    }
    const parquet = await parquetOf([
      { name: "y", cells: [0, 1] },
      { name: "x", cells: [1, 2] },
    ]);
    const threads = { host, count: 2, partBytes: 10 };
    await readQuantileSources([bytesSource("a.parquet", parquet)], { label: "y" }, threads);
    await readQuantileSources([packed], { label: "y" }, threads);
  });

  test("keeps rows of a query together, and codes that are given as numbers", async () => {
    const rows = Array.from({ length: 900 }, (_, row) => `${row % 3},${row >> 2},${row % 11},${row / 7}`);
    const text = `y,q,c,x\n${rows.join("\n")}\n`;
    const options: ReadTableOptions = {
      label: "y",
      queryId: "q",
      categorical: ["c"],
      categoryEncoding: "codes",
      missing: [3],
    };
    const split = { ...options, validFraction: 0.5, seed: 3 };
    const open = () => [bytesSource("a.csv", text)];
    const whole = await readSourcesSplit(open(), split);
    for (const bufferBytes of [0, undefined]) {
      const streamed = await readQuantileSourcesSplit(open(), { ...split, bufferBytes });
      await compare(streamed.train, whole.train);
      expect(streamed.valid).toEqual(whole.valid);
      await compare(
        await readQuantileSources(open(), { ...options, bufferBytes }),
        await readSources(open(), options),
      );
    }
    const bad = () => [bytesSource("a.csv", text.replace("\n0,0,0,", "\n0,0,-1,"))];
    await expect(readQuantileSources(bad(), options)).rejects.toThrow(
      "category codes must lie in [0, 16777216)",
    );
    await expect(readSources(bad(), options)).rejects.toThrow("category codes must lie in [0, 16777216)");
  });

  test("keeps the rows that a profile looks at, with their values", async () => {
    const { files, options } = await makeFiles({
      seed: 8,
      rowCount: 1300,
      kinds: ["dense", "gappy", "text", "few"],
      fileCount: 2,
      isParquet: false,
      hasWeights: false,
    });
    const whole = await readSources(files(), options);
    const sample = (rowCount: number) => profileRows(rowCount, 100_000);
    const streamed = await readQuantileSources(files(), { ...options, sample, bufferBytes: 0 });
    expect(await readQuantileSources(files(), { ...options, sample })).toEqual(streamed);
    const rows = sample(1300);
    const kept = sampleRows(streamed);
    const expected = whole.selectRows(rows);
    expect(rows.length).toBe(1000);
    const valuesOf = ({ features }: DMatrix) =>
      features.readRows(0, 1000, new Float32Array(1000 * features.featureCount));
    expect(valuesOf(kept)).toEqual(valuesOf(expected));
    expect(kept.categories).toEqual(whole.categories);
  });

  test("reads a file once when it is small, else twice, and what was guessed wrong a third time", async () => {
    const readings = async (text: string, bufferBytes?: number) => {
      let count = 0;
      const source = bytesSource("a.csv", text);
      const counted = {
        ...source,
        stream: () => {
          count++;
          return source.stream();
        },
      };
      await readQuantileSources([counted], { label: 0, bufferBytes });
      return count;
    };
    const rows = Array.from({ length: 20_000 }, (_, row) => [row % 2, row % 997, row / 8]);
    const textOf = (lines: readonly (readonly (number | string)[])[]) =>
      lines.map((row) => row.join()).join("\n");
    expect(await readings(textOf(rows))).toBe(1);
    expect(await readings(textOf(rows), 0)).toBe(2);
    // The table needs 20,000 × (2 + 4) bytes.
    expect(await readings(textOf(rows), 80_000)).toBe(2);
    expect(await readings(textOf(rows), 200_000)).toBe(1);
    // From some row on the second column has no values: fewer than its beginning promised.
    expect(await readings(textOf(rows.map((row, i) => (i < 8200 ? row : [row[0], "", row[2]]))), 0)).toBe(3);
  });

  test("refuses a table that changes between its readings, libsvm, no rows and bad options", async () => {
    const changing = (texts: string[]) => {
      let reading = 0;
      const source = bytesSource("a.csv", texts[0]);
      return { ...source, stream: () => bytesSource("a.csv", texts[reading++]).stream() };
    };
    const text = "y,x\n0,1\n1,2\n0,3\n";
    for (const other of ["y,x\n0,1\n1,2\n", "y,x\n0,1\n1,2\n0,\n", `${text}1,4\n`]) {
      const options = { label: "y", bufferBytes: 0 };
      await expect(readQuantileSources([changing([text, other])], options)).rejects.toThrow(
        "a.csv: a table must not change while it is read",
      );
    }
    await expect(readQuantileSources([bytesSource("a.svm", "1 0:1\n")])).rejects.toThrow(
      "libsvm has no columns",
    );
    await expect(readQuantileSources([bytesSource("a.csv", "y,x\n")], { hasHeader: true })).rejects.toThrow(
      "a.csv: a table must have at least one row",
    );
    const source = bytesSource("a.csv", text);
    await expect(readQuantileSources([source], { bufferBytes: -1 })).rejects.toThrow(
      "`bufferBytes` must be a number in [0, infinity), got -1",
    );
    await expect(readQuantileSources([source], { maxBin: 1 })).rejects.toThrow("`maxBin` must be an integer");
  });
});
