// Arrow IPC, batch by batch: a stream from its beginning, a file through the index at its end.
// apache-arrow reads the messages; it is loaded when first used.

import type { CoppiceError } from "../../core/errors.ts";
import { ByteDictionary } from "../table/byte-dictionary.ts";
import { type ByteSource, bytesSource, isGzip, readAll } from "../table/bytes.ts";
import type { ColumnRequest, ColumnValues, TableBlock, TableColumn, TableReader } from "../table/table.ts";
import { describeArrowType, readArrowColumn } from "./arrow-column.ts";
import {
  asKind,
  type ColumnarOptions,
  checkColumns,
  type FileRange,
  isIndexColumn,
  unreadable,
  wholeFile,
} from "./columnar.ts";
import { decodeLz4Frame } from "./lz4-frame.ts";

type Arrow = typeof import("apache-arrow");
type BatchReader = import("apache-arrow").AsyncRecordBatchStreamReader;
type FileBatchReader = import("apache-arrow").AsyncRecordBatchFileReader;
type RecordBatch = import("apache-arrow").RecordBatch;

/**
 * Opens an Arrow IPC file ("Feather V2") or stream; buffers may be packed with LZ4 or Zstandard. What
 * is gzip as a whole is unpacked into memory.
 *
 * @param range the part to read, in whole batches; a stream belongs to the part that it begins in
 * @throws {CoppiceError} INVALID_DATA when it is neither
 */
export async function openArrow(
  source: ByteSource,
  options: ColumnarOptions = {},
  range: FileRange = wholeFile,
): Promise<TableReader> {
  const arrow = await import("apache-arrow");
  await registerCodecs(arrow);
  try {
    const head = new Uint8Array(await source.slice(0, Math.min(MAGIC.length, source.byteLength)));
    if (isGzip(head)) {
      const content = bytesSource(source.name, await readAll(source));
      return await openArrow({ ...content, close: () => source.close() }, options, range);
    }
    const opened = isMagic(head)
      ? await arrow.RecordBatchReader.from(await fileHandle(source))
      : await arrow.RecordBatchReader.from(copies(source));
    const reader = opened as unknown as BatchReader;
    await reader.open();
    if (reader.schema === undefined) throw new Error("it has no schema");
    return new ArrowReader(source, arrow, reader, options, range);
  } catch (cause) {
    await source.close();
    throw notArrow(source.name, cause);
  }
}

/** The library knows how to find compressed buffers, not how to unpack them. */
async function registerCodecs(arrow: Arrow): Promise<void> {
  const { compressionRegistry, CompressionType } = arrow;
  if (compressionRegistry.get(CompressionType.LZ4_FRAME) === null) {
    compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decodeLz4Frame });
  }
  if (compressionRegistry.get(CompressionType.ZSTD) === null) {
    // It compiles WebAssembly when it is loaded, which some edge runtimes refuse: only Zstandard is lost.
    const codecs = await import("hyparquet-compressors").catch(() => undefined);
    if (codecs === undefined) return;
    // Copied because typed arrays over the result must begin at a multiple of eight bytes.
    compressionRegistry.set(CompressionType.ZSTD, {
      decode: (bytes) => codecs.decompressZstd(bytes).slice(),
    });
  }
}

function notArrow(name: string, cause: unknown): CoppiceError {
  return unreadable(name, "no readable Arrow data", cause);
}

const MAGIC = "ARROW1";

function isMagic(bytes: Uint8Array): boolean {
  return bytes.length === MAGIC.length && bytes.every((byte, i) => byte === MAGIC.charCodeAt(i));
}

/** The library keeps chunks, the source may overwrite them. */
async function* copies(source: ByteSource): AsyncGenerator<Uint8Array> {
  for await (const chunk of source.stream()) yield chunk.slice();
}

