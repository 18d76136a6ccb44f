// Any table as Parquet files of a given number of rows, in order: what workers can divide among themselves without
// reading what is not theirs. Streams: memory holds the rows of one file.

import type { Declarations, Joined, ValuesOf } from "../../core/declaration.ts";
import { CoppiceError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { openTable } from "../../input/formats/open-table.ts";
import { readTableOptions } from "../../input/formats/read-options.ts";
import { collectColumns } from "../../input/sink/collect-columns.ts";
import { places } from "../files/places.ts";
import { writeTable } from "./write-table.ts";

const ownOptions = {
  /** Rows of a file, the last one excepted; 1,000,000 by default. */
  rowsPerFile: { type: "integer", minimum: 1, default: 1_000_000, flag: "rows <n>", doc: "rows of a file" },
} as const satisfies Declarations;

export const shardTableOptions: Joined<typeof readTableOptions, typeof ownOptions> = {
  ...readTableOptions,
  ...ownOptions,
};

export interface ShardTableOptions extends ValuesOf<typeof shardTableOptions> {}

export interface ShardedTable {
  readonly paths: readonly string[];
  readonly rowCount: number;
}

/**
 * Writes a table as part-00000.parquet, part-00001.parquet, .. into a folder, which is made if need be. The
 * columns stay as they are: names, numbers, texts.
 *
 * @example await shardTable("data/*.csv", "shards", { rowsPerFile: 500_000 })
 * @throws {CoppiceError} INVALID_DATA when the table cannot be read, or the folder has parts already;
 *   UNSUPPORTED for libsvm and for columns of neither numbers nor text; INVALID_PARAMETER for bad options
 */
export async function shardTable(
  data: string | readonly string[],
  folder: string,
  given: ShardTableOptions = {},
): Promise<ShardedTable> {
  checkOptions("shardTable()", shardTableOptions, given);
  const { rowsPerFile = shardTableOptions.rowsPerFile.default, ...options } = given;
  const place = places.of(folder, "folder");
  const reader = await openTable(await places.open(await places.expand(data, "data")), options);
  try {
    await place.makeFolder(folder);
    const parts = (await place.list(folder)).filter((name) => /^part-\d+\.parquet$/.test(name));
    if (parts.length > 0) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${folder} has ${parts.length} parts already; take an empty folder`,
      );
    }
    const paths: string[] = [];
    let rowCount = 0;
    for await (const columns of collectColumns(reader, rowsPerFile, options.signal)) {
      const path = place.join(folder, `part-${String(paths.length).padStart(5, "0")}.parquet`);
      await writeTable(path, columns);
      paths.push(path);
      rowCount += columns[0].values.length;
    }
    return { paths, rowCount };
  } finally {
    await reader.close();
  }
}
