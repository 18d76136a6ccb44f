// A training table from files that can be read twice: the first reading counts and sketches, the second one
// turns values into bins. Memory holds bins and a bounded buffer, never the values of a large table; the values
// of a small one are kept in the buffer instead of being read again. Cuts and bins are those of the same table
// in memory.

import type { MaybePromise } from "../../core/collective.ts";
import { checkValue, type Declarations, type ValuesOf } from "../../core/declaration.ts";
import { CoppiceError } from "../../core/errors.ts";
import { type Cuts, joinCuts } from "../../data/cuts.ts";
import { DMatrix } from "../../data/dmatrix.ts";
import { checkMaxBin, maxBinOption, QuantileDMatrix } from "../../data/quantile-dmatrix.ts";
import { discardRows, type FeatureSink } from "../table/feature-sink.ts";
import { assignRoles, type Roles, type TableOptions } from "../table/roles.ts";
import type { TableReader } from "../table/table.ts";
import { BinSink } from "./bin-sink.ts";
import { RowSink } from "./row-sink.ts";
import { type GuessCount, SketchSink } from "./sketch-sink.ts";
import { matrixOf, type SplitOptions, splitByHash } from "./table-dmatrix.ts";
import { type PassResult, TablePass } from "./table-pass.ts";

export const quantileOptions = {
  /** The `maxBin` to train with, in [2, 65535]; 256 by default, as in training. */
  maxBin: maxBinOption,
  /** Which rows keep their original values, as `sample` of the table: their numbers, ascending. By default none. */
  sample: {
    type: "function",
    of: undefined as unknown as (rowCount: number, featureCount: number) => ArrayLike<number>,
  },
  /** A table whose values fit into so much memory is read only once; 64 MiB by default. */
  bufferBytes: { type: "number", minimum: 0, default: 2 ** 26 },
} as const satisfies Declarations;

export interface QuantileOptions extends ValuesOf<typeof quantileOptions> {}

/** A table that can be read several times. */
export interface RereadableTable {
  open(): Promise<TableReader>;
  /** About how many rows it has, undefined when that cannot be told; a good guess saves a reading. */
  estimateRowCount(reader: TableReader): MaybePromise<number | undefined>;
}

/**
 * Reads a whole table, twice, into bins.
 *
 * @throws {CoppiceError} INVALID_DATA as `tableToDMatrix`; INVALID_PARAMETER for a `maxBin` out of range
 */
export async function tableToQuantile(
  table: RereadableTable,
  options: TableOptions & QuantileOptions,
): Promise<QuantileDMatrix> {
  return (await readQuantile(table, options, undefined)).train;
}

/** Reads a table into training rows as bins, and validation rows told apart as by `tableToSplit`. */
export async function tableToQuantileSplit(
  table: RereadableTable,
  options: TableOptions & QuantileOptions & SplitOptions,
): Promise<{ train: QuantileDMatrix; valid: DMatrix }> {
  const { train, valid } = await readQuantile(table, options, options);
  return { train, valid: valid! };
}

interface ReadingOptions extends TableOptions, QuantileOptions {}

async function readQuantile(
  table: RereadableTable,
  options: ReadingOptions,
  split: SplitOptions | undefined,
): Promise<{ train: QuantileDMatrix; valid: DMatrix | undefined }> {
  const { maxBin = maxBinOption.default, sample = () => [] } = options;
  const { bufferBytes = quantileOptions.bufferBytes.default } = options;
  checkMaxBin(maxBin);
  checkValue("bufferBytes", quantileOptions.bufferBytes, bufferBytes);
  const first = await readFirst(table, options, maxBin, split);
  const { sketches, source, infos } = first;
  const readAgain = async (features: readonly number[], sink: FeatureSink) => {
    if (sketches.values.isWhole) sketches.values.replay(features, sink, first.newCodes);
    else await readFeatures(table, options, first, features, sink);
  };
  const cuts = await cutsOf(first, maxBin, readAgain);
  const { presentCounts, rowCount } = sketches;
  const rows = sample(rowCount, presentCounts.length);
  const sink = new BinSink({ cuts, presentCounts, rowCount }, rows);
  await readAgain([...presentCounts.keys()], sink);
  sketches.values.clear();
  const { features, kept } = sink.finish(source);
  const { featureNames, featureTypes, categories } = infos[0];
  const data = new DMatrix(kept, { featureNames, featureTypes, categories });
  const sampled = rows.length > 0 ? { rows, data } : undefined;
  return { train: new QuantileDMatrix(features, maxBin, infos[0], sampled), valid: first.valid };
}

