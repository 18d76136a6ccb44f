// A part of a table for one of several readers: the files lie one after another as on a line of bytes, the
// line is divided evenly, and part r has the rows that begin in its piece. So parts are consecutive ranges
// of rows, no row is lost or read twice, a part may be empty, and nobody reads much more than its own.
// Parquet is divided at rows (at a row group where one is near), Arrow files at batches, text at line ends
// outside of quotes; what cannot be divided (gzip, Arrow streams) belongs to the part that it begins in.

import { CoppiceError } from "../../core/errors.ts";
import type { ColumnsFormat, Piece } from "../formats/format.ts";
import { columnsFormatOf, openTable } from "../formats/open-table.ts";
import type { ReadTableOptions } from "../formats/read-options.ts";
import { formatOf, formatOfSource } from "../formats/registry.ts";
import { type ByteSource, isPacked } from "../table/bytes.ts";
import { requestsFor } from "../table/concat.ts";
import type { TableBlock, TableReader } from "../table/table.ts";
import { countQuotes, type RangeQuotes } from "../text/csv-range.ts";

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

/** A piece that belongs to a part, and the number of its file. */
interface FilePiece extends Piece {
  readonly file: number;
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
  if (formatOf(format).kind === "matrix" && part.count > 1) {
    throw new CoppiceError(
      "UNSUPPORTED",
      `${sources[0].name}: ${format} files cannot be divided among workers; write them as Parquet first`,
    );
  }
  const first = await openTable([sources[0]], { ...options, format });
  return openPartOf(first, sources, part, { ...options, format });
}

/** The same for who has opened the first source before, which tells the columns; it is closed with the part. */
export async function openPartOf(
  first: TableReader,
  sources: readonly ByteSource[],
  part: TablePart,
  options: ReadTableOptions,
): Promise<TableReader> {
  const { format } = await columnsFormatOf(sources[0], options.format);
  const pieces = await piecesOf(sources, part, format);
  const quotes = format.countsQuotes ? await countPieceQuotes(pieces, sources, part) : undefined;
  const openers = pieces.map(
    (piece) => () =>
      format.openPiece
        ? format.openPiece({ ...piece, quotes: quotes?.[piece.file] }, options, first)
        : format.open(piece.source, options, first),
  );
  return new PartReader(first, openers);
}

/**
 * By part, how many quotes it has in each source; what a part needs to know of those before it where the format
 * counts them.
 */
export async function countPartQuotes(
  sources: readonly ByteSource[],
  count: number,
  format: ColumnsFormat,
): Promise<number[][]> {
  const quotes: number[][] = [];
  for (let index = 0; index < count; index++) {
    const own = sources.map(() => 0);
    quotes.push(own);
    if (!format.countsQuotes) continue;
    for (const { source, file, begin, end } of await piecesOf(sources, { index, count }, format)) {
      own[file] = await countQuotes(source, begin, end);
    }
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

async function piecesOf(
  sources: readonly ByteSource[],
  { index, count }: TablePart,
  format: ColumnsFormat,
): Promise<FilePiece[]> {
  const total = sources.reduce((sum, source) => sum + source.byteLength, 0);
  const partBegin = Math.floor((total * index) / count);
  const partEnd = Math.floor((total * (index + 1)) / count);
  const pieces: FilePiece[] = [];
  let fileBegin = 0;
  for (const [file, source] of sources.entries()) {
    const { byteLength } = source;
    const begin = Math.max(0, partBegin - fileBegin);
    const end = Math.min(byteLength, partEnd - fileBegin);
    const isHere = fileBegin >= partBegin && (fileBegin < partEnd || index === count - 1);
    if (!(await isDivisible(source, format))) {
      if (isHere) pieces.push({ source, file, begin: 0, end: byteLength });
    } else if (begin < end || (byteLength === 0 && isHere)) pieces.push({ source, file, begin, end });
    fileBegin += byteLength;
  }
  return pieces;
}

/** Whether parts of a file can be read on their own: it is not packed, and its format can be divided. */
export async function isDivisible(source: ByteSource, format: ColumnsFormat): Promise<boolean> {
  return format.openPiece !== undefined && !(format.mayBePacked && (await isPacked(source)));
}

/** By file, the quotes before this part's piece of it, and in the piece. */
async function countPieceQuotes(
  pieces: readonly FilePiece[],
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
