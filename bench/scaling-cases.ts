// How cost grows with rows, columns that say nothing, classes, bins, depth and threads: series of cases
// that leave one base case in one direction each.

import { type BenchCase, type BenchParams, BINARY, multi } from "./case.ts";
import type { TableSpec } from "./tables/spec.ts";

const FEATURES = 28;
const TRAIN_SHARE = 0.8;

/** What is drawn on the x axis of each series. */
export const axes: Readonly<Record<string, string>> = {
  rows: "training rows",
  features: "features",
  zero: "extra columns, all zero",
  "one-hot": "extra columns, one-hot",
  classes: "classes",
  bins: "bins",
  depth: "depth",
  threads: "threads",
};

interface Change {
  readonly description?: string;
  readonly table?: TableSpec;
  readonly params?: BenchParams;
  readonly trainRows?: number;
  readonly threads?: readonly number[];
}

/** @param maxThreads of the machine; all series but the one of threads use them */
export function scalingCases(isQuick: boolean, maxThreads: number): BenchCase[] {
  const rows = isQuick ? 10_000 : 62_500;
  const base = { kind: "dense", rows, features: FEATURES } as const;
  const vary = (axis: string, value: number, change: Change): BenchCase => ({
    name: `${axis}-${value}`,
    description: `${axes[axis]}: ${value}; else ${rows * TRAIN_SHARE} rows × ${FEATURES}, binary`,
    table: base,
    params: BINARY,
    rounds: isQuick ? 2 : 10,
    runs: 1,
    threads: [maxThreads],
    axis: { name: axis, value },
    ...change,
  });
  const extra = (kind: "zero" | "one-hot", columns: number): BenchCase =>
    vary(kind, columns, { table: columns > 0 ? { ...base, extra: { kind, columns } } : base });
  return [
    ...rowCases(isQuick, vary),
    ...[7, 28, 112].map((features) => vary("features", features, { table: { ...base, features } })),
    ...[0, 100, 1000].map((columns) => extra("zero", columns)),
    ...[0, 100, 1000].map((columns) => extra("one-hot", columns)),
    ...[2, 7, 30].map((classes) =>
      vary("classes", classes, {
        description: `classes: ${classes}; ${(rows / 2) * TRAIN_SHARE} rows × ${FEATURES}`,
        table: { kind: "classes", rows: rows / 2, classes, features: FEATURES },
        params: classes > 2 ? multi(classes) : BINARY,
      }),
    ),
    ...[64, 256, 1024].map((maxBin) => vary("bins", maxBin, { params: { ...BINARY, maxBin } })),
    ...[3, 6, 9].map((maxDepth) => vary("depth", maxDepth, { params: { ...BINARY, maxDepth } })),
    ...[1, 2, 4, 8, 16, 32]
      .filter((count) => count <= maxThreads)
      .map((count) =>
        vary("threads", count, {
          description: `threads: ${count}; ${10 * rows * TRAIN_SHARE} rows × ${FEATURES}, binary`,
          table: { ...base, rows: 10 * rows },
          threads: [count],
        }),
      ),
  ];
}

/** All sizes from one table, whose first rows the shorter ones are. */
function rowCases(
  isQuick: boolean,
  vary: (axis: string, value: number, change: Change) => BenchCase,
): BenchCase[] {
  const sizes = [100_000, 1_000_000, 5_000_000].map((size) => (isQuick ? size / 100 : size));
  const table: TableSpec = { kind: "dense", rows: sizes[2] / TRAIN_SHARE, features: FEATURES };
  return sizes.map((trainRows) => {
    const description = `${trainRows} training rows × ${FEATURES}, binary`;
    return vary("rows", trainRows, { table, trainRows, description });
  });
}
