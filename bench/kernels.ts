// `npm run bench:kernels`: nanoseconds per elementary step of each kernel, on a table the shape of
// Covertype after bundling (12 columns). One step of a histogram is one row and column, of the others
// one row. Every implementation of the kernels stands beside the plain one.

import { Bench } from "tinybench";
import { streamKey, uniformAt } from "../src/core/random.ts";
import { type Kernels, plainKernels } from "../src/kernel/kernels.ts";

const ROWS = 100_000;
const COLUMNS = 12;
const SLOTS_PER_COLUMN = 250;
const IMPLEMENTATIONS: Readonly<Record<string, Kernels>> = { plain: plainKernels };

const key = streamKey(1, 0, 0, 0);
const rowBins = Uint8Array.from({ length: ROWS * COLUMNS }, (_, i) => uniformAt(key, i) * SLOTS_PER_COLUMN);
const columnOffsets = Uint32Array.from({ length: COLUMNS + 1 }, (_, c) => c * SLOTS_PER_COLUMN);
const table = { rowBins, columnCount: COLUMNS, columnOffsets };
const columnBins = rowBins.slice(0, ROWS);
const goesLeft = Uint8Array.from({ length: SLOTS_PER_COLUMN }, (_, bin) => (bin % 3 === 0 ? 1 : 0));
const gradients = Float32Array.from(
  { length: 2 * ROWS },
  (_, i) => uniformAt(key, i) - (i % 2 === 0 ? 0.5 : 0),
);
const everyRow = Uint32Array.from({ length: ROWS }, (_, row) => row);
const everyThirdRow = everyRow.filter((row) => row % 3 === 0);
const histogram = new Float64Array(2 * COLUMNS * SLOTS_PER_COLUMN);
const other = histogram.slice();
const margins = new Float32Array(ROWS);
const rows = everyRow.slice();
const scratch = new Uint32Array(ROWS);

const bench = new Bench({ time: 500 });
const steps = new Map<string, number>();

function add(name: string, stepCount: number, run: () => void): void {
  steps.set(name, stepCount);
  bench.add(name, run);
}

for (const [label, kernels] of Object.entries(IMPLEMENTATIONS)) {
  add(`${label}: addRowRange`, ROWS * COLUMNS, () => {
    kernels.addRowRange(table, gradients, 0, ROWS, histogram);
  });
  add(`${label}: addRows, every third row`, everyThirdRow.length * COLUMNS, () => {
    kernels.addRows(table, gradients, everyThirdRow, 0, everyThirdRow.length, histogram);
  });
  add(`${label}: subtractHistogram`, histogram.length / 2, () => kernels.subtractHistogram(histogram, other));
  add(`${label}: partitionRows`, ROWS, () => {
    rows.set(everyRow);
    kernels.partitionRows(rows, 0, ROWS, columnBins, 0, goesLeft, scratch);
  });
  add(`${label}: addToMargins`, ROWS, () => kernels.addToMargins(margins, 0, everyRow, 0, ROWS, 0.125));
}

await bench.run();
console.table(
  bench.tasks.map(({ name, result }) => ({
    kernel: name,
    "ns per step": result.state === "completed" ? nanoseconds(name, result.latency.p50) : result.state,
  })),
);

/** @param milliseconds of one run */
function nanoseconds(name: string, milliseconds: number): string {
  return ((milliseconds * 1e6) / (steps.get(name) ?? 1)).toFixed(2);
}
