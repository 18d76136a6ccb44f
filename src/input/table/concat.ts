// Several files as one table, one after another. The first says what the columns are; the others must
// have the same, in any order where they have names.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { ColumnRequest, TableBlock, TableReader } from "./table.ts";

/** Opens one of the tables; all but the first are told what the first is like. */
export type OpenTable = (first: TableReader | undefined) => Promise<TableReader>;

/**
 * Its estimate of rows is that of the first table alone.
 *
 * @throws {CoppiceError} INVALID_DATA, while reading, when a table has other columns than the first
 */
export async function concatTables(openers: readonly OpenTable[]): Promise<TableReader> {
  const first = await openers[0](undefined);
  if (openers.length === 1) return first;
  let open = first;
  return {
    source: `${first.source} and ${openers.length - 1} more`,
    hasNames: first.hasNames,
    columns: first.columns,
    estimateRowCount: () => first.estimateRowCount?.(),
    async *read(requests): AsyncGenerator<TableBlock> {
      yield* first.read(requests);
      for (const opener of openers.slice(1)) {
        await open.close();
        open = await opener(first);
        yield* open.read(requestsFor(open, first, requests));
      }
    },
    close: () => open.close(),
  };
}

/**
 * The same columns where `reader` has them.
 *
 * @throws {CoppiceError} INVALID_DATA when it has other columns than `first`
 */
export function requestsFor(
  reader: TableReader,
  first: TableReader,
  requests: readonly ColumnRequest[],
): ColumnRequest[] {
  const names = (table: TableReader) => table.columns.map((column) => column.name);
  const isSame = reader.hasNames === first.hasNames && reader.columns.length === first.columns.length;
  const lacking = names(first).filter((name) => !names(reader).includes(name));
  if (!isSame || lacking.length > 0) throw otherColumns(reader, first, lacking);
  return requests.map((request) => {
    const { name } = first.columns[request.column];
    const column = reader.columns.findIndex((candidate) => candidate.name === name);
    const { kind, type } = reader.columns[column];
    if (kind === "other") {
      throw new CoppiceError(
        "INVALID_DATA",
        `${reader.source}: column ${showValue(name)} must hold numbers or text as in ${first.source}, got type ${type}`,
      );
    }
    return { ...request, column };
  });
}

function otherColumns(reader: TableReader, first: TableReader, lacking: readonly string[]): CoppiceError {
  const count = (table: TableReader) =>
    `${table.columns.length} columns ${table.hasNames ? "with" : "without"} names`;
  const more = reader.columns.filter(({ name }) => !first.columns.some((column) => column.name === name));
  const list = (names: readonly string[]) => names.slice(0, 6).map(showValue).join(", ");
  const differences = [
    lacking.length > 0 ? `lacks ${list(lacking)}` : "",
    more.length > 0 ? `has ${list(more.map(({ name }) => name))} instead` : "",
  ].filter((text) => text !== "");
  const got = reader.hasNames && first.hasNames ? `; it ${differences.join(" and ")}` : "";
  return new CoppiceError(
    "INVALID_DATA",
    `${reader.source}: files of one table must have the same columns; ${first.source} has ${count(first)}, this has ${count(reader)}${got}`,
    { source: reader.source },
  );
}
