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

/** Ends a stream: a continuation mark and a message of length 0. */
const END_BYTES = 8;

/**
 * The bytes of an Arrow IPC stream of batches that come one after another, all with the columns of the
 * first; those of a batch are given before the next is asked for.
 *
 * @throws {CoppiceError} INVALID_DATA when names repeat or lengths differ
 */
export async function* writeArrowBatches(
  batches: AsyncIterable<readonly OutputColumn[]>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const arrow = await import("apache-arrow");
  let schema: import("apache-arrow").Schema | undefined;
  let head = new Uint8Array(0);
  for await (const columns of batches) {
    const length = checkOutputColumns(columns);
    if (schema === undefined) {
      schema = new arrow.Schema(columns.map((c) => new arrow.Field(c.name, typeOf(arrow, c), false)));
      head = wholeStream(arrow, schema).slice(0, -END_BYTES);
      yield head;
    }
    const children = columns.map((column) => dataOf(arrow, column, 0, length));
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length, children });
    // A stream of its own without its head and end: the library cannot give the bytes of one batch.
    yield wholeStream(arrow, schema, new arrow.RecordBatch(schema, data)).subarray(head.length, -END_BYTES);
  }
  yield Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
}

function wholeStream(
  arrow: Arrow,
  schema: import("apache-arrow").Schema,
  ...batches: import("apache-arrow").RecordBatch[]
): Uint8Array<ArrayBuffer> {
  const writer = new arrow.RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return writer.toUint8Array(true) as Uint8Array<ArrayBuffer>;
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
