// `node bench/scale/identity.ts [rows] [rounds]`: trains on Covertype-like rows with 1, 2, 3, 4 and 16 workers of 1
// and 2 threads and compares the model files with one process's, byte for byte. Runs the last build.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateForestCover } from "../../src/datasets/forest-cover.ts";

const dist = process.env.COPPICE_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));
const { readTable, train, Trainer, writeTable } = (await import(
  `${dist}/node/index.js`
)) as typeof import("../../src/node/index.ts");

const rows = Number(process.argv[2] ?? 86_000);
const rounds = Number(process.argv[3] ?? 10);
const params = { objective: "multi:softprob", maxDepth: 6, subsample: 0.8, colsampleBytree: 0.9 };
const folder = mkdtempSync(join(tmpdir(), "coppice-identity-"));
const path = join(folder, "cover.parquet");

const digestOf = ({ booster }: { booster: { toBytes(format: "json"): Uint8Array } }) =>
  createHash("sha256").update(booster.toBytes("json")).digest("hex");

try {
  const { names, columns } = generateForestCover({ rows, seed: 1 });
  await writeTable(
    path,
    names.map((name, i) => ({ name, values: Int32Array.from(columns[i]) })),
  );
  const data = await readTable(path, { label: "Cover_Type", labelKind: "class" });
  const alone = digestOf(await train(params, data, { rounds, threads: 1 }));
  console.log(`${rows} rows, ${rounds} rounds, one process: ${alone}`);
  for (const workers of [1, 2, 3, 4, 16]) {
    for (const cpusPerWorker of [1, 2]) {
      const result = await new Trainer({
        params,
        totalRounds: rounds,
        datasets: { train: path },
        label: "Cover_Type",
        table: { labelKind: "class" },
        scaling: { workers, cpusPerWorker },
      }).fit();
      const isSame = digestOf(result) === alone;
      console.log(`${workers} workers x ${cpusPerWorker} threads: ${isSame ? "the same" : "OTHER BYTES"}`);
      if (!isSame) process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
