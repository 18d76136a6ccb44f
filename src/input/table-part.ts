// A part of a table for one of several readers: the files lie one after another as on a line of bytes, the
// line is divided evenly, and part r has the rows that begin in its piece. So parts are consecutive ranges
// of rows, no row is lost or read twice, a part may be empty, and nobody reads much more than its own.
// Parquet is divided at rows (at a row group where one is near), Arrow files at batches, text at line ends
// outside of quotes; what cannot be divided (gzip, Arrow streams) belongs to the part that it begins in.

import { CoppiceError } from "../core/errors.ts";
import { openArrow } from "./columnar/arrow.ts";
import { openParquet } from "./columnar/parquet.ts";
import { formatOfSource, openTable, type ReadTableOptions, type TableFormat } from "./read-table.ts";
import { type ByteSource, isGzip } from "./table/bytes.ts";
import { requestsFor } from "./table/concat.ts";
import type { TableBlock, TableReader } from "./table/table.ts";
import { openCsv } from "./text/csv.ts";
import { countQuotes, lineRange, type RangeQuotes } from "./text/csv-range.ts";

/** Which part of how many. */
export interface TablePart {
  readonly index: number;
  readonly count: number;
  /** By part how many quotes it has in each file, where that is known: see `countPartQuotes`. */
  readonly quotes?: readonly (readonly number[])[];
  /**
   * Tells the other parts how many quotes this one has in each file, and gives what they have, by part.
   * By default a part counts those before it itself.
   */
  readonly shareQuotes?: (counts: readonly number[]) => Promise<readonly (readonly number[])[]>;
}

/** The bytes [begin, end) of a file that belong to a part. */
interface Piece {
  readonly source: ByteSource;
  readonly file: number;
  readonly begin: number;
  readonly end: number;
}

/**
 * Opens a part of the table that the sources make, one after another; all parts have the columns of the
 * first source.
 *
 * @throws {CoppiceError} INVALID_DATA as `openTable`; UNSUPPORTED for libsvm
 */
export async function openTablePart(
  sources: readonly ByteSource[],
  part: TablePart,
  options: ReadTableOptions = {},
): Promise<TableReader> {
  const format = await formatOfSource(sources[0], options.format);
  if (format === "libsvm" && part.count > 1) {
    throw new CoppiceError(
      "UNSUPPORTED",
      `${sources[0].name}: libsvm files cannot be divided among workers; write them as Parquet first`,
    );
  }
  return openPartOf(await openTable([sources[0]], { ...options, format }), sources, part, options);
}

/** The same for who has opened the first source before, which tells the columns; it is closed with the part. */
export async function openPartOf(
  first: TableReader,
  sources: readonly ByteSource[],
  part: TablePart,
  options: ReadTableOptions,
): Promise<TableReader> {
  const format = await formatOfSource(sources[0], options.format);
  const pieces = await piecesOf(sources, part);
  const openers =
    format === "csv" || format === "tsv"
      ? await textOpeners(pieces, sources, part, first, options)
      : pieces.map((piece) => () => openColumnar(piece, format, options));
  return new PartReader(first, openers);
}

/** By part, how many quotes it has in each source; what a part needs to know of those before it. */
export async function countPartQuotes(sources: readonly ByteSource[], count: number): Promise<number[][]> {
  const quotes: number[][] = [];
  for (let index = 0; index < count; index++) {
    const own = sources.map(() => 0);
    for (const { source, file, begin, end } of await piecesOf(sources, { index, count })) {
      own[file] = await countQuotes(source, begin, end);
    }
    quotes.push(own);
  }
  return quotes;
}

type OpenPiece = () => Promise<TableReader | undefined>;

/** The rows of the pieces, with the columns of the whole table. */
class PartReader implements TableReader {
  readonly source: string;
  readonly hasNames: boolean;
  readonly columns: TableReader["columns"];
  readonly isPart = true;
  readonly #first: TableReader;
  readonly #openers: readonly OpenPiece[];

