// Tables with labels that their features explain in part, for training in tests.

import type { Booster } from "../../src/booster/booster.ts";
import type { DMatrixInfo } from "../../src/data/dmatrix.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { makeRows, type TableCase, typesOf } from "../oracle/plain-table.ts";
import { hashUniform } from "../parity/cases/case-table.ts";

/** Objectives with different shapes of gradients and outputs. */
export type LabelKind = "regression" | "binary" | "classes" | "count";

const objectives: Readonly<Record<LabelKind, TrainParameters>> = {
  regression: { objective: "reg:squarederror" },
  binary: { objective: "binary:logistic" },
  classes: { objective: "multi:softprob", numClass: 3 },
  count: { objective: "count:poisson" },
};

export interface LabelledTable {
  readonly rows: number[][];
  /** Labels and feature types. */
  readonly info: DMatrixInfo & { readonly label: number[] };
  readonly parameters: TrainParameters;
}

/** A table whose labels suit the parameters that it comes with. */
export function labelledTable(tableCase: TableCase, kind: LabelKind): LabelledTable {
  const rows = makeRows(tableCase);
  const label = rows.map((row, r) => {
    const signal = row.reduce((sum, value, f) => sum + (Number.isNaN(value) ? 0.3 : value / (f + 1)), 0);
    return labelOf(kind, signal + hashUniform(tableCase.seed, 999, r));
  });
  return { rows, info: { label, featureTypes: typesOf(tableCase.kinds) }, parameters: objectives[kind] };
}

function labelOf(kind: LabelKind, signal: number): number {
  switch (kind) {
    case "regression":
      return Math.fround(signal);
    case "binary":
      return signal > 1 ? 1 : 0;
    case "classes":
      return Math.min(2, Math.max(0, Math.floor(signal)));
    case "count":
      return Math.max(0, Math.round(signal));
  }
}

/** The text of the model's file. */
export function modelText(booster: Booster): string {
  return new TextDecoder().decode(booster.toBytes("json"));
}

/** The same without the notes that travel with a model: best_iteration and the like. */
export function treesText(booster: Booster): string {
  const none = Object.keys(booster.model.attributes).map((name) => [name, undefined]);
  return modelText(booster.withAttributes(Object.fromEntries(none)));
}
