// Parquet out, row group by row group (hyparquet-writer, Snappy). Numeric columns have no nulls: a
// missing float is NaN, which every reader of such tables takes as missing.

import { checkOutputColumns, type OutputColumn, textsOf } from "../table/columns.ts";

type Writers = typeof import("hyparquet-writer");
type ColumnSource = Parameters<Writers["parquetWriteBuffer"]>[0]["columnData"][number];

/** Rows of a group: a reader holds one column of a group at a time. */
const GROUP_ROW_COUNT = 65536;

/**
 * The bytes of a Parquet file in portions.
 *
 * @throws {CoppiceError} INVALID_DATA when names repeat or lengths differ
 */
export async function* writeParquet(
  columns: readonly OutputColumn[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const rowCount = checkOutputColumns(columns);
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import("hyparquet-writer");
  const writer = new ByteWriter();
  const schema = schemaFromColumnData({ columnData: columns.map((column) => columnSource(column, 0, 0)) });
  const file = new ParquetWriter({ writer, schema, createdBy: "coppice" });
  const take = () => {
    const bytes = writer.getBytes().slice() as Uint8Array<ArrayBuffer>;
    writer.index = 0;
    return bytes;
  };
  for (let begin = 0; begin < rowCount; begin += GROUP_ROW_COUNT) {
    const end = Math.min(rowCount, begin + GROUP_ROW_COUNT);
    file.write({
      columnData: columns.map((column) => columnSource(column, begin, end)),
      rowGroupSize: end - begin,
    });
    yield take();
  }
  await file.finish();
  yield take();
}

function columnSource(column: OutputColumn, begin: number, end: number): ColumnSource {
  const { name, values } = column;
  const texts = textsOf(column);
  if (texts) return { name, data: texts.slice(begin, end), type: "STRING", nullable: true };
  const numbers = values as Float32Array | Float64Array | Int32Array;
  const data = numbers.subarray(begin, end);
  const type = data instanceof Int32Array ? "INT32" : data instanceof Float32Array ? "FLOAT" : "DOUBLE";
  return { name, data, type, nullable: false };
}
