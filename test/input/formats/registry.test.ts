import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openTable } from "../../../src/input/formats/open-table.ts";
import {
  columnsFormats,
  formatOf,
  formatOfName,
  formatOfSource,
  listed,
  tableFormats,
} from "../../../src/input/formats/registry.ts";
import {
  outputEndings,
  outputFormatOf,
  outputFormats,
  writerOf,
} from "../../../src/input/formats/writers.ts";
import { openTablePart } from "../../../src/input/parts/table-part.ts";
import { readSources } from "../../../src/input/read-table.ts";
import { bytesSource, readAll } from "../../../src/input/table/bytes.ts";

const columns = [
  { name: "x", values: Float64Array.of(1, 2, 3) },
  { name: "y", values: Int32Array.of(0, 1, 0) },
];

async function written(format: (typeof outputFormats)[number]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of writerOf(format)(columns)) parts.push(part.slice());
  return new Uint8Array(Buffer.concat(parts));
}

test("no two formats claim an extension or a magic word", () => {
  const formats = tableFormats.map(formatOf);
  const extensions = formats.flatMap((format) => format.extensions);
  expect(new Set(extensions).size).toBe(extensions.length);
  const magics = formats.flatMap(({ magic }) => magic ?? []);
  for (const one of magics) expect(magics.filter((other) => other.startsWith(one))).toEqual([one]);
});

test("extensions are told by the name, and what is written is told again", () => {
  for (const name of tableFormats)
    for (const extension of formatOf(name).extensions) expect(formatOfName(`a/b.${extension}.gz`)).toBe(name);
  expect(outputEndings.map((ending) => outputFormatOf(`a${ending}`))).toEqual(outputFormats);
  expect(listed(["csv", "tsv", "arrow"])).toBe("csv, tsv or arrow");
});

test.each(outputFormats)("%s is told by how it begins, and read as it was written", async (format) => {
  const source = bytesSource("no name that tells", await written(format));
  expect(await formatOfSource(source, undefined)).toBe(format);
  const matrix = await readSources([source], { label: "y" });
  expect([matrix.rowCount, matrix.featureNames]).toEqual([3, ["x"]]);
});

test.each(outputFormats)("packed %s is read, or refused with the reason", async (format) => {
  const packed = bytesSource("packed", new Uint8Array(gzipSync(await written(format))));
  expect(await formatOfSource(packed, undefined)).toBe(format);
  if (formatOf(format).mayBePacked) expect((await readSources([packed])).rowCount).toBe(3);
  else await expect(readSources([packed])).rejects.toThrow("packed: no readable Parquet file: it is packed");
});

test.each(columnsFormats)("of %s every row is in one of the parts", async (format) => {
  const source = async () =>
    bytesSource("t", format === "tsv" ? "x\ty\n1\t0\n2\t1\n3\t0\n" : await written(format as "csv"));
  let rowCount = 0;
  for (let index = 0; index < 3; index++) {
    const reader = await openTablePart([await source()], { index, count: 3 }, { format });
    for await (const block of reader.read([{ column: 0, kind: "number" }])) rowCount += block.rowCount;
    await reader.close();
  }
  expect(rowCount).toBe(3);
});

test("a format without columns is opened as a DMatrix alone", async () => {
  const source = bytesSource("t.svm", "1 0:2\n0 1:3\n");
  expect((await readSources([source])).rowCount).toBe(2);
  await expect(openTable([source])).rejects.toMatchObject({
    code: "UNSUPPORTED",
    message: "t.svm: libsvm has no columns; read it as a DMatrix, which is sparse",
  });
  await expect(openTablePart([source], { index: 0, count: 2 })).rejects.toMatchObject({
    code: "UNSUPPORTED",
  });
});

test("a name of no format that is written is refused", async () => {
  expect(() => writerOf("tsv" as "csv")).toThrow(/^`format` must be one of "csv", .*, got "tsv"$/);
  expect(new TextDecoder().decode(await readAll(bytesSource("c", await written("csv"))))).toBe(
    "x,y\n1,0\n2,1\n3,0\n",
  );
});
