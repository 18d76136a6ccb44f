// Files as a training table of bins. They are read twice unless their values fit into a buffer, and, where
// threads are to be had and the text is long enough, by several threads: parts of a fixed size, put together in
// their order.

import type { Joined } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { QuantileDMatrix } from "../data/quantile-dmatrix.ts";
import type { Thread, ThreadHost } from "../parallel/port.ts";
import { ParallelReader } from "./parts/parallel-reader.ts";
import { formatOfSource, openTable, type ReadTableOptions, readTableOptions } from "./read-table.ts";
import {
  type QuantileOptions,
  quantileOptions,
  type RereadableTable,
  tableToQuantile,
  tableToQuantileSplit,
} from "./sink/quantile-table.ts";
import { type SplitOptions, splitOptions } from "./sink/table-dmatrix.ts";
import type { ByteSource } from "./table/bytes.ts";
import { countPartQuotes, isPacked } from "./table-part.ts";

/** Threads that run `serveParts` and can open the sources by their names. */
export interface ParseThreads {
  readonly host: ThreadHost;
  /** How many to use beside the caller's. */
  readonly count: number;
  /** Bytes of a part, which is what threads take one after another; 4 MiB by default. */
  readonly partBytes?: number | undefined;
}

export const readQuantileOptions: Joined<typeof readTableOptions, typeof quantileOptions> = {
  ...readTableOptions,
  ...quantileOptions,
};
export const readQuantileSplitOptions: Joined<typeof readQuantileOptions, typeof splitOptions> = {
  ...readQuantileOptions,
  ...splitOptions,
};

const PART_BYTES = 2 ** 22;

/**
 * Reads sources, one after another, as one table of bins, and closes them. They are read twice unless all values
 * fit into a buffer: memory never holds the values of a large table.
 *
 * @param threads help with text; they never change the table
 * @throws {CoppiceError} INVALID_DATA as `readSources`, or when the table changes meanwhile; UNSUPPORTED for
 *   libsvm; INVALID_PARAMETER for a `maxBin` out of range
 */
export async function readQuantileSources(
  sources: readonly ByteSource[],
  options: ReadTableOptions & QuantileOptions = {},
  threads?: ParseThreads,
): Promise<QuantileDMatrix> {
  checkOptions("readQuantileTable()", readQuantileOptions, options);
  return readTwice(sources, options, threads, (table) => tableToQuantile(table, options));
}

/** Reads sources into training rows as bins and validation rows, told apart as by `tableToSplit`. */
export async function readQuantileSourcesSplit(
  sources: readonly ByteSource[],
  options: ReadTableOptions & QuantileOptions & SplitOptions,
  threads?: ParseThreads,
): Promise<{ train: QuantileDMatrix; valid: DMatrix }> {
  checkOptions("readQuantileTableSplit()", readQuantileSplitOptions, options);
  return readTwice(sources, options, threads, (table) => tableToQuantileSplit(table, options));
}

async function readTwice<T>(
  sources: readonly ByteSource[],
  { maxBin: _, sample: __, bufferBytes: ___, ...options }: ReadTableOptions & QuantileOptions,
  threads: ParseThreads | undefined,
  read: (table: RereadableTable) => Promise<T>,
): Promise<T> {
  const format = await formatOfSource(sources[0], options.format);
  if (format === "libsvm") {
    throw new CoppiceError(
      "UNSUPPORTED",
      `${sources[0].name}: libsvm has no columns; read it as a DMatrix, which is sparse`,
    );
  }
  const sizeBytes = sources.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const table: RereadableTable = {
    open: () => openTable(sources, { ...options, format }),
    async estimateRowCount(reader) {
      const first = await reader.estimateRowCount?.();
      return first && (first * sizeBytes) / sources[0].byteLength;
    },
  };
  const partCount = Math.floor(sizeBytes / (threads?.partBytes ?? PART_BYTES));
  const isText = format === "csv" || format === "tsv";
  if (!threads || threads.count < 1 || !isText || partCount < 2 || (await isAnyPacked(sources))) {
    return read(table);
  }
  try {
    return await readByThreads(sources, { ...options, format }, partCount, threads, table, read);
  } catch (error) {
    // Parts do not know their lines: a reader of the whole says what is wrong and where.
    if (!(error instanceof CoppiceError) || error.code !== "INVALID_DATA") throw error;
    return read(table);
  }
}

async function readByThreads<T>(
  sources: readonly ByteSource[],
  { signal: _, ...options }: ReadTableOptions,
  partCount: number,
  { host, count }: ParseThreads,
  table: RereadableTable,
  read: (table: RereadableTable) => Promise<T>,
): Promise<T> {
  const threads: Thread[] = [];
  try {
    for (let i = 0; i < Math.min(count, partCount); i++) threads.push(host.start());
    const names = sources.map(({ name }) => name);
    const quotes = await countPartQuotes(sources, partCount);
    const open = async () => new ParallelReader(await table.open(), { names, options, quotes }, threads);
    return await read({ ...table, open });
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

async function isAnyPacked(sources: readonly ByteSource[]): Promise<boolean> {
  for (const source of sources) if (await isPacked(source)) return true;
  return false;
}
