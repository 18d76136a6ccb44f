// The law of sharded reading: the shards, one after another, are the table that one machine reads, with its
// codes of classes and categories, and no query is split.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { DMatrix } from "../../../src/data/dmatrix.ts";
import { type ReadTableOptions, readTable } from "../../../src/node/tables/read-table.ts";
import { readShard } from "../../../src/node/workers/read-shard.ts";
import { catchRejection } from "../../oracle/catch-error.ts";
import { inProcessPeers } from "../../oracle/in-process-peers.ts";
import { temporaryFolder } from "../trainer/drive.ts";

const seed = 20261124;
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

function cellsOf({ features, rowCount, featureCount }: DMatrix): number[] {
  return Array.from(features.readRows(0, rowCount, new Float32Array(rowCount * featureCount)));
}

async function shardsOf(paths: string[], options: ReadTableOptions, count: number): Promise<DMatrix[]> {
  return Promise.all(inProcessPeers(count).map((peer) => readShard({ paths, options }, peer)));
}

async function expectWhole(paths: string[], options: ReadTableOptions, count: number): Promise<DMatrix[]> {
  const whole = await readTable(paths, options);
  const shards = await shardsOf(paths, options, count);
  expect(shards.flatMap(cellsOf)).toEqual(cellsOf(whole));
  for (const part of ["label", "weight"] as const) {
    expect(shards.flatMap((shard) => Array.from(shard[part] ?? []))).toEqual(Array.from(whole[part] ?? []));
  }
  for (const shard of shards) {
    expect(shard.labelClasses).toEqual(whole.labelClasses);
    expect(shard.categories).toEqual(whole.categories);
    expect(shard.featureNames).toEqual(whole.featureNames);
  }
  return shards;
}

test(`shards are the table, with classes and categories that some peers lack (seed ${seed})`, async () => {
  const row = fc.tuple(
    fc.integer({ min: -9, max: 9 }),
    fc.constantFrom("pine", "fir", "oak", "elm", ""),
    fc.constantFrom("low", "middle", "high"),
    fc.constantFrom(0.5, 1, 2),
  );
  const property = fc.asyncProperty(
    fc.array(row, { minLength: 1, maxLength: 40 }),
    fc.integer({ min: 1, max: 6 }),
    async (rows, count) => {
      const path = join(folder, "classes.csv");
      writeFileSync(path, `n,kind,y,w\n${rows.map((cells) => cells.join(",")).join("\n")}\n`);
      const options = { label: "y", labelKind: "class", weight: "w", textColumns: ["kind"] } as const;
      await expectWhole([path], { ...options, hasHeader: true }, count);
    },
  );
  await fc.assert(property, { seed, numRuns: 60 });
});

test(`queries stay whole, however long they are (seed ${seed})`, async () => {
  const query = fc.record({ size: fc.integer({ min: 1, max: 12 }), grade: fc.integer({ min: 0, max: 4 }) });
  const property = fc.asyncProperty(
    fc.array(query, { minLength: 1, maxLength: 12 }),
    fc.integer({ min: 1, max: 6 }),
    async (queries, count) => {
      const path = join(folder, "queries.csv");
      const rows = queries.flatMap(({ size, grade }, q) =>
        Array.from({ length: size }, (_, i) => `q${q},${(grade + i) % 5},${i},${q * i}`),
      );
      writeFileSync(path, `qid,y,a,b\n${rows.join("\n")}\n`);
      const options = { label: "y", queryId: "qid", hasHeader: true };
      const shards = await expectWhole([path], options, count);
      const sizes = shards.flatMap(({ queryOffsets }) =>
        Array.from(queryOffsets!.subarray(1), (end, q) => end - queryOffsets![q]),
      );
      expect(sizes).toEqual(queries.map(({ size }) => size));
    },
  );
  await fc.assert(property, { seed, numRuns: 100 });
});

test("files with other columns are refused on the peer that reads them", async () => {
  const [a, b] = ["a.csv", "b.csv"].map((name) => join(folder, name));
  writeFileSync(a, "x,y\n1,2\n3,4\n");
  writeFileSync(b, "x,z\n1,2\n3,4\n");
  const peers = inProcessPeers(2);
  const options = { label: "y", hasHeader: true };
  void readShard({ paths: [a, b], options }, peers[0]).catch(() => {});
  const error = await catchRejection(readShard({ paths: [a, b], options }, peers[1]));
  expect(error.message).toMatch(/b\.csv.*lacks "y" and has "z"/);
});