  constructor(first: TableReader, openers: readonly OpenPiece[]) {
    this.source = first.source;
    this.hasNames = first.hasNames;
    this.columns = first.columns;
    this.#first = first;
    this.#openers = openers;
  }

  async *read(requests: Parameters<TableReader["read"]>[0]): AsyncGenerator<TableBlock> {
    for (const open of this.#openers) {
      const reader = await open();
      if (reader === undefined) continue;
      try {
        yield* reader.read(requestsFor(reader, this.#first, requests));
      } finally {
        await reader.close();
      }
    }
  }

  close(): Promise<void> {
    return this.#first.close();
  }
}

async function piecesOf(sources: readonly ByteSource[], { index, count }: TablePart): Promise<Piece[]> {
  const total = sources.reduce((sum, source) => sum + source.byteLength, 0);
  const partBegin = Math.floor((total * index) / count);
  const partEnd = Math.floor((total * (index + 1)) / count);
  const pieces: Piece[] = [];
  let fileBegin = 0;
  for (const [file, source] of sources.entries()) {
    const { byteLength } = source;
    const begin = Math.max(0, partBegin - fileBegin);
    const end = Math.min(byteLength, partEnd - fileBegin);
    const isHere = fileBegin >= partBegin && (fileBegin < partEnd || index === count - 1);
    if (await isPacked(source)) {
      if (isHere) pieces.push({ source, file, begin: 0, end: byteLength });
    } else if (begin < end || (byteLength === 0 && isHere)) pieces.push({ source, file, begin, end });
    fileBegin += byteLength;
  }
  return pieces;
}

/** Whether a source is gzip, which cannot be divided. */
export async function isPacked(source: ByteSource): Promise<boolean> {
  return isGzip(new Uint8Array(await source.slice(0, Math.min(2, source.byteLength))));
}

function openColumnar(
  { source, begin, end }: Piece,
  format: Exclude<TableFormat, "csv" | "tsv">,
  options: ReadTableOptions,
): Promise<TableReader> {
  const range = { begin: begin / source.byteLength, end: end / source.byteLength };
  return format === "parquet" ? openParquet(source, options, range) : openArrow(source, options, range);
}

async function textOpeners(
  pieces: readonly Piece[],
  sources: readonly ByteSource[],
  part: TablePart,
  first: TableReader,
  options: ReadTableOptions,
): Promise<OpenPiece[]> {
  const quotes = await countPieceQuotes(pieces, sources, part);
  const hasHeader = options.hasHeader ?? first.hasNames;
  const open = (source: ByteSource) => {
    // What the whole table's first rows have shown holds for every part.
    const delimiter = options.delimiter ?? first.delimiter;
    return openCsv(source, { ...options, delimiter, hasHeader, sampleRowCount: 1 });
  };
  return pieces.map((piece) => async () => {
    const { source, begin, end, file } = piece;
    if (begin === 0 && end === source.byteLength) return open(source);
    const range = await lineRange(source, piece, quotes[file], hasHeader);
    return range && open(range);
  });
}

/** By file, the quotes before this part's piece of it, and in the piece. */
async function countPieceQuotes(
  pieces: readonly Piece[],
  sources: readonly ByteSource[],
  { index, quotes, shareQuotes }: TablePart,
): Promise<RangeQuotes[]> {
  const sumBefore = (all: readonly (readonly number[])[], file: number) =>
    all.slice(0, index).reduce((sum, counts) => sum + counts[file], 0);
  if (quotes) {
    return sources.map((_, file) => ({ before: sumBefore(quotes, file), inside: quotes[index][file] }));
  }
  const own = sources.map(() => 0);
  for (const { source, file, begin, end } of pieces) own[file] = await countQuotes(source, begin, end);
  if (shareQuotes) {
    const all = await shareQuotes(own);
    return own.map((inside, file) => ({ before: sumBefore(all, file), inside }));
  }
  const before = sources.map(() => 0);
  for (const { source, file, begin } of pieces) before[file] = await countQuotes(source, 0, begin);
  return own.map((inside, file) => ({ before: before[file], inside }));
}
