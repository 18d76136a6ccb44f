// Predictions as the columns of a table, with names that say what they are: classes by the user's own
// labels, contributions by feature.

import type { Booster } from "../booster/booster.ts";
import { type ParallelPredictOptions, predict } from "../booster/predict.ts";
import { CoppiceError } from "../core/errors.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { ThreadHost } from "../parallel/port.ts";
import { classNamesOf } from "../training/evaluate-model.ts";
import { isClassification } from "../training/tasks.ts";
import type { OutputColumn } from "./table/columns.ts";

export const predictionKinds = ["value", "margin", "class", "leaf", "contributions"] as const;
export type PredictionKind = (typeof predictionKinds)[number];

/**
 * The predictions of `kind` for every row.
 *
 * @param rounds how many of the model's rounds predict
 * @throws {CoppiceError} INVALID_PARAMETER when the model has no classes and `kind` is "class"
 */
export function predictionColumns(
  booster: Booster,
  data: DMatrix,
  kind: PredictionKind,
  rounds: number,
): OutputColumn[] {
  checkKind(booster, kind);
  return columnsOf(booster, booster.predict(data, { kind, rounds: [0, rounds] }), data.rowCount, kind);
}

/**
 * The same, over threads.
 *
 * @throws {CoppiceError} as `predictionColumns`; ABORTED through `signal`
 */
export async function predictColumns(
  booster: Booster,
  data: DMatrix,
  {
    kind,
    rounds,
    ...options
  }: { kind: PredictionKind; rounds: number } & Pick<ParallelPredictOptions, "threads" | "signal">,
  threadHost?: ThreadHost,
): Promise<OutputColumn[]> {
  checkKind(booster, kind);
  const values = await predict(booster, data, { ...options, kind, rounds: [0, rounds] }, threadHost);
  return columnsOf(booster, values, data.rowCount, kind);
}

function checkKind({ model }: Booster, kind: PredictionKind): void {
  const objective = model.objective.name;
  if (kind !== "class" || isClassification(objective)) return;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`kind\` "class" needs a classifier, the model is of ${objective}`,
  );
}

/** @param values [rowCount × ..] row-major */
function columnsOf(
  booster: Booster,
  values: Float32Array,
  rowCount: number,
  kind: PredictionKind,
): OutputColumn[] {
  if (kind === "class") return [classColumn(booster, values)];
  const width = rowCount === 0 ? 0 : values.length / rowCount;
  const names = columnNames(booster, kind, width);
  return names.map((name, c) => {
    const column = kind === "leaf" ? new Int32Array(rowCount) : new Float32Array(rowCount);
    for (let row = 0; row < rowCount; row++) column[row] = values[row * width + c];
    return { name, values: column };
  });
}

function columnNames(booster: Booster, kind: PredictionKind, width: number): string[] {
  const { model } = booster;
  if (kind === "leaf") return Array.from({ length: width }, (_, tree) => `tree${tree}`);
  const groups = model.groupCount > 1 ? classNamesOf(booster) : [""];
  if (kind === "contributions") {
    const parts = [...booster.featureNames, "bias"];
    return groups.flatMap((group) => parts.map((part) => (group === "" ? part : `${group}:${part}`)));
  }
  // multi:softmax gives one value, the class, where softprob gives a probability per class.
  return width === 1
    ? [kind === "margin" ? "margin" : "prediction"]
    : groups.map((group) => `${kind}_${group}`);
}

/** The most probable class by the user's own label. */
function classColumn(booster: Booster, codes: Float32Array): OutputColumn {
  const classes = booster.labelClasses;
  if (classes === undefined) return { name: "class", values: Int32Array.from(codes) };
  if (classes.every((value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31)) {
    return { name: "class", values: Int32Array.from(codes, (code) => classes[code] as number) };
  }
  if (classes.every((value) => typeof value === "number")) {
    return { name: "class", values: Float64Array.from(codes, (code) => classes[code] as number) };
  }
  return { name: "class", values: Array.from(codes, (code) => String(classes[code])) };
}
