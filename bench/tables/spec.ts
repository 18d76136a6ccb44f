// A table described by a few words, so that another process can make it: the main process stays small,
// and what the engines' processes report as their memory is theirs.

import type { BenchTable } from "../table.ts";
import { makeCovertype } from "./covertype.ts";
import { makeClasses, makeDense, makeSparse } from "./generated.ts";
import { repeatRows, widen } from "./variants.ts";

export type TableSpec =
  | { readonly kind: "covertype" | "covertype-binary"; readonly rows: number }
  | {
      readonly kind: "dense";
      readonly rows: number;
      readonly features: number;
      /** Columns that say nothing, after the others: all zero, or one of them 1 in every row. */
      readonly extra?: { readonly kind: "zero" | "one-hot"; readonly columns: number };
    }
  | { readonly kind: "sparse"; readonly rows: number; readonly features: number }
  | { readonly kind: "classes"; readonly rows: number; readonly classes: number; readonly features: number };

/** Rows of dense tables that are drawn one by one; longer tables repeat them with noise. */
const DISTINCT_ROWS = 1_250_000;

export function makeTable(spec: TableSpec): BenchTable {
  switch (spec.kind) {
    case "covertype":
      return makeCovertype(spec.rows, (cover) => cover - 1);
    case "covertype-binary":
      return makeCovertype(spec.rows, (cover) => (cover === 2 ? 1 : 0));
    case "dense": {
      const table = makeDense(Math.min(spec.rows, DISTINCT_ROWS), spec.features);
      const long = spec.rows > DISTINCT_ROWS ? repeatRows(table, spec.rows) : table;
      return spec.extra ? widen(long, spec.extra.kind, spec.extra.columns) : long;
    }
    case "sparse":
      return makeSparse(spec.rows, spec.features);
    case "classes":
      return makeClasses(spec.rows, spec.classes, spec.features);
  }
}
