// The built-in sample as a table: the synthetic forest cover rows with the label coded 0 to 6.

import { DMatrix } from "../data/dmatrix.ts";
import {
  type ForestCoverOptions,
  forestCoverColumns,
  generateForestCover,
} from "../datasets/forest-cover.ts";

/** @throws {CoppiceError} INVALID_PARAMETER when an option is no integer in its range */
export function forestCoverTable(options: ForestCoverOptions): DMatrix {
  const { columns, rowCount } = generateForestCover(options);
  const featureCount = columns.length - 1;
  const values = new Float32Array(rowCount * featureCount);
  for (let f = 0; f < featureCount; f++) {
    for (let row = 0; row < rowCount; row++) values[row * featureCount + f] = columns[f][row];
  }
  return DMatrix.fromDense(values, {
    rowCount,
    featureCount,
    label: columns[featureCount].map((cover) => cover - 1),
    labelClasses: [1, 2, 3, 4, 5, 6, 7],
    featureNames: forestCoverColumns.slice(0, featureCount),
  });
}
