// Queries of ranking data are never split: where one begins on a peer and goes on with the next, its rows move
// on to the peer that has its end, so that peers still hold consecutive rows. A query may span several peers;
// rows then pass along the chain.

import type { Collective } from "../../core/collective.ts";
import { CoppiceError } from "../../core/errors.ts";
import { bytesOf } from "../../core/typed-bytes.ts";
import { DMatrix, type LabelClass } from "../../data/dmatrix.ts";
import { DenseFeatures } from "../../data/features.ts";

/** The query ids of a peer's first and last row; null for a peer without rows. */
export type QueryEnds = { readonly first: LabelClass; readonly last: LabelClass } | null;

interface Announcement {
  readonly ends: QueryEnds;
  /** Base margins of a row, which a peer without rows does not know. */
  readonly margins: number;
}

/**
 * The table with whole queries only; all peers call it together.
 *
 * @param data this peer's rows, with query groups
 * @param ends the ids of its first and last query
 */
export async function keepQueriesWhole(
  data: DMatrix,
  ends: QueryEnds,
  collective: Collective,
): Promise<DMatrix> {
  const { rank, worldSize } = collective;
  const margins = data.rowCount === 0 ? 0 : (data.baseMargin?.length ?? 0) / data.rowCount;
  const message = new TextEncoder().encode(JSON.stringify({ ends, margins } satisfies Announcement));
  const all = (await collective.allGather(message)).map(
    (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Announcement,
  );
  const shape = { data, margins: Math.max(...all.map((peer) => peer.margins)) };
  const isContinued = (last: LabelClass) =>
    all.slice(rank + 1).find((peer) => peer.ends !== null)?.ends?.first === last;
  const came = rank === 0 ? new Float32Array(0) : numbersOf(await collective.receiveFromPrevious());
  const width = widthOf(shape);
  const cameRows = came.length / width;
  // On a peer without rows they pass through; else they begin its first query.
  const moved =
    data.rowCount === 0 ? cameRows : ends && isContinued(ends.last) ? lastQuery(data, cameRows) : 0;
  const total = cameRows + data.rowCount;
  const rows = new Float32Array(total * width);
  rows.set(came);
  packRows(shape, rows.subarray(came.length));
  if (rank + 1 < worldSize) {
    await collective.sendToNext(bytesOf(rows.slice((total - moved) * width)));
  }
  if (cameRows === 0 && moved === 0) return data;
  const sizes = sizesOf(data);
  if (sizes.length > 0) sizes[0] += cameRows;
  if (moved > 0) sizes.pop();
  return unpackRows(shape, rows.subarray(0, (total - moved) * width), sizes);
}

interface Shape {
  readonly data: DMatrix;
  readonly margins: number;
}

/** A row as it travels: features, label, weight, base margins. */
function widthOf({ data, margins }: Shape): number {
  return data.featureCount + (data.label ? 1 : 0) + (data.weight ? 1 : 0) + margins;
}

/** The rows of the last query, with those that came if it is the only one. */
function lastQuery(data: DMatrix, cameRows: number): number {
  const sizes = sizesOf(data);
  return sizes[sizes.length - 1] + (sizes.length === 1 ? cameRows : 0);
}

function sizesOf({ queryOffsets }: DMatrix): number[] {
  if (queryOffsets === undefined)
    throw new CoppiceError("INTERNAL", "a table without queries has none to keep");
  return Array.from({ length: queryOffsets.length - 1 }, (_, q) => queryOffsets[q + 1] - queryOffsets[q]);
}

function packRows(shape: Shape, rows: Float32Array): void {
  const { features, rowCount, featureCount, label, weight, baseMargin } = shape.data;
  const width = widthOf(shape);
  const scratch = new Float32Array(featureCount);
  for (let row = 0; row < rowCount; row++) {
    let at = row * width;
    rows.set(features.readRows(row, row + 1, scratch), at);
    at += featureCount;
    if (label) rows[at++] = label[row];
    if (weight) rows[at++] = weight[row];
    for (let m = 0; m < shape.margins; m++) rows[at++] = baseMargin![row * shape.margins + m];
  }
}

function unpackRows(shape: Shape, rows: Float32Array, querySizes: readonly number[]): DMatrix {
  const { data, margins } = shape;
  const width = widthOf(shape);
  const rowCount = rows.length / width;
  const take = (from: number, count: number) => {
    const part = new Float32Array(rowCount * count);
    for (let row = 0; row < rowCount; row++) {
      part.set(rows.subarray(row * width + from, row * width + from + count), row * count);
    }
    return part;
  };
  const labelAt = data.featureCount;
  const weightAt = labelAt + (data.label ? 1 : 0);
  const marginAt = weightAt + (data.weight ? 1 : 0);
  const features = new DenseFeatures([take(0, data.featureCount)], rowCount, data.featureCount);
  return new DMatrix(features, {
    label: data.label && take(labelAt, 1),
    weight: data.weight && take(weightAt, 1),
    baseMargin: margins > 0 && rowCount > 0 ? take(marginAt, margins) : undefined,
    querySizes,
    featureNames: data.featureNames,
    featureTypes: data.featureTypes,
    categories: data.categories,
    labelClasses: data.labelClasses,
    featureWeights: data.featureWeights,
  });
}

function numbersOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
