// From a table to a DMatrix, or to two: training and validation rows told apart while they are read.
// A row goes to validation when the hash of (seed, its number in the table) is below the wanted
// fraction, so the split depends on nothing but the seed; rows of one query stay together.

import { checkValue, type Declarations, type ValuesOf } from "../../core/declaration.ts";
import { streamKey, uniformAt } from "../../core/random.ts";
import { DMatrix } from "../../data/dmatrix.ts";
import { assignRoles, type TableOptions, tableOptions } from "../table/roles.ts";
import type { TableReader } from "../table/table.ts";
import { RowSink } from "./row-sink.ts";
import { type PassResult, TablePass } from "./table-pass.ts";

export const splitOptions = {
  /** Part of the rows that become validation rows, in (0, 1). */
  validFraction: {
    type: "number",
    minimum: 0,
    exclusiveMinimum: true,
    maximum: 1,
    exclusiveMaximum: true,
    isRequired: true,
    flag: "<x>",
    doc: "part of the rows to validate on, drawn by --seed",
  },
  /** By default 0. */
  seed: { type: "integer", minimum: 0, maximum: 4294967295, default: 0 },
} as const satisfies Declarations;

export interface SplitOptions extends ValuesOf<typeof splitOptions> {}

/**
 * Reads a whole table and closes it.
 *
 * @example await tableToDMatrix(await openCsv(source), { label: "y" })
 * @throws {CoppiceError} INVALID_DATA when a column is missing or a value is not what it must be
 */
export async function tableToDMatrix(reader: TableReader, options: TableOptions = {}): Promise<DMatrix> {
  const [matrix] = await readTables(reader, options, 1, () => 0);
  return matrix;
}

/**
 * Reads a whole table into training and validation rows and closes it. Both share the coding of
 * labels and categories.
 *
 * @throws {CoppiceError} INVALID_PARAMETER for a fraction outside (0, 1); INVALID_DATA as tableToDMatrix,
 *   or when one part has no rows
 */
export async function tableToSplit(
  reader: TableReader,
  options: TableOptions & SplitOptions,
): Promise<{ train: DMatrix; valid: DMatrix }> {
  const [train, valid] = await readTables(reader, options, 2, splitByHash(options));
  return { train, valid };
}

/** The draws of a split; the engine's own streams are numbered from 0. */
const SPLIT_STREAM = 0x53504c49;

/** Table 1 (validation) or 0 (training) of a row, or of a query, by its number. */
export function splitByHash(options: SplitOptions): (index: number) => number {
  const { validFraction, seed = 0 } = options;
  checkValue("validFraction", splitOptions.validFraction, validFraction);
  const key = streamKey(seed, SPLIT_STREAM, 0, 0);
  return (index) => (uniformAt(key, index) < validFraction ? 1 : 0);
}

async function readTables(
  reader: TableReader,
  options: TableOptions,
  tableCount: number,
  tableOf: (index: number) => number,
): Promise<DMatrix[]> {
  try {
    const { blockRowCount = tableOptions.blockRowCount.default } = options;
    checkValue("blockRowCount", tableOptions.blockRowCount, blockRowCount);
    const roles = assignRoles(reader, options);
    const sinks = Array.from({ length: tableCount }, () => new RowSink(roles.features.length, blockRowCount));
    const pass = new TablePass(roles, options, sinks, tableOf);
    await pass.run(reader, options.signal);
    const result = pass.finish(reader);
    return sinks.map((sink, table) => matrixOf(sink, table, result, reader));
  } finally {
    await reader.close();
  }
}

/** The table of a sink that all rows have gone to. */
export function matrixOf(
  sink: RowSink,
  table: number,
  { infos, newCodes }: PassResult,
  { source, isPart }: TableReader,
): DMatrix {
  newCodes.forEach((codes, f) => {
    if (codes) sink.recode(f, codes);
  });
  const name = table === 0 ? source : `${source} (validation part)`;
  return new DMatrix(sink.finish(name, isPart), infos[table]);
}
