// Tables by their paths: one file, several, or a glob, in any supported format.

import type { Declarations, Joined, ValuesOf } from "../../core/declaration.ts";
import { CoppiceError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import type { QuantileDMatrix } from "../../data/quantile-dmatrix.ts";
import {
  type ReadTableOptions,
  readTableOptions,
  readTableSplitOptions,
} from "../../input/formats/read-options.ts";
import { formatOf, formatOfSource } from "../../input/formats/registry.ts";
import {
  type ParseThreads,
  readQuantileOptions,
  readQuantileSources,
  readQuantileSourcesSplit,
} from "../../input/read-quantile.ts";
import { readSources, readSourcesSplit, type TableFormat } from "../../input/read-table.ts";
import { type SplitOptions, splitOptions } from "../../input/sink/table-dmatrix.ts";
import { type ByteSource, isPacked } from "../../input/table/bytes.ts";
import { threadCount } from "../../parallel/thread-count.ts";
import { places } from "../files/places.ts";
import { nodeParseThreads } from "../threads/threads.ts";

export type { ReadTableOptions, TableFormat } from "../../input/read-table.ts";

const ownOptions = {
  /** Threads to read long text with; all cores by default. They never change the table. */
  threads: threadCount,
} as const satisfies Declarations;

const quantileTableOptions: Joined<typeof readQuantileOptions, typeof ownOptions> = {
  ...readQuantileOptions,
  ...ownOptions,
};

export interface QuantileTableOptions extends ValuesOf<typeof quantileTableOptions> {}

/**
 * Reads one or several files as one table, in the order of their names.
 *
 * @param paths a path, a glob, or a list of both
 * @example await readTable("data/train-*.parquet", { label: "Cover_Type", labelKind: "class" })
 * @throws {CoppiceError} INVALID_DATA when a file is missing or not what it must be
 */
export async function readTable(
  paths: string | readonly string[],
  options: ReadTableOptions = {},
): Promise<DMatrix> {
  checkOptions("readTable()", readTableOptions, options);
  return readSources(await openAll(paths), options);
}

/**
 * Reads files into training and validation rows: a row is a validation row when the hash of the seed
 * and its number is below `validFraction`; rows of a query stay together.
 *
 * @throws {CoppiceError} INVALID_DATA as `readTable`; INVALID_PARAMETER for a fraction outside (0, 1)
 */
export async function readTableSplit(
  paths: string | readonly string[],
  options: ReadTableOptions & SplitOptions,
): Promise<{ train: DMatrix; valid: DMatrix }> {
  checkOptions("readTableSplit()", readTableSplitOptions, options);
  return readSourcesSplit(await openAll(paths), options);
}

/**
 * Reads one or several files as one training table of bins, twice unless all values fit into a buffer: memory
 * never holds the values of a large table.
 *
 * @param paths a path, a glob, or a list of both; regular files, and not libsvm
 * @example
 * const dtrain = await readQuantileTable("data/train-*.parquet", { label: "Cover_Type", labelKind: "class" });
 * await train({ objective: "multi:softprob" }, dtrain, { rounds: 100 });
 * @throws {CoppiceError} INVALID_DATA as `readTable`, for a file that can be read only once, or one that
 *   changes meanwhile; UNSUPPORTED for libsvm; INVALID_PARAMETER for a `maxBin` out of range
 */
export async function readQuantileTable(
  paths: string | readonly string[],
  options: QuantileTableOptions = {},
): Promise<QuantileDMatrix> {
  checkOptions("readQuantileTable()", quantileTableOptions, options);
  const { threads, ...others } = options;
  const sources = await openTwice(paths);
  return readQuantileSources(sources, others, helpers(sources, threads));
}

/**
 * Reads files into training rows as bins and validation rows, told apart as by `readTableSplit`.
 *
 * @throws {CoppiceError} as `readQuantileTable`; INVALID_PARAMETER for a fraction outside (0, 1)
 */
export async function readQuantileTableSplit(
  paths: string | readonly string[],
  options: QuantileTableOptions & SplitOptions,
): Promise<{ train: QuantileDMatrix; valid: DMatrix }> {
  checkOptions("readQuantileTableSplit()", { ...quantileTableOptions, ...splitOptions }, options);
  const { threads, ...others } = options;
  const sources = await openTwice(paths);
  return readQuantileSourcesSplit(sources, others, helpers(sources, threads));
}

/** The caller's thread, which sketches and bins, has enough to do with what this many parse. */
const MAX_HELPERS = 2;
/** A thread takes 35 MB and a fifth of a second; from so much text on it pays. */
const BYTES_PER_HELPER = 2 ** 27;

/** The caller's thread is one of those that are wanted. */
function helpers(
  sources: readonly ByteSource[],
  threads: number = nodeParseThreads.parallelism,
): ParseThreads {
  const sizeBytes = sources.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const useful = Math.min(MAX_HELPERS, Math.floor(sizeBytes / BYTES_PER_HELPER));
  return { host: nodeParseThreads, count: Math.min(useful, threads - 1) };
}

/**
 * Whether a table can be read twice at the cost of reading: it lies in regular files that are neither packed
 * nor libsvm.
 */
export async function isCheapTwice(
  paths: string | readonly string[],
  format: TableFormat | undefined,
): Promise<boolean> {
  for (const path of await places.expand(paths)) {
    if (!(await canReopen(path))) return false;
    const source = await places.of(path).open(path);
    try {
      if ((await isPacked(source)) || formatOf(await formatOfSource(source, format)).kind === "matrix") {
        return false;
      }
    } finally {
      await source.close();
    }
  }
  return true;
}

/** Whether it is a file with bytes of its own, or nothing; not a pipe or a terminal. */
async function canReopen(path: string): Promise<boolean> {
  const entry = await places
    .of(path)
    .stat(path)
    .catch(() => undefined);
  return entry === undefined || entry.kind === "file";
}

async function openTwice(paths: string | readonly string[]): Promise<ByteSource[]> {
  const files = await places.expand(paths);
  for (const path of files) {
    if (await canReopen(path)) continue;
    throw new CoppiceError(
      "INVALID_DATA",
      `${path}: it must be a file that can be read twice; a pipe is not`,
    );
  }
  return places.open(files);
}

async function openAll(paths: string | readonly string[]): Promise<ByteSource[]> {
  return places.open(await places.expand(paths));
}
