// The rows that the training profile of a table looks at, when peers hold parts of the table: each reads those
// of the sampled rows that it has, and the first peer puts them together. They are the rows that one machine
// would have looked at, so the profile is the same.

import { profileRows } from "../../booster/training-profile.ts";
import type { Collective } from "../../core/collective.ts";
import { bytesOf, joinBytes } from "../../core/typed-bytes.ts";
import { DMatrix } from "../../data/dmatrix.ts";

/**
 * Gathers the sample of a table; all peers call it with their consecutive rows.
 *
 * @returns the sample on the first peer, nothing on the others
 */
export async function gatherSample(data: DMatrix, collective: Collective): Promise<DMatrix | undefined> {
  const { rank, worldSize } = collective;
  const counts = new Float64Array(worldSize);
  counts[rank] = data.rowCount;
  await collective.allReduceSum(counts);
  const firstRow = counts.subarray(0, rank).reduce((sum, count) => sum + count, 0);
  const totalRows = counts.reduce((sum, count) => sum + count, 0);
  const { featureCount, featureTypes, categories, featureNames } = data;
  const own = profileRows(totalRows, featureCount)
    .filter((row) => row >= firstRow && row < firstRow + data.rowCount)
    .map((row) => row - firstRow);
  const parts = await collective.allGather(bytesOf(readRows(data, own)));
  if (rank > 0) return undefined;
  const table = new Float32Array(joinBytes(parts).buffer);
  const rowCount = table.length / featureCount;
  return DMatrix.fromDense(table, { featureTypes, categories, featureNames, rowCount, featureCount });
}

/** Values of some rows, row-major; missing ones are NaN. */
function readRows({ features, featureCount }: DMatrix, rows: Float64Array): Float32Array {
  const values = new Float32Array(rows.length * featureCount);
  const scratch = new Float32Array(featureCount);
  rows.forEach((row, i) => {
    values.set(features.readRows(row, row + 1, scratch), i * featureCount);
  });
  return values;
}
