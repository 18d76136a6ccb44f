// The names of the options of reading a table, by which misspelt ones are refused.

import { checkOptionNames, type OptionNames } from "../core/options.ts";
import type { ReadTableOptions } from "./read-table.ts";
import type { QuantileOptions } from "./sink/quantile-table.ts";
import type { SplitOptions } from "./sink/table-dmatrix.ts";

const optionNames: OptionNames<ReadTableOptions> = {
  label: true,
  labelKind: true,
  labelClasses: true,
  weight: true,
  queryId: true,
  baseMargin: true,
  features: true,
  ignore: true,
  categorical: true,
  categoryEncoding: true,
  categories: true,
  missing: true,
  textColumns: true,
  numericColumns: true,
  blockRowCount: true,
  signal: true,
  delimiter: true,
  hasHeader: true,
  sampleRowCount: true,
  format: true,
  featureCount: true,
};

const quantileNames: OptionNames<QuantileOptions> = { maxBin: true, sample: true, bufferBytes: true };

const splitNames: OptionNames<SplitOptions> = { validFraction: true, seed: true };

/** @throws {CoppiceError} INVALID_PARAMETER for an unknown name */
export function checkTableOptions(options: ReadTableOptions, where: string = "readTable()"): void {
  checkOptionNames(where, options, optionNames);
}

/** @throws {CoppiceError} INVALID_PARAMETER for an unknown name */
export function checkSplitOptions(options: ReadTableOptions & SplitOptions): void {
  checkOptionNames("readTableSplit()", options, { ...optionNames, ...splitNames });
}

/** @throws {CoppiceError} INVALID_PARAMETER for an unknown name */
export function checkQuantileOptions(options: ReadTableOptions & QuantileOptions): void {
  checkOptionNames("readQuantileTable()", options, { ...optionNames, ...quantileNames });
}

/** @throws {CoppiceError} INVALID_PARAMETER for an unknown name */
export function checkQuantileSplitOptions(options: ReadTableOptions & QuantileOptions & SplitOptions): void {
  checkOptionNames("readQuantileTableSplit()", options, { ...optionNames, ...quantileNames, ...splitNames });
}
