// The laws of sharding a table: the parts are the table, whatever their size, and a folder is not mixed up.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readTable } from "../../../src/node/tables/read-table.ts";
import { shardTable } from "../../../src/node/tables/shard-table.ts";
import { catchRejection } from "../../oracle/catch-error.ts";

const folder = mkdtempSync(join(tmpdir(), "coppice-shard-"));
afterAll(() => rmSync(folder, { recursive: true }));

const table = join(folder, "table.csv");
const rows = Array.from({ length: 250 }, (_, i) => `${i / 4},${i % 7 === 0 ? "" : `t${i % 3}`},${i % 2}`);
writeFileSync(table, `n,text,y\n${rows.join("\n")}\n`);

test.each([
  [1000, 1],
  [250, 1],
  [100, 3],
  [1, 250],
])("files of %i rows, %i of them, are the table", async (rowsPerFile, count) => {
  const out = join(folder, `out-${rowsPerFile}`);
  const { paths, rowCount } = await shardTable(table, out, { rowsPerFile });
  expect(rowCount).toBe(250);
  expect(paths.length).toBe(count);
  expect(readdirSync(out).length).toBe(count);
  const [whole, parts] = [await readTable(table, { label: "y" }), await readTable(paths, { label: "y" })];
  const cells = ({ features, featureCount }: typeof whole) =>
    features.readRows(0, 250, new Float32Array(250 * featureCount));
  expect(cells(parts)).toEqual(cells(whole));
  expect(parts.label).toEqual(whole.label);
  expect(parts.categories).toEqual(whole.categories);
  expect(parts.featureNames).toEqual(whole.featureNames);
});

test("a folder that has parts already is refused", async () => {
  const out = join(folder, "twice");
  await shardTable(table, out);
  expect((await catchRejection(shardTable(table, out))).message).toMatch(/twice has 1 parts already/);
});

test("a number of rows that is none is refused", async () => {
  const error = await catchRejection(shardTable(table, join(folder, "none"), { rowsPerFile: 0 }));
  expect(error).toMatchObject({ code: "INVALID_PARAMETER", details: { parameter: "rowsPerFile" } });
});
