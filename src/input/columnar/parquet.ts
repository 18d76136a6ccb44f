// Parquet: row group by row group, and of a group one column at a time, so that beside the table
// under construction there is never more than one column of one group. Metadata, decompression and
// rare encodings are the libraries' work (hyparquet, hyparquet-compressors), loaded when first used.

import { CoppiceError } from "../../core/errors.ts";
import { ByteDictionary } from "../table/byte-dictionary.ts";
import { type ByteSource, isPacked } from "../table/bytes.ts";
import {
  type ColumnRequest,
  type ColumnValues,
  showColumn,
  type TableBlock,
  type TableColumn,
  type TableReader,
} from "../table/table.ts";
import {
  asKind,
  type ColumnarOptions,
  checkColumns,
  type FileRange,
  isIndexColumn,
  unreadable,
  wholeFile,
} from "./columnar.ts";
import { CHUNK_ENCODINGS, type ChunkType, decodeChunk } from "./parquet-chunk.ts";

type Hyparquet = typeof import("hyparquet");
type Metadata = Awaited<ReturnType<Hyparquet["parquetMetadataAsync"]>>;
type SchemaTree = ReturnType<Hyparquet["parquetSchema"]>;
type SchemaElement = SchemaTree["element"];
type RowGroup = Metadata["row_groups"][number];
type ColumnMetadata = NonNullable<RowGroup["columns"][number]["meta_data"]>;
type Compressors = typeof import("hyparquet-compressors")["compressors"];

/**
 * Opens a Parquet file. Columns that hold neither numbers nor text (dates, lists, ..) are listed, but
 * cannot be read; the index columns that pandas adds (`__index_level_0__`) are left out.
 *
 * @param range the part of its rows to read; by default all
 * @throws {CoppiceError} INVALID_DATA when it is no Parquet file
 */
export async function openParquet(
  source: ByteSource,
  options: ColumnarOptions = {},
  range: FileRange = wholeFile,
): Promise<TableReader> {
  const hyparquet = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const file = {
    byteLength: source.byteLength,
    slice: (begin: number, end?: number) => sliceOf(source, begin, end),
  };
  try {
    const metadata = await hyparquet.parquetMetadataAsync(file);
    return new ParquetReader(source, { hyparquet, compressors, metadata, file }, options, range);
  } catch (cause) {
    const reason = (await isPacked(source).catch(() => false)) ? IS_PACKED : cause;
    await source.close();
    throw unreadable(source.name, "no readable Parquet file", reason);
  }
}

interface ParquetFile {
  readonly hyparquet: Hyparquet;
  readonly compressors: Compressors;
  readonly metadata: Metadata;
  readonly file: { byteLength: number; slice(begin: number, end?: number): Promise<ArrayBuffer> };
}

async function sliceOf(
  source: ByteSource,
  begin: number,
  end: number = source.byteLength,
): Promise<ArrayBuffer> {
  const from = begin < 0 ? Math.max(0, source.byteLength + begin) : begin;
  return source.slice(from, Math.min(end, source.byteLength));
}

const IS_PACKED = "it is packed as a whole with gzip; unpack it, Parquet files are read at random";

class ParquetReader implements TableReader {
  readonly source: string;
  readonly hasNames = true;
  readonly columns: readonly TableColumn[];
  readonly #source: ByteSource;
  readonly #file: ParquetFile;
  readonly #elements: readonly SchemaElement[];
  readonly #missing: ReadonlySet<string>;
  #numbers: Float64Array = new Float64Array(0);
  /** Room for the levels or positions of a page. */
  #scratch: Int32Array = new Int32Array(0);
  readonly #rowBegin: number;
  readonly #rowEnd: number;
  /** Codes of texts, per column, the same in all row groups. */
  readonly #texts: Map<number, ByteDictionary> = new Map();

  constructor(source: ByteSource, file: ParquetFile, options: ColumnarOptions, range: FileRange) {
    const tree = file.hyparquet.parquetSchema(file.metadata);
    const nodes = tree.children.filter(({ element }) => !isIndexColumn(element.name));
    this.source = source.name;
    this.#source = source;
    this.#file = file;
    this.#missing = new Set([options.missing ?? []].flat().map(String));
    this.#elements = nodes.map((node) => node.element);
    this.columns = nodes.map(describeColumn);
    this.#rowBegin = rowAt(file.metadata, range.begin);
    this.#rowEnd = rowAt(file.metadata, range.end);
    checkColumns(this);
  }

