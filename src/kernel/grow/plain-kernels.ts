// The kernels in plain TypeScript, bound to a memory.

import { addGradients, addToMargins, measureGradients, raiseMaxima, roundGradients } from "./gradient.ts";
import type { GrowKernels } from "./grow-kernels.ts";
import { type GrowMemory, MAXIMA_STRIDE } from "./grow-memory.ts";
import { addHistogram, addListedRows, addRowRange, addRows, subtractHistogram } from "./histogram.ts";
import { partitionRows, separateRows } from "./partition.ts";

export function createPlainKernels(memory: GrowMemory, member: number): GrowKernels {
  const { matrix, rows, scratch, margins, sampled, gradients, widestColumn } = memory;
  const { groupCount } = memory.shape;
  const { rowCount, slotCount, columnBins } = matrix;
  const byGroup = <A extends Float32Array | Uint32Array | Float64Array>(array: A, length: number): A[] =>
    Array.from({ length: groupCount }, (_, g) => array.subarray(g * length, (g + 1) * length) as A);
  const ownSums = (sums: Float64Array) => byGroup(sums.subarray(2 * groupCount * member), 2);
  const groupRows = byGroup(rows, rowCount);
  const groupScratch = byGroup(scratch, rowCount);
  const groupPairs = byGroup(gradients, 2 * rowCount);
  const groupSampled = byGroup(sampled, 2 * rowCount);
  const groupMargins = byGroup(margins, rowCount);
  const groupMagic = byGroup(memory.magic, 2);
  const sums = ownSums(memory.groupSums);
  const magnitudes = ownSums(memory.magnitudes);
  const maxima = memory.maxima.subarray(member * MAXIMA_STRIDE, member * MAXIMA_STRIDE + 2);
  const goesLeft = memory.splitTables.subarray(member * widestColumn, (member + 1) * widestColumn);
  const histogramOf = (h: number) => memory.histograms.subarray(h * 2 * slotCount, (h + 1) * 2 * slotCount);
  const columnOf = (column: number) => columnBins.subarray(column * rowCount, (column + 1) * rowCount);
  const pairsOf = (group: number, begin: number, end: number) =>
    groupPairs[group].subarray(2 * begin, 2 * end);
  const hasLists = matrix.listLength > 0;
  const add = hasLists ? addListedRows : addRows;
  const addAll: GrowKernels["addRows"] = (group, begin, end, h) =>
    add(matrix, groupSampled[group], groupRows[group].subarray(begin, end), histogramOf(h));
  return {
    addRows: addAll,
    addRowRange: hasLists
      ? addAll
      : (group, begin, end, h) => addRowRange(matrix, groupSampled[group], begin, end, histogramOf(h)),
    addHistogram: (target, source) => addHistogram(histogramOf(target), histogramOf(source)),
    subtractHistogram: (target, source) => subtractHistogram(histogramOf(target), histogramOf(source)),
    partitionRows(group, begin, end, column) {
      const own = groupRows[group].subarray(begin, end);
      return begin + partitionRows(own, columnOf(column), goesLeft, groupScratch[group].subarray(begin, end));
    },
    separateRows(group, begin, end, column) {
      const own = groupRows[group].subarray(begin, end);
      return separateRows(own, columnOf(column), goesLeft, groupScratch[group].subarray(begin, end));
    },
    joinRows({ group, rowBegin, rowEnd, leftCount, left, right }) {
      const own = groupRows[group];
      const from = groupScratch[group];
      const middle = rowBegin + leftCount;
      own.set(from.subarray(rowBegin, middle), left);
      for (let i = rowEnd - 1, to = right; i >= middle; i--) own[to++] = from[i];
    },
    raiseMaxima(begin, end) {
      for (let group = 0; group < groupCount; group++) raiseMaxima(pairsOf(group, begin, end), maxima);
    },
    measureGradients: (group, begin, end) =>
      measureGradients(pairsOf(group, begin, end), groupMagic[group], sums[group], magnitudes[group]),
    roundGradients(group, begin, end) {
      const pairs = pairsOf(group, begin, end);
      roundGradients(pairs, groupMagic[group]);
      addGradients(pairs, sums[group]);
    },
    numberRows(group, begin, end) {
      for (let row = begin; row < end; row++) groupRows[group][row] = row;
    },
    addToMargins: (group, begin, end, value) =>
      addToMargins(groupMargins[group], groupRows[group].subarray(begin, end), value),
    computeGradients: () => false,
    findNumericSplit: undefined,
  };
}
