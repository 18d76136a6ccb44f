// A benchmark case: a table, parameters that mean the same to every engine, and a number of rounds;
// and the suites that cases come in. A quick case has the same shape at a fraction of the size.

import type { BenchTable } from "./table.ts";
import { COVERTYPE_ROWS, makeCovertype } from "./tables/covertype.ts";
import { makeClasses, makeDense, makeSparse } from "./tables/generated.ts";

/** What all engines understand; each runner spells it its own way. */
export interface BenchParams {
  readonly objective: "binary:logistic" | "multi:softprob";
  /** 0 unless multi:softprob. */
  readonly numClass: number;
  readonly maxDepth: number;
  readonly eta: number;
  readonly maxBin: number;
}

export interface BenchCase {
  readonly name: string;
  readonly description: string;
  readonly params: BenchParams;
  readonly rounds: number;
  /** The table is drawn from a real data file, which may be absent. */
  readonly needsCovertype: boolean;
  makeTable(): BenchTable;
  /** Thread counts to run; by default those of the command line. */
  readonly threads?: readonly number[];
}

const COMMON = { maxDepth: 6, eta: 0.3, maxBin: 256 } as const;
const BINARY: BenchParams = { ...COMMON, objective: "binary:logistic", numClass: 0 };

function multi(numClass: number): BenchParams {
  return { ...COMMON, objective: "multi:softprob", numClass };
}

/** One case per kind of data. */
export function tableCases(isQuick: boolean): BenchCase[] {
  const size = (full: number): number => (isQuick ? Math.round(full / 25) : full);
  const rounds = (full: number): number => (isQuick ? Math.round(full / 10) : full);
  return [
    {
      name: "covertype",
      description: `Covertype-like, ${size(COVERTYPE_ROWS)} × 54, 7 classes`,
      params: multi(7),
      rounds: rounds(100),
      needsCovertype: true,
      makeTable: () => makeCovertype(size(COVERTYPE_ROWS), (cover) => cover - 1),
    },
    {
      name: "covertype-binary",
      description: `Covertype-like, ${size(COVERTYPE_ROWS)} × 54, class 2 against the rest`,
      params: BINARY,
      rounds: rounds(100),
      needsCovertype: true,
      makeTable: () => makeCovertype(size(COVERTYPE_ROWS), (cover) => (cover === 2 ? 1 : 0)),
    },
    {
      name: "dense",
      description: `dense continuous (Higgs-like), ${size(1_250_000)} × 28, binary`,
      params: BINARY,
      rounds: rounds(100),
      needsCovertype: false,
      makeTable: () => makeDense(size(1_250_000)),
    },
    {
      name: "sparse",
      description: `wide sparse, ${size(250_000)} × 5000, up to 30 values a row, binary`,
      params: BINARY,
      rounds: rounds(50),
      needsCovertype: false,
      makeTable: () => makeSparse(size(250_000)),
    },
    {
      name: "classes",
      description: `many classes, ${size(125_000)} × 20, 50 classes`,
      params: multi(50),
      rounds: rounds(20),
      needsCovertype: false,
      makeTable: () => makeClasses(size(125_000), 50),
    },
  ];
}

/** How cost grows with rows, features, classes, bins, depth and threads, from one dense base case. */
export function scalingCases(isQuick: boolean, maxThreads: number): BenchCase[] {
  const size = (full: number): number => (isQuick ? full / 10 : full);
  const base = { rows: size(125_000), features: 28, classes: 2, params: BINARY };
  const vary = (axis: string, value: number, change: Partial<typeof base>, threads = [1]): BenchCase => {
    const { rows, features, classes, params } = { ...base, ...change };
    return {
      name: `${axis}-${value}`,
      description: `${axis} = ${value} (else ${base.rows} rows, ${base.features} features, binary)`,
      params: classes > 2 ? { ...params, objective: "multi:softprob", numClass: classes } : params,
      rounds: 20,
      needsCovertype: false,
      makeTable: () => (classes > 2 ? makeClasses(rows, classes, features) : makeDense(rows, features)),
      threads,
    };
  };
  const threadCounts = [1, 2, 4, 8, 16, 32].filter((count) => count <= maxThreads);
  return [
    ...[125_000, 1_250_000, 6_250_000].map(size).map((rows) => vary("rows", rows, { rows })),
    ...[7, 28, 112].map((features) => vary("features", features, { features })),
    ...[2, 7, 30].map((classes) => vary("classes", classes, { classes })),
    ...[64, 256, 1024].map((maxBin) => vary("bins", maxBin, { params: { ...BINARY, maxBin } })),
    ...[3, 6, 9].map((maxDepth) => vary("depth", maxDepth, { params: { ...BINARY, maxDepth } })),
    ...threadCounts.map((count) => vary("threads", count, {}, [count])),
  ];
}