  estimateRowCount(): number {
    return this.#rowEnd - this.#rowBegin;
  }

  async *read(requests: readonly ColumnRequest[]): AsyncGenerator<TableBlock> {
    let firstRow = 0;
    for (const group of this.#file.metadata.row_groups) {
      const groupRows = Number(group.num_rows);
      const begin = firstRow;
      firstRow += groupRows;
      // The rows of the group that are asked for.
      const from = Math.max(0, this.#rowBegin - begin);
      const to = Math.min(groupRows, this.#rowEnd - begin);
      if (from >= to) continue;
      // One buffer for the numbers of all columns and groups: each is used up before the next is asked for.
      if (this.#numbers.length < groupRows) this.#numbers = new Float64Array(groupRows);
      const numbers = this.#numbers.subarray(0, groupRows);
      const placeOf = (row: number) => `${this.source}, row ${begin + from + row}`;
      yield {
        rowCount: to - from,
        placeOf,
        readColumn: async (request) => {
          const { column, kind } = requests[request];
          const values = sliceColumn(await this.#readColumn(column, group, begin, numbers), from, to);
          return asKind(this, column, kind, values, { rowCount: to - from, placeOf });
        },
      };
    }
  }

  async #readColumn(
    column: number,
    group: RowGroup,
    firstRow: number,
    numbers: Float64Array,
  ): Promise<ColumnValues> {
    const { name } = this.columns[column];
    try {
      const metadata = group.columns.find((chunk) => isChunkOf(chunk.meta_data, name))?.meta_data;
      if (metadata && this.#isSimple(column, metadata))
        return await this.#readSimple(column, metadata, numbers);
      return await this.#readByLibrary(column, firstRow, numbers);
    } catch (cause) {
      const what = `${showColumn(this, column)} from row ${firstRow} on cannot be read`;
      throw unreadable(this.source, what, cause, { column: name });
    }
  }

  #isSimple(column: number, metadata: ColumnMetadata): boolean {
    const { repetition_type, type, converted_type } = this.#elements[column];
    if (type === "FIXED_LEN_BYTE_ARRAY" || type === "INT96" || repetition_type === "REPEATED") return false;
    if (type === "BYTE_ARRAY" && converted_type === "DECIMAL") return false;
    return metadata.encodings.every((encoding) => CHUNK_ENCODINGS.has(encoding));
  }

  async #readSimple(column: number, metadata: ColumnMetadata, numbers: Float64Array): Promise<ColumnValues> {
    const element = this.#elements[column];
    const isText = this.columns[column].kind === "string";
    const texts = isText ? this.#textsOf(column) : undefined;
    // Some writers set the dictionary's offset to 0 when there is none.
    const dictionaryAt = Number(metadata.dictionary_page_offset ?? 0);
    const begin = dictionaryAt > 0 ? dictionaryAt : Number(metadata.data_page_offset);
    const stored = await this.#source.slice(begin, begin + Number(metadata.total_compressed_size));
    const out = isText ? new Int32Array(numbers.length) : numbers;
    const unpack = this.#unpacker(metadata.codec);
    if (this.#scratch.length < numbers.length) this.#scratch = new Int32Array(numbers.length);
    const { isUnsigned, scale } = numberTraits(element);
    decodeChunk(
      new Uint8Array(stored),
      {
        type: element.type as ChunkType,
        isUnsigned,
        scale,
        isOptional: element.repetition_type !== "REQUIRED",
        unpack,
        texts,
      },
      out,
      this.#scratch,
    );
    if (out instanceof Float64Array) return { kind: "number", values: out };
    return { kind: "string", codes: out, dictionary: texts?.texts ?? [] };
  }

  #unpacker(codec: ColumnMetadata["codec"]): (bytes: Uint8Array, length: number) => Uint8Array {
    if (codec === "UNCOMPRESSED") return (bytes) => bytes;
    const unpack = this.#file.compressors[codec];
    // Not every decompressor takes a page of nothing, as a column of nulls has.
    if (unpack) return (bytes, length) => (length === 0 ? new Uint8Array(0) : unpack(bytes, length));
    throw new CoppiceError("UNSUPPORTED", `Parquet compression ${codec} is not supported`);
  }

  #textsOf(column: number): ByteDictionary {
    const known = this.#texts.get(column);
    if (known) return known;
    const texts = new ByteDictionary(this.#missing);
    this.#texts.set(column, texts);
    return texts;
  }

  async #readByLibrary(column: number, firstRow: number, numbers: Float64Array): Promise<ColumnValues> {
    const { hyparquet, compressors, metadata, file } = this.#file;
    const { name, kind } = this.columns[column];
    const rowEnd = firstRow + numbers.length;
    const scan = await hyparquet.parquetScan({
      file,
      metadata,
      compressors,
      columns: [name],
      useOffsetIndex: false,
    });
    const values = await scan.readColumn({ column: name, rowStart: firstRow, rowEnd });
    if (kind !== "string") {
      for (let i = 0; i < values.length; i++) numbers[i] = values[i] == null ? NaN : Number(values[i]);
      return { kind: "number", values: numbers };
    }
    const texts = this.#textsOf(column);
    const encoder = new TextEncoder();
    const codes = Int32Array.from(values as ArrayLike<string | null>, (text) => {
      if (text === null || text === undefined) return -1;
      const bytes = encoder.encode(text);
      return texts.codeOf(bytes, 0, bytes.length);
    });
    return { kind: "string", codes, dictionary: texts.texts };
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

/** The row at a part of the file, at the begin of a row group where that is near. */
function rowAt({ row_groups: groups }: Metadata, part: number): number {
  const total = groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  const wanted = Math.round(part * total);
  if (wanted === 0 || wanted === total) return wanted;
  let begin = 0;
  for (const group of groups) {
    const end = begin + Number(group.num_rows);
    if (end > wanted) {
      // A group is read whole by all who have rows of it.
      if (wanted - begin < (end - begin) / 8) return begin;
      return end - wanted < (end - begin) / 8 ? end : wanted;
    }
    begin = end;
  }
  return total;
}

function sliceColumn(values: ColumnValues, from: number, to: number): ColumnValues {
  if (from === 0) return values;
  if (values.kind === "number") return { ...values, values: values.values.subarray(from, to) };
  return { ...values, codes: values.codes.subarray(from, to) };
}

function isChunkOf(metadata: ColumnMetadata | undefined, name: string): boolean {
  return metadata?.path_in_schema.length === 1 && metadata.path_in_schema[0] === name;
}

function describeColumn({ element, children }: SchemaTree): TableColumn {
  const { name, type, logical_type, converted_type, repetition_type } = element;
  const logical = logical_type?.type ?? converted_type;
  const isNested = children.length > 0 || repetition_type === "REPEATED";
  return { name, kind: isNested ? "other" : kindOf(type, logical), type: logical ?? type ?? "group" };
}

function kindOf(type: SchemaElement["type"], logical: string | undefined): TableColumn["kind"] {
  if (logical === undefined)
    return type === "INT96" || type === "FIXED_LEN_BYTE_ARRAY" ? "other" : kindOfType(type);
  if (logical === "DECIMAL" || logical === "FLOAT16" || /^U?INT(EGER|_\d+)$/.test(logical)) return "number";
  if (logical === "STRING" || logical === "UTF8" || logical === "ENUM") return "string";
  // A column of nulls only.
  if (logical === "NULL") return "number";
  return "other";
}

function kindOfType(type: SchemaElement["type"]): TableColumn["kind"] {
  return type === "BYTE_ARRAY" ? "string" : type === undefined ? "other" : "number";
}

function numberTraits(element: SchemaElement): { isUnsigned: boolean; scale: number } {
  const { logical_type: logical, converted_type: converted, scale } = element;
  const isUnsigned =
    logical?.type === "INTEGER" ? !logical.isSigned : (converted?.startsWith("UINT_") ?? false);
  const isDecimal = logical?.type === "DECIMAL" || converted === "DECIMAL";
  return { isUnsigned, scale: isDecimal ? (scale ?? 0) : 0 };
}
