// The rows of a table as columns in memory that can be written, so many rows at a time.

import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { CoppiceError, throwIfAborted } from "../../core/errors.ts";
import type { OutputColumn } from "../table/columns.ts";
import { Growable } from "../table/growable.ts";
import { type ColumnValues, showColumn, type TableReader } from "../table/table.ts";

/**
 * The columns of a table as they are, names, numbers and texts, with `rowCount` rows each time, the last excepted.
 *
 * @throws {CoppiceError} UNSUPPORTED for a column of neither numbers nor text; ABORTED through `signal`
 */
export async function* collectColumns(
  reader: TableReader,
  rowCount: number,
  signal: AbortSignalLike | undefined,
): AsyncGenerator<OutputColumn[]> {
  const requests = reader.columns.map(({ kind, type }, column) => {
    if (kind !== "other") return { column, kind };
    const title = showColumn(reader, column);
    throw new CoppiceError("UNSUPPORTED", `${reader.source}: ${title} of type ${type} cannot be written`);
  });
  let filled = 0;
  let collected = startColumns(reader);
  for await (const block of reader.read(requests)) {
    throwIfAborted(signal);
    const columns: ColumnValues[] = [];
    for (let request = 0; request < requests.length; request++) {
      // Copied: another column may use the same arrays.
      columns.push(copyOf(await block.readColumn(request), block.rowCount));
    }
    for (let begin = 0; begin < block.rowCount; ) {
      const end = Math.min(block.rowCount, begin + rowCount - filled);
      for (const [c, column] of collected.entries()) column.add(columns[c], begin, end);
      filled += end - begin;
      begin = end;
      if (filled < rowCount) continue;
      yield collected.map((column) => column.finish());
      collected = startColumns(reader);
      filled = 0;
    }
  }
  if (filled > 0) yield collected.map((column) => column.finish());
}

/** A column under construction. */
interface GrowingColumn {
  add(values: ColumnValues, begin: number, end: number): void;
  finish(): OutputColumn;
}

function startColumns(reader: TableReader): GrowingColumn[] {
  return reader.columns.map(({ name, kind }) => (kind === "string" ? textColumn(name) : numberColumn(name)));
}

function textColumn(name: string): GrowingColumn {
  const texts: (string | null)[] = [];
  return {
    add(values, begin, end) {
      if (values.kind !== "string") return;
      const { codes, dictionary } = values;
      for (let row = begin; row < end; row++) texts.push(codes[row] < 0 ? null : dictionary[codes[row]]);
    },
    finish: () => ({ name, values: texts }),
  };
}

function numberColumn(name: string): GrowingColumn {
  const numbers = new Growable((length) => new Float64Array(length));
  return {
    add(values, begin, end) {
      if (values.kind !== "number") return;
      for (let row = begin; row < end; row++) numbers.push(values.values[row]);
    },
    finish: () => ({ name, values: numbers.finish() }),
  };
}

function copyOf(values: ColumnValues, rowCount: number): ColumnValues {
  if (values.kind === "number") return { ...values, values: values.values.slice(0, rowCount) };
  return { ...values, codes: values.codes.slice(0, rowCount) };
}
