// All rows of all peers on every peer, for metrics that rank rows against each other.

import type { Collective } from "../core/collective.ts";

/**
 * Each column with the rows of all peers, in rank order. The columns have one length on a peer.
 * Costs a sum over peers of as many numbers as there are values.
 */
export async function gatherRows(
  columns: readonly Float32Array[],
  collective: Collective,
): Promise<readonly Float32Array[]> {
  const { rank, worldSize } = collective;
  if (worldSize === 1) return columns;
  const counts = new Float64Array(worldSize);
  counts[rank] = columns[0].length;
  await collective.allReduceSum(counts);
  const begin = counts.subarray(0, rank).reduce((sum, count) => sum + count, 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const all = new Float64Array(total * columns.length);
  columns.forEach((column, c) => {
    all.set(column, c * total + begin);
  });
  await collective.allReduceSum(all);
  return columns.map((_, c) => Float32Array.from(all.subarray(c * total, (c + 1) * total)));
}
