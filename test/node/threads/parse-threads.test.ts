// Reading on real threads of the built package: the table of one thread, and nothing left behind.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as Input from "../../../src/input/read-quantile.ts";
import type * as Files from "../../../src/node/files/files.ts";
import type * as Coppice from "../../../src/node/index.ts";
import type * as Threads from "../../../src/node/threads/threads.ts";
import { rootFolder } from "../../require.ts";

const built = (path: string) => import(pathToFileURL(`${rootFolder}dist/${path}`).href);
const { readQuantileTable, readTable, QuantileDMatrix } = (await built("node/index.js")) as typeof Coppice;
const { readQuantileSources } = (await built("input/read-quantile.js")) as typeof Input;
const { fileSource } = (await built("node/files/files.js")) as typeof Files;
const { nodeParseThreads: host } = (await built("node/threads/threads.js")) as typeof Threads;

let folder: string;
const path = () => join(folder, "table.csv");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coppice-"));
  const line = (row: number) =>
    `${row % 3},${(row * 7919) % 10007},"t ${row % 17}",${row / 1024},,${row % 2}`;
  await writeFile(
    path(),
    `y,a,b,c,d,e\n${Array.from({ length: 60_000 }, (_, row) => line(row)).join("\n")}\n`,
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
  for (const count of [1, 3]) {
    const threads = { host, count, partBytes: 200_000 };
    expect(await readQuantileSources([await fileSource(path())], options, threads)).toEqual(expected);
  }
  expect(await readQuantileTable(path(), { ...options, threads: 2 })).toEqual(expected);
  expect(activeThreads()).toBe(before);
});

test("names the line of what is wrong, and leaves no thread behind", async () => {
  const before = activeThreads();
  const options = { label: "y", numericColumns: ["b"] };
  const threads = { host, count: 2, partBytes: 200_000 };
  await expect(readQuantileSources([await fileSource(path())], options, threads)).rejects.toThrow(
    'table.csv:2: column "b" must hold numbers, got "t 0"',
  );
  await expect(readQuantileTable(path(), { threads: 0 })).rejects.toThrow("`threads` must be an integer in");
  expect(activeThreads()).toBe(before);
});
