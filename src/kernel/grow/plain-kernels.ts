// The kernels in plain TypeScript, bound to a memory.

import { addGradients, addToMargins, measureGradients, raiseMaxima, roundGradients } from "./gradient.ts";
import type { GrowKernels } from "./grow-kernels.ts";
import { type GrowMemory, MAXIMA_STRIDE } from "./grow-memory.ts";
import { addHistogram, addListedRows, addRowRange, addRows, subtractHistogram } from "./histogram.ts";
import { partitionRows, separateRows } from "./partition.ts";

export function createPlainKernels(memory: GrowMemory): GrowKernels {
  const { matrix, rows, scratch, margins, sampled, gradients } = memory;
  const { rowCount, slotCount, columnBins } = matrix;
  const groupCount = margins.length / Math.max(1, rowCount);
  const widest = memory.splitTables.length / (memory.maxima.length / MAXIMA_STRIDE);
  const split = <A extends Float32Array | Uint32Array>(array: A, length: number): A[] =>
    Array.from({ length: groupCount }, (_, g) => array.subarray(g * length, (g + 1) * length) as A);
  const groupRows = split(rows, rowCount);
  const groupSampled = split(sampled, 2 * rowCount);
  const groupMargins = split(margins, rowCount);
  const histogramOf = (h: number) => memory.histograms.subarray(h * 2 * slotCount, (h + 1) * 2 * slotCount);
  const tableOf = (member: number) => memory.splitTables.subarray(member * widest, (member + 1) * widest);
  const columnOf = (column: number) => columnBins.subarray(column * rowCount, (column + 1) * rowCount);
  const hasLists = matrix.listLength > 0;
  const add = hasLists ? addListedRows : addRows;
  const addAll: GrowKernels["addRows"] = (group, begin, end, h) =>
    add(matrix, groupSampled[group], groupRows[group], begin, end, histogramOf(h));
  return {
    addRows: addAll,
    addRowRange: hasLists
      ? addAll
      : (group, begin, end, h) => addRowRange(matrix, groupSampled[group], begin, end, histogramOf(h)),
    addHistogram: (target, source) => addHistogram(histogramOf(target), histogramOf(source)),
    subtractHistogram: (target, source) => subtractHistogram(histogramOf(target), histogramOf(source)),
    partitionRows: (group, begin, end, column, member) =>
      partitionRows(
        groupRows[group],
        begin,
        end,
        columnOf(column),
        tableOf(member),
        scratch.subarray(group * rowCount + begin, group * rowCount + end),
      ),
    separateRows: (group, begin, end, column, member) =>
      separateRows(
        groupRows[group],
        begin,
        end,
        columnOf(column),
        tableOf(member),
        scratch.subarray(group * rowCount + begin, group * rowCount + end),
      ),
    joinRows(group, begin, end, leftCount, left, right) {
      const first = group * rowCount;
      const middle = first + begin + leftCount;
      rows.set(scratch.subarray(first + begin, middle), first + left);
      for (let from = first + end - 1, to = first + right; from >= middle; from--) rows[to++] = scratch[from];
    },
    raiseMaxima(begin, end, member) {
      const maxima = memory.maxima.subarray(member * MAXIMA_STRIDE, member * MAXIMA_STRIDE + 2);
      for (let group = 0; group < groupCount; group++) {
        raiseMaxima(gradients, group * rowCount + begin, group * rowCount + end, maxima);
      }
    },
    measureGradients(group, begin, end, member) {
      const first = group * rowCount + begin;
      const last = group * rowCount + end;
      const [grad, hess] = memory.magic.subarray(2 * group);
      const at = 2 * (member * groupCount + group);
      const sums = memory.groupSums.subarray(at, at + 2);
      measureGradients(gradients, first, last, grad, hess, sums, memory.magnitudes.subarray(at, at + 2));
    },
    roundGradients(group, begin, end, member) {
      const first = group * rowCount + begin;
      const last = group * rowCount + end;
      const [grad, hess] = memory.magic.subarray(2 * group);
      const at = 2 * (member * groupCount + group);
      roundGradients(gradients, first, last, grad, hess);
      addGradients(gradients, first, last, memory.groupSums.subarray(at, at + 2));
    },
    numberRows(group, begin, end) {
      for (let row = begin; row < end; row++) groupRows[group][row] = row;
    },
    addToMargins: (group, begin, end, value) =>
      addToMargins(groupMargins[group], groupRows[group], begin, end, value),
    computeGradients: () => false,
    findNumericSplit: undefined,
  };
}
