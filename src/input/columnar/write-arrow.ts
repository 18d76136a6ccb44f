// Arrow IPC out, as a file (with an index at its end) or as a stream, in batches. Missing floats are
// NaN, missing texts null.

import { checkOutputColumns, type OutputColumn, textsOf } from "../table/columns.ts";

type Arrow = typeof import("apache-arrow");
type ArrowData = import("apache-arrow").Data;

const BATCH_ROW_COUNT = 65536;

/**
 * The bytes of an Arrow IPC file or stream in portions; numbers are not copied.
 *
 * @throws {CoppiceError} INVALID_DATA when names repeat or lengths differ
 */
export async function* writeArrow(
  columns: readonly OutputColumn[],
  form: "file" | "stream" = "file",
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const rowCount = checkOutputColumns(columns);
  const arrow = await import("apache-arrow");
  const { Field, RecordBatch, Schema, Struct, makeData } = arrow;
  const schema = new Schema(
    columns.map((column) => new Field(column.name, typeOf(arrow, column), textsOf(column) !== undefined)),
  );
  const writer = form === "file" ? new arrow.RecordBatchFileWriter() : new arrow.RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (let begin = 0; begin < rowCount; begin += BATCH_ROW_COUNT) {
    const end = Math.min(rowCount, begin + BATCH_ROW_COUNT);
    const children = columns.map((column) => dataOf(arrow, column, begin, end));
    writer.write(
      new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: end - begin, children })),
    );
  }
  writer.finish();
  for await (const chunk of writer) yield chunk as Uint8Array<ArrayBuffer>;
}

/**
 * The bytes of an Arrow IPC stream of batches that come one after another, all with the columns of the
 * first; bytes of a batch are given before the next is asked for.
 *
 * @throws {CoppiceError} INVALID_DATA when names repeat or lengths differ
 */
export async function* writeArrowBatches(
  batches: AsyncIterable<readonly OutputColumn[]>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const arrow = await import("apache-arrow");
  const writer = new arrow.RecordBatchStreamWriter();
  const chunks = writer[Symbol.asyncIterator]();
  let schema: import("apache-arrow").Schema | undefined;
  let next: Promise<IteratorResult<Uint8Array>> | undefined;
  for await (const columns of batches) {
    const length = checkOutputColumns(columns);
    if (schema === undefined) {
      schema = new arrow.Schema(columns.map((c) => new arrow.Field(c.name, typeOf(arrow, c), false)));
      writer.reset(undefined, schema);
    }
    const children = columns.map((column) => dataOf(arrow, column, 0, length));
    const type = new arrow.Struct(schema.fields);
    writer.write(new arrow.RecordBatch(schema, arrow.makeData({ type, length, children })));
    // The library does not say when it has given all bytes of a batch: what comes late comes with the next.
    for (;;) {
      next ??= chunks.next() as Promise<IteratorResult<Uint8Array>>;
      const chunk = await Promise.race([next, nextTask()]);
      if (chunk === undefined || chunk.done) break;
      next = undefined;
      yield chunk.value as Uint8Array<ArrayBuffer>;
    }
  }
  writer.finish();
  for (;;) {
    const chunk = await (next ?? (chunks.next() as Promise<IteratorResult<Uint8Array>>));
    next = undefined;
    if (chunk.done) return;
    yield chunk.value as Uint8Array<ArrayBuffer>;
  }
}

function nextTask(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, 0, undefined));
}

function typeOf(arrow: Arrow, { values }: OutputColumn): import("apache-arrow").DataType {
  if (values instanceof Float32Array) return new arrow.Float32();
  if (values instanceof Float64Array) return new arrow.Float64();
  if (values instanceof Int32Array) return new arrow.Int32();
  return new arrow.Utf8();
}

function dataOf(arrow: Arrow, column: OutputColumn, begin: number, end: number): ArrowData {
  const { values } = column;
  const length = end - begin;
  if (values instanceof Float32Array) {
    return arrow.makeData({ type: new arrow.Float32(), length, data: values.subarray(begin, end) });
  }
  if (values instanceof Float64Array) {
    return arrow.makeData({ type: new arrow.Float64(), length, data: values.subarray(begin, end) });
  }
  if (values instanceof Int32Array) {
    return arrow.makeData({ type: new arrow.Int32(), length, data: values.subarray(begin, end) });
  }
  return arrow.vectorFromArray(values.slice(begin, end), new arrow.Utf8()).data[0];
}