/** What the library takes for an open file: it reads the footer, then one batch after another. */
async function fileHandle(source: ByteSource): Promise<import("apache-arrow").FileHandle> {
  const { byteLength } = source;
  // Footer, its length, magic word.
  const tail = await source.slice(Math.max(0, byteLength - MAGIC.length - 4), byteLength);
  const footerBytes = tail.byteLength < 10 ? 0 : new DataView(tail).getInt32(0, true);
  if (!isMagic(new Uint8Array(tail).subarray(4)) || footerBytes <= 0 || footerBytes > byteLength - 18) {
    throw new Error("the file is cut off: its end is not that of an Arrow file");
  }
  const handle = {
    fd: 0,
    stat: async () => ({ size: byteLength }),
    read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
      const bytes = new Uint8Array(await source.slice(position, Math.min(position + length, byteLength)));
      if (bytes.length === 0) throw new Error("the file is cut off");
      buffer.set(bytes, offset);
      return { bytesRead: bytes.length, buffer };
    },
    close: async () => {},
  };
  return handle as unknown as import("apache-arrow").FileHandle;
}

function isFile(reader: unknown): reader is FileBatchReader {
  return (reader as { isFile(): boolean }).isFile();
}

class ArrowReader implements TableReader {
  readonly source: string;
  readonly hasNames = true;
  readonly columns: readonly TableColumn[];
  readonly #source: ByteSource;
  readonly #arrow: Arrow;
  readonly #reader: BatchReader;
  /** The field of each column. */
  readonly #fields: readonly number[];
  readonly #texts: readonly ByteDictionary[];
  readonly #range: FileRange;

  constructor(
    source: ByteSource,
    arrow: Arrow,
    reader: BatchReader,
    options: ColumnarOptions,
    range: FileRange,
  ) {
    const { fields } = reader.schema;
    const missing = new Set([options.missing ?? []].flat().map(String));
    this.source = source.name;
    this.#source = source;
    this.#arrow = arrow;
    this.#reader = reader;
    this.#range = range;
    this.#fields = fields.flatMap((field, i) => (isIndexColumn(field.name) ? [] : [i]));
    this.columns = this.#fields.map((field) => describeArrowType(fields[field].name, fields[field].type));
    // Numbers need none; a short stream of many columns should not pay for them.
    const none = new ByteDictionary(missing);
    this.#texts = this.columns.map(({ kind }) => (kind === "string" ? new ByteDictionary(missing) : none));
    checkColumns(this);
  }

  async *read(requests: readonly ColumnRequest[]): AsyncGenerator<TableBlock> {
    let firstRow = 0;
    // One buffer for the numbers of all columns: each is used up before the next is asked for.
    let scratch = new Float64Array(0);
    for await (const batch of this.#batches()) {
      const begin = firstRow;
      const placeOf = (row: number) => `${this.source}, row ${begin + row}`;
      const rowCount = batch.numRows;
      if (scratch.length < rowCount) scratch = new Float64Array(rowCount);
      yield {
        rowCount,
        placeOf,
        readColumn: (request) => this.#readColumn(batch, requests[request], scratch, placeOf),
      };
      firstRow += rowCount;
    }
  }

  /** The batches of the range. */
  async *#batches(): AsyncGenerator<RecordBatch> {
    const { begin, end } = this.#range;
    const isWhole = begin === 0 && end === 1;
    if (!isWhole && isFile(this.#reader)) {
      const count = this.#reader.numRecordBatches;
      for (let i = Math.round(begin * count); i < Math.round(end * count); i++) {
        const batch = await this.#readBatch(i);
        if (batch !== null) yield batch;
      }
      return;
    }
    if (begin > 0) return;
    for (let batch = await this.#nextBatch(); batch !== undefined; batch = await this.#nextBatch())
      yield batch;
  }

  async #readBatch(index: number): Promise<RecordBatch | null> {
    try {
      return await (this.#reader as unknown as FileBatchReader).readRecordBatch(index);
    } catch (cause) {
      throw notArrow(this.source, cause);
    }
  }

  async #nextBatch(): Promise<RecordBatch | undefined> {
    try {
      const next = await this.#reader.next();
      return next.done ? undefined : next.value;
    } catch (cause) {
      throw notArrow(this.source, cause);
    }
  }

  #readColumn(
    batch: RecordBatch,
    request: ColumnRequest,
    scratch: Float64Array,
    placeOf: (row: number) => string,
  ): ColumnValues {
    const { column, kind } = request;
    const data = batch.data.children[this.#fields[column]];
    const values = readArrowColumn(this.#arrow, data, this.#texts[column], scratch);
    return asKind(this, column, kind, values, { rowCount: batch.numRows, placeOf });
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
    await this.#source.close();
  }
}