/** What the first reading leaves. */
interface FirstReading extends PassResult {
  readonly source: string;
  readonly roles: Roles;
  /** The table of a row, or of a query, by its number. */
  readonly tableOf: (index: number) => number;
  readonly sketches: SketchSink;
  readonly valid: DMatrix | undefined;
}

async function readFirst(
  table: RereadableTable,
  options: ReadingOptions,
  maxBin: number,
  split: SplitOptions | undefined,
): Promise<FirstReading> {
  const tableOf = split ? splitByHash(split) : () => 0;
  const reader = await table.open();
  try {
    const roles = assignRoles(reader, options);
    const total = await table.estimateRowCount(reader);
    const expected = total && trainingRows(Math.round(total), tableOf, roles, split);
    const guessCount: GuessCount = (_, present, rowCount) =>
      expected === undefined || present === 0 ? undefined : Math.round((expected * present) / rowCount);
    const { bufferBytes = quantileOptions.bufferBytes.default } = options;
    const sketches = new SketchSink(roles.features, maxBin, guessCount, { bufferBytes });
    const validSink = split && new RowSink(roles.features.length, options.blockRowCount ?? 16384);
    const pass = new TablePass(roles, options, validSink ? [sketches, validSink] : [sketches], tableOf);
    await pass.run(reader, options.signal);
    const result = pass.finish(reader);
    if (sketches.rowCount === 0) throw emptyTable(reader.source);
    const valid = validSink && matrixOf(validSink, 1, result, reader);
    return { ...result, source: reader.source, roles, tableOf, sketches, valid };
  } finally {
    await reader.close();
  }
}

/** How many of `total` rows are training rows. */
function trainingRows(
  total: number,
  tableOf: (index: number) => number,
  { queryId }: Roles,
  split: SplitOptions | undefined,
): number {
  if (split === undefined) return total;
  // Whole queries are drawn then, of unknown sizes.
  if (queryId) return total * (1 - split.validFraction);
  let count = 0;
  for (let row = 0; row < total; row++) if (tableOf(row) === 0) count++;
  return count;
}

/** The cuts of all features; those whose sketch is of no use are sketched again. */
async function cutsOf(
  { sketches, newCodes, roles, infos }: FirstReading,
  maxBin: number,
  readAgain: (features: readonly number[], sink: FeatureSink) => Promise<void>,
): Promise<Cuts> {
  const { presentCounts } = sketches;
  const redone = [...presentCounts.keys()].filter((f) => !sketches.isDone(f));
  const again = new SketchSink(
    redone.map((f) => roles.features[f]),
    maxBin,
    (i) => presentCounts[redone[i]],
    { weight: infos[0].weight as Float32Array | undefined },
  );
  if (redone.length > 0) await readAgain(redone, again);
  const lists = newCodes.map((codes, f) => {
    const i = redone.indexOf(f);
    return i < 0 ? sketches.cutsOf(f, codes) : again.cutsOf(i, codes);
  });
  return joinCuts(
    lists,
    Uint8Array.from(roles.features, ({ coding }) => (coding === null ? 0 : 1)),
  );
}

/** Reads some features of the training rows once more; categories have their final codes now. */
async function readFeatures(
  table: RereadableTable,
  { missing, signal }: ReadingOptions,
  { roles, categories, tableOf, valid }: FirstReading,
  features: readonly number[],
  sink: FeatureSink,
): Promise<void> {
  const reader = await table.open();
  try {
    const again: Roles = {
      queryId: roles.queryId,
      label: undefined,
      weight: undefined,
      baseMargin: [],
      features: features.map((f) => ({ ...roles.features[f], fixed: categories[f] })),
    };
    const pass = new TablePass(again, { missing }, valid ? [sink, discardRows] : [sink], tableOf);
    await pass.run(reader, signal);
  } finally {
    await reader.close();
  }
}

function emptyTable(source: string): CoppiceError {
  return new CoppiceError("INVALID_DATA", `${source}: a table must have at least one row, got none`, {
    source,
  });
}
