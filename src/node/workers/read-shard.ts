// The rows of a table that one worker holds: its part of the files, with the coding of labels and
// categories that all workers share.

import { type Collective, solo } from "../../core/collective.ts";
import type { DMatrix, LabelClass } from "../../data/dmatrix.ts";
import type { DatasetSpec } from "../../distributed/hub/job.ts";
import { agreeOnCoding } from "../../distributed/shard/agree-coding.ts";
import { keepQueriesWhole } from "../../distributed/shard/whole-queries.ts";
import { openTablePart } from "../../input/parts/table-part.ts";
import { type ReadTableOptions, readSources } from "../../input/read-table.ts";
import { tableToDMatrix } from "../../input/sink/table-dmatrix.ts";
import { valueAt } from "../../input/table/labels.ts";
import type { TableBlock, TableReader } from "../../input/table/table.ts";
import { places } from "../files/places.ts";

/**
 * Reads this peer's rows of a table; all peers call it together.
 *
 * @param coding features and codes to keep to, those of the training table; by default they are learned
 * @throws {CoppiceError} INVALID_DATA when a file is missing or not what it must be
 */
export async function readShard(
  { paths, options }: DatasetSpec,
  collective: Collective = solo,
  coding: Pick<ReadTableOptions, "features" | "labelClasses" | "categories"> = {},
): Promise<DMatrix> {
  const { rank: index, worldSize: count } = collective;
  const readOptions = { ...options, ...coding };
  const sources = await places.open(paths);
  if (count === 1) return readSources(sources, readOptions);
  const shareQuotes = async (counts: readonly number[]) => {
    const all = await collective.allGather(new TextEncoder().encode(JSON.stringify(counts)));
    return all.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as number[]);
  };
  try {
    const reader = await openTablePart(sources, { index, count, shareQuotes }, readOptions);
    const ends: { first?: LabelClass; last?: LabelClass } = {};
    const watched = options.queryId === undefined ? reader : watchQueries(reader, ends);
    const data = await agreeOnCoding(await tableToDMatrix(watched, readOptions), collective);
    if (options.queryId === undefined) return data;
    const { first, last } = ends;
    return await keepQueriesWhole(
      data,
      first === undefined || last === undefined ? null : { first, last },
      collective,
    );
  } finally {
    for (const source of sources) await source.close();
  }
}

/** Notes the query ids of the first and the last row: the query column is the first that is asked for. */
function watchQueries(reader: TableReader, ends: { first?: LabelClass; last?: LabelClass }): TableReader {
  const watch = (block: TableBlock): TableBlock => ({
    rowCount: block.rowCount,
    placeOf: (row) => block.placeOf(row),
    readColumn: async (request) => {
      const values = await block.readColumn(request);
      if (request === 0 && block.rowCount > 0) {
        const [first, last] = [valueAt(values, 0), valueAt(values, block.rowCount - 1)];
        if (first !== undefined) ends.first ??= first;
        if (last !== undefined) ends.last = last;
      }
      return values;
    },
  });
  return {
    source: reader.source,
    hasNames: reader.hasNames,
    columns: reader.columns,
    isPart: reader.isPart,
    async *read(requests) {
      for await (const block of reader.read(requests)) yield watch(block);
    },
    close: () => reader.close(),
  };
}
