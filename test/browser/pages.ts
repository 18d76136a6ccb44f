// The page that browser tests load, and the model that Node trains from the same rows.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forestCoverTable } from "../../src/browser/forest-cover-table.ts";
import { generateForestCover } from "../../src/datasets/forest-cover.ts";
import type { TrainParameters } from "../../src/index.ts";
import { train } from "../../src/index.ts";
import { writeTable } from "../../src/node/tables/write-table.ts";
import { distFolder } from "../machine.ts";
import type { SiteOptions } from "./static-server.ts";

/** A page with an input, and with the library as `coppice`, on which programs of tests run. */
const emptyPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title>
<link rel="icon" href="data:,"><input id="field">
<script type="module">import * as coppice from "/dist/browser/standalone.js"; globalThis.coppice = coppice;</script></html>`;

export const site = (options: SiteOptions = {}): SiteOptions => ({
  folders: { "/dist/": distFolder },
  ...options,
  files: { "/": emptyPage, ...options.files },
});

export const parameters: TrainParameters = {
  objective: "multi:softprob",
  numClass: 7,
  maxDepth: 6,
  eta: 0.3,
};

/** The bytes of Node's model, as a short text to compare: SHA-256 in hexadecimal. */
export async function nodeDigest(rows: number, rounds: number): Promise<string> {
  const data = forestCoverTable({ rows, seed: 1 });
  const { booster } = await train(parameters, data, { rounds });
  return digest(booster.toBytes("json"));
}

export async function digest(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice()));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The sample as files. */
export async function sampleFiles(rows: number): Promise<{ parquet: Uint8Array; csv: string }> {
  const { columns, names } = generateForestCover({ rows, seed: 1 });
  const lines = Array.from({ length: rows }, (_, row) => columns.map((column) => column[row]).join(","));
  const folder = mkdtempSync(join(tmpdir(), "coppice-browser-"));
  const path = join(folder, "x.parquet");
  await writeTable(
    path,
    columns.map((column, i) => ({ name: names[i], values: Int32Array.from(column) })),
  );
  const parquet = new Uint8Array(readFileSync(path));
  rmSync(folder, { recursive: true });
  return { parquet, csv: `${[names.join(","), ...lines].join("\n")}\n` };
}
