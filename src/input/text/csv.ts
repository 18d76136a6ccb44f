// CSV and its relatives (tab, semicolon): opens the file, settles delimiter, header and the kinds of
// the columns from the first rows, then gives blocks of rows. A column that only has missing values
// there counts as numeric; text further down in a numeric column is an error with its line.

import { checkValue, type Declarations, type ValuesOf } from "../../core/declaration.ts";
import { CoppiceError } from "../../core/errors.ts";
import type { ByteSource } from "../table/bytes.ts";
import { tableOptions } from "../table/roles.ts";
import {
  type ColumnRequest,
  checkColumnNames,
  showColumn,
  type TableBlock,
  type TableColumn,
  type TableReader,
} from "../table/table.ts";
import { CsvCells, type SplitRow } from "./csv-cells.ts";
import { detectDelimiter, detectHeader, detectKinds } from "./csv-dialect.ts";
import { CsvScanner } from "./csv-scanner.ts";
import { estimateLineCount } from "./line-estimate.ts";
import { TextBuffer } from "./text-buffer.ts";

export const csvOptions = {
  /** Whether the first row names the columns; by default found out from the first rows. */
  hasHeader: {
    type: "boolean",
    flag: "header",
    doc: "the first line of a text table names the columns (default: looks)",
  },
  /** One ASCII character; by default found out from the first lines. */
  delimiter: {
    type: "string",
    rule: "one ASCII character other than a quote or line end",
    accepts: (value) => /^[^\n\r"\u0080-\uffff]$/.test(String(value)),
    flag: "<character>",
    doc: "between the cells of a text table (default: looks)",
  },
  /** Texts that mean missing, besides an empty cell. */
  missing: tableOptions.missing,
  /** Rows from which the kinds of columns are told; 1000 by default. */
  sampleRowCount: { type: "integer", minimum: 1, default: 1000 },
} as const satisfies Declarations;

export interface CsvOptions extends ValuesOf<typeof csvOptions> {}

/** As much as is looked at to tell the dialect, unless one row is longer. */
const MAX_SAMPLE_BYTES = 1 << 20;
/** Cells of a block: small enough for a processor's cache, whatever the number of columns. */
const BLOCK_CELLS = 1 << 17;
const MAX_BLOCK_ROWS = 8192;

/**
 * Opens a CSV file.
 *
 * @example const matrix = await tableToDMatrix(await openCsv(bytesSource("a.csv", text)), { label: "y" });
 * @throws {CoppiceError} INVALID_DATA when it is empty or two columns have the same name;
 *   INVALID_PARAMETER for a delimiter that is not one ASCII character
 */
export async function openCsv(source: ByteSource, options: CsvOptions = {}): Promise<TableReader> {
  const { delimiter, sampleRowCount = csvOptions.sampleRowCount.default } = options;
  if (delimiter !== undefined) checkValue("delimiter", csvOptions.delimiter, delimiter);
  const buffer = new TextBuffer(source);
  try {
    await buffer.skipByteOrderMark();
    const missing = missingTexts(options.missing);
    const cells = new CsvCells(buffer, delimiter ?? detectDelimiter(await firstLines(buffer)));
    const sample = await readSample(cells, sampleRowCount);
    if (sample.length === 0) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${source.name}: a table must have at least one row, got an empty file`,
        {
          source: source.name,
        },
      );
    }
    const rows = sample.map((row) => row.cells);
    const hasHeader = options.hasHeader ?? detectHeader(rows, missing);
    if (hasHeader) {
      buffer.begin = sample[0].next;
      cells.line += sample[0].lines;
    }
    return new CsvReader(cells, hasHeader, rows, missing);
  } catch (error) {
    await buffer.close();
    throw error;
  }
}

class CsvReader implements TableReader {
  readonly source: string;
  readonly hasNames: boolean;
  readonly columns: readonly TableColumn[];
  readonly delimiter: string;
  readonly #cells: CsvCells;
  readonly #missing: ReadonlySet<string>;

  constructor(
    cells: CsvCells,
    hasHeader: boolean,
    rows: readonly (readonly string[])[],
    missing: ReadonlySet<string>,
  ) {
    this.source = cells.buffer.source.name;
    this.hasNames = hasHeader;
    this.delimiter = String.fromCharCode(cells.delimiter);
    this.#cells = cells;
    this.#missing = missing;
    const names = hasHeader ? rows[0] : rows[0].map((_, column) => String(column));
    checkColumnNames(this.source, names);
    const kinds = detectKinds(hasHeader ? rows.slice(1) : rows, names.length, missing);
    this.columns = names.map((name, column) => ({
      name,
      kind: kinds[column],
      type: kinds[column] === "string" ? "text" : "number",
    }));
  }

  async estimateRowCount(): Promise<number | undefined> {
    const lines = await estimateLineCount(this.#cells.buffer.source);
    return lines && lines - (this.hasNames ? 1 : 0);
  }

  async *read(requests: readonly ColumnRequest[]): AsyncGenerator<TableBlock> {
    const { buffer } = this.#cells;
    const titles = this.columns.map((_, column) => showColumn(this, column));
    const blockRows = Math.floor(BLOCK_CELLS / Math.max(1, requests.length));
    const blockRowCount = Math.min(MAX_BLOCK_ROWS, Math.max(16, blockRows));
    const scanner = new CsvScanner(this.#cells, { titles, requests, missing: this.#missing }, blockRowCount);
    while (!(buffer.isFinal && buffer.begin >= buffer.end)) {
      scanner.parse();
      if (scanner.rowCount === blockRowCount) yield scanner.takeBlock();
      else if (!buffer.isFinal) await buffer.readMore();
    }
    if (scanner.rowCount > 0) yield scanner.takeBlock();
  }

  close(): Promise<void> {
    return this.#cells.buffer.close();
  }
}

/** The texts among the markers of missing values. */
function missingTexts(missing: CsvOptions["missing"]): Set<string> {
  const markers = missing === undefined ? [] : [missing].flat();
  return new Set(markers.map(String));
}

async function firstLines(buffer: TextBuffer): Promise<string[]> {
  const wanted = 1 << 16;
  while (buffer.end - buffer.begin < wanted && !buffer.isFinal) await buffer.readMore();
  const text = new TextDecoder().decode(
    buffer.bytes.subarray(buffer.begin, Math.min(buffer.end, buffer.begin + wanted)),
  );
  const lines = text.split(/\r\n|\r|\n/, 11);
  // The last line may be cut off.
  return lines.length > 1 ? lines.slice(0, -1) : lines;
}

/** The first rows, without consuming them. */
async function readSample(cells: CsvCells, rowCount: number): Promise<SplitRow[]> {
  const { buffer } = cells;
  for (;;) {
    const rows: SplitRow[] = [];
    let at = buffer.begin;
    while (rows.length < rowCount + 1) {
      const row = splitSampleRow(cells, at, rows.length === 0);
      if (row === undefined) break;
      rows.push(row);
      at = row.next;
    }
    const isEnough =
      rows.length > rowCount || (rows.length > 1 && buffer.end - buffer.begin >= MAX_SAMPLE_BYTES);
    if (isEnough || buffer.isFinal) return rows;
    const wanted = Math.min(
      2 * (buffer.end - buffer.begin) + 1,
      buffer.end - buffer.begin + MAX_SAMPLE_BYTES,
    );
    while (buffer.end - buffer.begin < wanted && !buffer.isFinal) await buffer.readMore();
  }
}

/** A broken row below the first ends the sample; it is reported, with its line, when it is read. */
function splitSampleRow(cells: CsvCells, at: number, isFirst: boolean): SplitRow | undefined {
  try {
    return cells.splitRow(at);
  } catch (error) {
    if (isFirst) throw error;
    return undefined;
  }
}
