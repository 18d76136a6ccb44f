// Files as a training table of bins. They are read twice unless their values fit into a buffer, and, where
// threads are to be had and the text is long enough, by several threads: parts of a fixed size, put together in
// their order.

import type { Joined } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { QuantileDMatrix } from "../data/quantile-dmatrix.ts";
import type { Thread, ThreadHost } from "../parallel/port.ts";
import type { ColumnsFormat } from "./formats/format.ts";
import { columnsFormatOf, openTable } from "./formats/open-table.ts";
import { type ReadTableOptions, readTableOptions } from "./formats/read-options.ts";
import { ParallelReader } from "./parts/parallel-reader.ts";
import { countPartQuotes, isDivisible } from "./parts/table-part.ts";
import {
  type QuantileOptions,
  quantileOptions,
  type RereadableTable,
  tableToQuantile,
  tableToQuantileSplit,
} from "./sink/quantile-table.ts";
import { type SplitOptions, splitOptions } from "./sink/table-dmatrix.ts";
import type { ByteSource } from "./table/bytes.ts";

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
  { maxBin: _, sample: __, bufferBytes: ___, ...given }: ReadTableOptions & QuantileOptions,
  threads: ParseThreads | undefined,
  read: (table: RereadableTable) => Promise<T>,
): Promise<T> {
  const { name, format } = await columnsFormatOf(sources[0], given.format);
  const options = { ...given, format: name };
  const sizeBytes = sources.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const table: RereadableTable = {
    open: () => openTable(sources, options),
    async estimateRowCount(reader) {
      const first = await reader.estimateRowCount?.();
      return first && (first * sizeBytes) / sources[0].byteLength;
    },
  };
  const partCount = Math.floor(sizeBytes / (threads?.partBytes ?? PART_BYTES));
  if (!threads || threads.count < 1 || partCount < 2 || !(await canBeShared(sources, format))) {
    return read(table);
  }
  try {
    const quotes = await countPartQuotes(sources, partCount, format);
    return await readByThreads({ sources, options, quotes }, threads, table, read);
  } catch (error) {
    // Parts do not know their lines: a reader of the whole says what is wrong and where.
    if (!(error instanceof CoppiceError) || error.code !== "INVALID_DATA") throw error;
    return read(table);
  }
}

/** Whether threads can parse the sources, and help by it. */
async function canBeShared(sources: readonly ByteSource[], format: ColumnsFormat): Promise<boolean> {
  if (!format.isText) return false;
  for (const source of sources) if (!(await isDivisible(source, format))) return false;
  return true;
}

/** A table that is divided; by part the quotes that it has in each source. */
interface DividedTable {
  readonly sources: readonly ByteSource[];
  readonly options: ReadTableOptions;
  readonly quotes: readonly (readonly number[])[];
}

async function readByThreads<T>(
  { sources, options: { signal: _, ...options }, quotes }: DividedTable,
  { host, count }: ParseThreads,
  table: RereadableTable,
  read: (table: RereadableTable) => Promise<T>,
): Promise<T> {
  const threads: Thread[] = [];
  try {
    for (let i = 0; i < Math.min(count, quotes.length); i++) threads.push(host.start());
    const names = sources.map(({ name }) => name);
    const open = async () => new ParallelReader(await table.open(), { names, options, quotes }, threads);
    return await read({ ...table, open });
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
