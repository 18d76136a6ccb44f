// Any table as Parquet files of a given number of rows, in order: what workers can divide among themselves without
// reading what is not theirs. Streams: memory holds the rows of one file.

import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { AbortSignalLike } from "../../core/abort-signal.ts";
import type { Declarations, Joined, ValuesOf } from "../../core/declaration.ts";
import { CoppiceError, throwIfAborted } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { openTable, readTableOptions } from "../../input/read-table.ts";
import type { OutputColumn } from "../../input/table/columns.ts";
import { Growable } from "../../input/table/growable.ts";
import { type ColumnValues, showColumn, type TableReader } from "../../input/table/table.ts";
import { expandPaths, fileSource } from "../files/files.ts";
import { writeTable } from "./write-table.ts";

const ownOptions = {
  /** Rows of a file, the last one excepted; 1,000,000 by default. */
  rowsPerFile: { type: "integer", minimum: 1, default: 1_000_000, flag: "rows <n>", doc: "rows of a file" },
} as const satisfies Declarations;

export const shardTableOptions: Joined<typeof readTableOptions, typeof ownOptions> = {
  ...readTableOptions,
  ...ownOptions,
};

export interface ShardTableOptions extends ValuesOf<typeof shardTableOptions> {}

export interface ShardedTable {
  readonly paths: readonly string[];
  readonly rowCount: number;
}

/**
 * Writes a table as part-00000.parquet, part-00001.parquet, .. into a folder, which is made if need be. The
 * columns stay as they are: names, numbers, texts.
 *
 * @example await shardTable("data/*.csv", "shards", { rowsPerFile: 500_000 })
 * @throws {CoppiceError} INVALID_DATA when the table cannot be read, or the folder has parts already;
 *   UNSUPPORTED for libsvm and for columns of neither numbers nor text
 */
export async function shardTable(
  data: string | readonly string[],
  folder: string,
  given: ShardTableOptions = {},
): Promise<ShardedTable> {
  checkOptions("shardTable()", shardTableOptions, given);
  const { rowsPerFile = shardTableOptions.rowsPerFile.default, ...options } = given;
  const sources = [];
  for (const path of await expandPaths(data)) sources.push(await fileSource(path));
  const reader = await openTable(sources, options);
  try {
    await claimFolder(folder);
    return await writeParts(reader, folder, rowsPerFile, options.signal);
  } finally {
    await reader.close();
  }
}

async function claimFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parts = (await readdir(folder)).filter((name) => /^part-\d+\.parquet$/.test(name));
  if (parts.length === 0) return;
  throw new CoppiceError("INVALID_DATA", `${folder} has ${parts.length} parts already; take an empty folder`);
}

async function writeParts(
  reader: TableReader,
  folder: string,
  rowsPerFile: number,
  signal: AbortSignalLike | undefined,
): Promise<ShardedTable> {
  const requests = reader.columns.map(({ kind, type }, column) => {
    if (kind !== "other") return { column, kind };
    const title = showColumn(reader, column);
    throw new CoppiceError("UNSUPPORTED", `${reader.source}: ${title} of type ${type} cannot be written`);
  });
  const paths: string[] = [];
  let rowCount = 0;
  let part = openPart(reader);
  const flush = async () => {
    const path = join(folder, `part-${String(paths.length).padStart(5, "0")}.parquet`);
    await writeTable(
      path,
      part.map(({ finish }) => finish()),
    );
    paths.push(path);
    part = openPart(reader);
  };
  let filled = 0;
  for await (const block of reader.read(requests)) {
    throwIfAborted(signal);
    const columns: ColumnValues[] = [];
    for (let request = 0; request < requests.length; request++) {
      // Copied: another column may use the same arrays.
      columns.push(copyOf(await block.readColumn(request), block.rowCount));
    }
    for (let begin = 0; begin < block.rowCount; ) {
      const end = Math.min(block.rowCount, begin + rowsPerFile - filled);
      for (const [c, column] of part.entries()) column.add(columns[c], begin, end);
      filled += end - begin;
      rowCount += end - begin;
      begin = end;
      if (filled === rowsPerFile) {
        await flush();
        filled = 0;
      }
    }
  }
  if (filled > 0) await flush();
  return { paths, rowCount };
}

/** A column of a file under construction. */
interface PartColumn {
  add(values: ColumnValues, begin: number, end: number): void;
  finish(): OutputColumn;
}

function openPart(reader: TableReader): PartColumn[] {
  return reader.columns.map(({ name, kind }) => (kind === "string" ? textColumn(name) : numberColumn(name)));
}

function textColumn(name: string): PartColumn {
  const texts: (string | null)[] = [];
  return {
    add(values, begin, end) {
      if (values.kind !== "string") return;
      const { codes, dictionary } = values;
      for (let row = begin; row < end; row++) texts.push(codes[row] < 0 ? null : dictionary[codes[row]]);
    },
    finish: () => ({ name, values: texts }),
  };
}

function numberColumn(name: string): PartColumn {
  const numbers = new Growable((length) => new Float64Array(length));
  return {
    add(values, begin, end) {
      if (values.kind !== "number") return;
      for (let row = begin; row < end; row++) numbers.push(values.values[row]);
    },
    finish: () => ({ name, values: numbers.finish() }),
  };
}

function copyOf(values: ColumnValues, rowCount: number): ColumnValues {
  if (values.kind === "number") return { ...values, values: values.values.slice(0, rowCount) };
  return { ...values, codes: values.codes.slice(0, rowCount) };
}
