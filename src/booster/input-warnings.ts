// Input that is legal but most likely a mistake.

import type { DMatrix } from "../data/dmatrix.ts";

const BLOCK_ROWS = 256;

/** Warns of every feature that has no value in any row. */
export function warnOfEmptyColumns(data: DMatrix, warn: (message: string) => void): void {
  const { features, rowCount, featureCount } = data;
  const hasValue = new Uint8Array(featureCount);
  const scratch = new Float32Array(BLOCK_ROWS * featureCount);
  for (let begin = 0; begin < rowCount && hasValue.includes(0); begin += BLOCK_ROWS) {
    const block = features.readRows(begin, Math.min(begin + BLOCK_ROWS, rowCount), scratch);
    for (let i = 0; i < block.length; i++) if (!Number.isNaN(block[i])) hasValue[i % featureCount] = 1;
  }
  hasValue.forEach((has, f) => {
    if (!has) warn(`feature ${data.featureNames?.[f] ?? f} has no value in any row; no split can use it`);
  });
}

/** Warns when all rows have one label. */
export function warnOfEqualLabels(data: DMatrix, warn: (message: string) => void): void {
  const { label, labelClasses } = data;
  if (label === undefined || label.some((value) => value !== label[0])) return;
  warn(`all labels are ${labelClasses?.[label[0]] ?? label[0]}; there is nothing to learn from them`);
}
