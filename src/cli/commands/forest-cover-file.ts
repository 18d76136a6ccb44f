// Tables of the forest cover schema, as files.

import {
  type ForestCoverOptions,
  type ForestCoverTable,
  generateForestCover,
} from "../../datasets/forest-cover.ts";
import { writeTable } from "../../node/tables/write-table.ts";
import { formatBytes, formatCount } from "../terminal/text-table.ts";

/** Writes the synthetic table to `path` and says what was written. */
export async function saveForestCover(path: string, options: ForestCoverOptions): Promise<string> {
  return saveCoverTable(path, generateForestCover(options), `synthetic, seed ${options.seed ?? 0}`);
}

/** Writes a table of the schema to `path` and says what was written. */
export async function saveCoverTable(path: string, table: ForestCoverTable, what: string): Promise<string> {
  const { names, columns, rowCount } = table;
  const wide = names.map((name, i) => ({ name, values: Int32Array.from(columns[i]) }));
  const sizeBytes = await writeTable(path, wide);
  const shape = `${formatCount(rowCount)} rows × ${names.length - 1} features and the label ${names[names.length - 1]}`;
  return `${path}: ${shape}, ${formatBytes(sizeBytes)} (${what})`;
}
