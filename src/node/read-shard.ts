// The rows of a table that one worker holds: its part of the files, with the coding of labels and
// categories that all workers share.

import { type Collective, solo } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { agreeOnCoding } from "../distributed/agree-coding.ts";
import type { DatasetSpec } from "../distributed/job.ts";
import { type ReadTableOptions, readSources } from "../input/read-table.ts";
import { tableToDMatrix } from "../input/table/table-dmatrix.ts";
import { openTablePart } from "../input/table-part.ts";
import { fileSource } from "./files.ts";

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
  const sources = [];
  for (const path of paths) sources.push(await fileSource(path));
  if (count === 1) return readSources(sources, readOptions);
  if (options.queryId !== undefined) {
    throw new CoppiceError(
      "UNSUPPORTED",
      "tables with query ids cannot be divided among workers yet; train on one worker, with several threads",
      { parameter: "queryId" },
    );
  }
  const shareQuotes = async (counts: readonly number[]) => {
    const all = await collective.allGather(new TextEncoder().encode(JSON.stringify(counts)));
    return all.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as number[]);
  };
  try {
    const reader = await openTablePart(sources, { index, count, shareQuotes }, readOptions);
    return await agreeOnCoding(await tableToDMatrix(reader, readOptions), collective);
  } finally {
    for (const source of sources) await source.close();
  }
}
