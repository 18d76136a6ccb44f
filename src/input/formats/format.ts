// What there is to know of reading a table format, said once: how its files are named and how they begin, how they
// are opened and divided among several readers. A format is one declaration and its line in `registry.ts`; it
// may load its reader when it is first used. What writes it has its line in `writers.ts`.

import type { DMatrix } from "../../data/dmatrix.ts";
import type { SplitOptions } from "../sink/table-dmatrix.ts";
import type { ByteSource } from "../table/bytes.ts";
import type { TableReader } from "../table/table.ts";
import type { RangeQuotes } from "../text/csv-range.ts";
import type { FormatOptions } from "./format-options.ts";

interface FileFormat {
  /** What names of its files end in, without the dot; the first is the one that files are written with. */
  readonly extensions: readonly string[];
  /** What its files begin with, in Latin-1; asked where a name tells no format. */
  readonly magic?: string;
  /** Whether a text with this first line is of the format; asked after `magic` of all formats. */
  readonly hasFirstLine?: (line: string) => boolean;
  /** Whether its files may be gzip as a whole: they are read from the beginning on. */
  readonly mayBePacked: boolean;
}

/** A format whose tables have named columns, which a `TableReader` gives. */
export interface ColumnsFormat extends FileFormat {
  readonly kind: "columns";
  /** Whether rows are parsed from text, which takes long enough that threads help. */
  readonly isText: boolean;
  /** Whether where a row begins depends on the quotes before it, of which a piece must be told. */
  readonly countsQuotes?: boolean;
  /**
   * Opens a file.
   *
   * @param first the first of the tables that are read as one, which this one must be like
   * @throws {CoppiceError} INVALID_DATA when it is no such file
   */
  open(source: ByteSource, options: FormatOptions, first?: TableReader): Promise<TableReader>;
  /**
   * Opens the rows that begin in a piece of a file, so that every row is in one piece; undefined when none does.
   * Without this method a file is not divided.
   */
  openPiece?(piece: Piece, options: FormatOptions, first: TableReader): Promise<TableReader | undefined>;
}

/** A format whose rows are features alone, their label with them: there are no columns to name. */
export interface MatrixFormat extends FileFormat {
  readonly kind: "matrix";
  /** Reads files, one after another, as one table, and closes them. */
  read(sources: readonly ByteSource[], options: FormatOptions): Promise<DMatrix>;
  /** Reads them into training and validation rows, told apart as by `tableToSplit`. */
  readSplit(
    sources: readonly ByteSource[],
    options: FormatOptions & SplitOptions,
  ): Promise<{ train: DMatrix; valid: DMatrix }>;
}

export type FormatDeclaration = ColumnsFormat | MatrixFormat;

/** The bytes [begin, end) of a file; with `countsQuotes` also how many quotes stand before and in them. */
export interface Piece {
  readonly source: ByteSource;
  readonly begin: number;
  readonly end: number;
  readonly quotes?: RangeQuotes | undefined;
}
