// A confusion matrix: how many rows of each true class were predicted as each class, with the rates
// that follow from it. `counts` is [classCount × classCount] row-major, true class by row,
// predicted class by column; weighted tables count weights.

import { CoppiceError } from "../core/errors.ts";

export interface ConfusionMatrix {
  readonly classNames: readonly string[];
  /** [classCount × classCount] row-major, rows are true classes. */
  readonly counts: Float64Array;
}

export interface ClassRates {
  readonly name: string;
  /** Rows (or their weight) of this true class. */
  readonly support: number;
  /** Of the rows predicted as this class, the share that is of it; NaN when none is predicted. */
  readonly precision: number;
  /** Of the rows of this class, the share predicted as it; NaN when there is none. */
  readonly recall: number;
  /** The harmonic mean of precision and recall; 0 when nothing is right. */
  readonly f1: number;
}

/**
 * Counts predicted against true class codes.
 *
 * @param label true codes, one a row
 * @param predicted predicted codes, one a row
 * @throws {CoppiceError} INVALID_DATA when lengths differ or a code is no index of `classNames`
 */
export function countConfusion(
  label: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classNames: readonly string[],
  weight?: ArrayLike<number>,
): ConfusionMatrix {
  if (label.length !== predicted.length) {
    throw new CoppiceError(
      "INVALID_DATA",
      `\`predicted\` must have one class for each of the ${label.length} labels, got ${predicted.length}`,
    );
  }
  const classCount = classNames.length;
  const counts = new Float64Array(classCount * classCount);
  for (let row = 0; row < label.length; row++) {
    const truth = checkedClass("label", label[row], classCount, row);
    const guess = checkedClass("predicted", predicted[row], classCount, row);
    counts[truth * classCount + guess] += weight ? weight[row] : 1;
  }
  return { classNames, counts };
}

/** The share of rows on the diagonal. */
export function accuracyOf(matrix: ConfusionMatrix): number {
  const classCount = matrix.classNames.length;
  let right = 0;
  let all = 0;
  for (let i = 0; i < matrix.counts.length; i++) {
    all += matrix.counts[i];
    if (i % (classCount + 1) === 0) right += matrix.counts[i];
  }
  return right / all;
}

/** Precision, recall and F1 of every class. */
export function classRates(matrix: ConfusionMatrix): ClassRates[] {
  const classCount = matrix.classNames.length;
  return matrix.classNames.map((name, c) => {
    let support = 0;
    let predicted = 0;
    for (let other = 0; other < classCount; other++) {
      support += matrix.counts[c * classCount + other];
      predicted += matrix.counts[other * classCount + c];
    }
    const right = matrix.counts[c * classCount + c];
    const f1 = right === 0 ? 0 : (2 * right) / (support + predicted);
    return { name, support, precision: right / predicted, recall: right / support, f1 };
  });
}

function checkedClass(what: string, code: number, classCount: number, row: number): number {
  if (Number.isInteger(code) && code >= 0 && code < classCount) return code;
  throw new CoppiceError(
    "INVALID_DATA",
    `\`${what}\` must be a class code in [0, ${classCount}), got ${code} in row ${row}`,
    { row },
  );
}
