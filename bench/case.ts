// A benchmark case: a table, parameters that mean the same to every engine, and a number of rounds; and
// one case per kind of data. A quick case has the same shape at a fraction of the size.

import type { EngineName } from "./engines/engine.ts";
import { COVERTYPE_ROWS } from "./tables/covertype.ts";
import type { TableSpec } from "./tables/spec.ts";

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
  readonly table: TableSpec;
  readonly params: BenchParams;
  readonly rounds: number;
  /** How often each engine trains, in turns. */
  readonly runs: number;
  /** Fewer rows to train on than the table has for it. */
  readonly trainRows?: number;
  /** Thread counts to run; by default those of the command line. */
  readonly threads?: readonly number[];
  /** By default those of the command line. */
  readonly engines?: readonly EngineName[];
  /** What varies in a series of cases, and its value here. */
  readonly axis?: { readonly name: string; readonly value: number };
}

const COMMON = { maxDepth: 6, eta: 0.3, maxBin: 256 } as const;

export const BINARY: BenchParams = { ...COMMON, objective: "binary:logistic", numClass: 0 };

export function multi(numClass: number): BenchParams {
  return { ...COMMON, objective: "multi:softprob", numClass };
}

/** A size of a quick run. */
export function sizeOf(full: number, isQuick: boolean): number {
  return isQuick ? Math.round(full / 25) : full;
}

function roundsOf(full: number, isQuick: boolean): number {
  return isQuick ? Math.max(2, Math.round(full / 10)) : full;
}

/** Ten rounds on Covertype, for parts that measure one case. */
export function covertypeCase(name: string, isQuick: boolean): BenchCase {
  const rows = sizeOf(COVERTYPE_ROWS, isQuick);
  return {
    name,
    description: `Covertype-like, ${rows} × 54, 7 classes`,
    table: { kind: "covertype", rows },
    params: multi(7),
    rounds: 10,
    runs: 1,
  };
}

/** One case per kind of data; Covertype first, with the most rounds and runs. */
export function tableCases(isQuick: boolean): BenchCase[] {
  const size = (full: number): number => sizeOf(full, isQuick);
  const rounds = (full: number): number => roundsOf(full, isQuick);
  const covertype = size(COVERTYPE_ROWS);
  return [
    {
      name: "covertype",
      description: `Covertype-like, ${covertype} × 54, 7 classes`,
      table: { kind: "covertype", rows: covertype },
      params: multi(7),
      rounds: rounds(100),
      runs: isQuick ? 1 : 3,
    },
    {
      name: "covertype-typescript",
      description: "the same, a few rounds, also with the TypeScript kernels alone (no WebAssembly)",
      table: { kind: "covertype", rows: covertype },
      params: multi(7),
      rounds: rounds(10),
      runs: 1,
      threads: [1],
      engines: ["coppice", "coppice-typescript", "xgboost"],
    },
    {
      name: "covertype-binary",
      description: `Covertype-like, ${covertype} × 54, class 2 against the rest`,
      table: { kind: "covertype-binary", rows: covertype },
      params: BINARY,
      rounds: rounds(20),
      runs: 1,
    },
    {
      name: "dense",
      description: `dense continuous (Higgs-like), ${size(1_250_000)} × 28, binary`,
      table: { kind: "dense", rows: size(1_250_000), features: 28 },
      params: BINARY,
      rounds: rounds(10),
      runs: 1,
    },
    {
      name: "sparse",
      description: `wide sparse, ${size(125_000)} × 5000, up to 30 values a row, binary`,
      table: { kind: "sparse", rows: size(125_000), features: 5000 },
      params: BINARY,
      rounds: rounds(10),
      runs: 1,
    },
    {
      name: "classes",
      description: `many classes, ${size(62_500)} × 20, 50 classes`,
      table: { kind: "classes", rows: size(62_500), classes: 50, features: 20 },
      params: multi(50),
      rounds: rounds(5),
      runs: 1,
    },
  ];
}
