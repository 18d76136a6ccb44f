// Reading on real threads of the built package: the table of one thread, and nothing left behind.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as Coppice from "../../src/node/index.ts";
import { rootFolder } from "../require.ts";

const coppice = (await import(pathToFileURL(`${rootFolder}dist/node/index.js`).href)) as typeof Coppice;
const { readQuantileTable, readTable, QuantileDMatrix } = coppice;

let folder: string;
const path = () => join(folder, "table.csv");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coppice-"));
  const line = (row: number) =>
    `${row % 3},${(row * 7919) % 10007},"t ${row % 17}",${row / 1024},,${row % 2}`;
  // Above two parts of 4 MiB.
  await writeFile(
    path(),
    `y,a,b,c,d,e\n${Array.from({ length: 260_000 }, (_, row) => line(row)).join("\n")}\n`,
  );
});

afterAll(() => rm(folder, { recursive: true }));

function activeThreads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "MessagePort" || name === "Worker")
    .length;
}

test("gives the table of one thread for any number of threads, and leaves none behind", async () => {
  const before = activeThreads();
  const options = { label: "y", labelKind: "class" } as const;
  const expected = QuantileDMatrix.fromDMatrix(await readTable(path(), options));
  for (const threads of [1, 2, 4]) {
    expect(await readQuantileTable(path(), { ...options, threads })).toEqual(expected);
  }
  expect(activeThreads()).toBe(before);
});

test("names the line of what is wrong, and leaves no thread behind", async () => {
  const before = activeThreads();
  await expect(readQuantileTable(path(), { label: "y", numericColumns: ["b"], threads: 3 })).rejects.toThrow(
    'table.csv:2: column "b" must hold numbers, got "t 0"',
  );
  await expect(readQuantileTable(path(), { threads: 0 })).rejects.toThrow("`threads` must be an integer in");
  expect(activeThreads()).toBe(before);
});
