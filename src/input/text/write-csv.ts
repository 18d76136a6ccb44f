// CSV out: comma, LF, a header; missing is an empty cell. A float32 is written with the shortest digits
// that read back as the same float32.

import { formatFloat32 } from "../../model/format/float-text.ts";
import { checkOutputColumns, type OutputColumn } from "../table/columns.ts";

const ROWS_AT_ONCE = 4096;

/**
 * The bytes of a CSV file in portions.
 *
 * @throws {CoppiceError} INVALID_DATA when names repeat or lengths differ
 */
export function* writeCsv(columns: readonly OutputColumn[]): Generator<Uint8Array<ArrayBuffer>> {
  const rowCount = checkOutputColumns(columns);
  const encoder = new TextEncoder();
  yield encoder.encode(`${columns.map(({ name }) => quoted(name)).join(",")}\n`);
  const cellOf = columns.map((column) => cellWriter(column, columns.length === 1 ? '""' : ""));
  for (let begin = 0; begin < rowCount; begin += ROWS_AT_ONCE) {
    let text = "";
    for (let row = begin; row < Math.min(rowCount, begin + ROWS_AT_ONCE); row++) {
      for (let c = 0; c < cellOf.length; c++) {
        if (c > 0) text += ",";
        text += cellOf[c](row);
      }
      text += "\n";
    }
    yield encoder.encode(text);
  }
}

/** @param missing what stands for a missing value: an empty line would not be read as a row */
function cellWriter({ values }: OutputColumn, missing: string): (row: number) => string {
  if (values instanceof Int32Array) return (row) => String(values[row]);
  if (values instanceof Float32Array) {
    return (row) => (Number.isNaN(values[row]) ? missing : shortFloat32(values[row]));
  }
  if (values instanceof Float64Array) {
    return (row) => (Number.isNaN(values[row]) ? missing : String(values[row]));
  }
  return (row) => {
    const text = values[row];
    return text === null ? missing : quoted(text);
  };
}

function shortFloat32(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e7
    ? String(value)
    : String(Number(formatFloat32(value)));
}

function quoted(text: string): string {
  return text === "" || /^\s|[",\n\r]|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
