// The training rows of a dense table as a CSV file with a header: f0, f1, .., label.

import { closeSync, openSync, writeSync } from "node:fs";
import type { BenchTable } from "../table.ts";

const ROWS_PER_WRITE = 2000;

export function writeCsv(path: string, { featureCount, trainRows, label, values }: BenchTable): void {
  if (!(values instanceof Float32Array)) throw new Error("the table must be dense");
  const file = openSync(path, "w");
  const names = Array.from({ length: featureCount }, (_, f) => `f${f}`);
  let text = `${names.join(",")},label\n`;
  for (let row = 0; row < trainRows; row++) {
    text += `${values.subarray(row * featureCount, (row + 1) * featureCount).join(",")},${label[row]}\n`;
    if (row % ROWS_PER_WRITE === 0) {
      writeSync(file, text);
      text = "";
    }
  }
  writeSync(file, text);
  closeSync(file);
}
