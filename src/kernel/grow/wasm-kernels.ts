// The kernels in WebAssembly, bound to a memory: a module compiled from assembly/kernels.ts and one made for
// the table (wasm-histogram.ts), both on the memory that holds all arrays.

import type { GradientKernel } from "../../objective/objective.ts";
import type { WasmMemory } from "../wasm/wasm-memory.ts";
import { importsOf, instantiateKernels } from "../wasm/wasm-module.ts";
import { raiseMaxima } from "./gradient.ts";
import { fillGradientConstants } from "./gradient-constants.ts";
import type { GrowKernels, NumericSearch } from "./grow-kernels.ts";
import { FOUND_STRIDE, type GrowMemory, MAXIMA_STRIDE, NODE_STATS } from "./grow-memory.ts";
import { encodeHistogramModule, type HistogramModule } from "./wasm-histogram.ts";

/** The exports of assembly/kernels.ts; numbers are byte addresses unless they count. */
interface KernelModule {
  addListedRows(
    rows: number,
    count: number,
    offsets: number,
    slots: number,
    gradients: number,
    histogram: number,
  ): void;
  addHistogram(target: number, source: number, count: number): void;
  subtractHistogram(target: number, source: number, count: number): void;
  partitionRows8: PartitionKernel;
  partitionRows16: PartitionKernel;
  partitionRows32: PartitionKernel;
  separateRows8: PartitionKernel;
  separateRows16: PartitionKernel;
  separateRows32: PartitionKernel;
  joinRows(source: number, count: number, leftCount: number, left: number, right: number): void;
  softmaxGradients(
    margins: number,
    labels: number,
    weights: number,
    groupCount: number,
    rowCount: number,
    begin: number,
    end: number,
    gradients: number,
    powers: number,
    table: number,
    maxima: number,
  ): void;
  logisticGradients(
    margins: number,
    labels: number,
    weights: number,
    scalePosWeight: number,
    begin: number,
    end: number,
    gradients: number,
    table: number,
    maxima: number,
  ): void;
  measureGradients(
    gradients: number,
    count: number,
    gradMagic: number,
    hessMagic: number,
    sums: number,
    magnitudes: number,
  ): void;
  roundGradients(gradients: number, count: number, gradMagic: number, hessMagic: number, sums: number): void;
  numberRows(rows: number, count: number, begin: number): void;
  addToMargins(margins: number, rows: number, count: number, value: number): void;
  findNumericSplit(
    bins: number,
    binCount: number,
    sums: number,
    rootGain: number,
    lambda: number,
    minChildWeight: number,
    bestGain: number,
    out: number,
  ): number;
}

type PartitionKernel = (rows: number, count: number, column: number, table: number, target: number) => number;

/** The gradient kernels work on four rows at a time. */
const LANES = 4;

/** @throws {WebAssembly.CompileError} where the runtime forbids compiling */
export function compileWasmKernels(grow: GrowMemory, memory: WasmMemory): GrowKernels {
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  const kernels = instantiateKernels(memory) as unknown as KernelModule;
  fillGradientConstants(grow.gradientConstants);
  if (grow.matrix.listLength > 0) return { ...bindKernels(grow, kernels), ...bindLists(grow, kernels) };
  const histogram = new WebAssembly.Instance(
    new WebAssembly.Module(encodeHistogramModule(grow.matrix, isShared)),
    importsOf(memory),
  ).exports as unknown as HistogramModule;
  return { ...bindKernels(grow, kernels), ...bindHistogram(grow, histogram) };
}

type HistogramKernels = Pick<GrowKernels, "addRows" | "addRowRange">;

/** Histograms of rows that have a bin in every column. */
function bindHistogram(grow: GrowMemory, { addRows, addRowRange }: HistogramModule): HistogramKernels {
  const { rowCount, columnCount, slotCount, rowBins } = grow.matrix;
  const rowBytes = columnCount * rowBins.BYTES_PER_ELEMENT;
  const gradientsAt = (group: number, row: number) => grow.sampled.byteOffset + 8 * (group * rowCount + row);
  const histogramAt = (h: number) => grow.histograms.byteOffset + h * slotCount * 16;
  return {
    addRows(group, begin, end, h) {
      const rows = grow.rows.byteOffset + 4 * (group * rowCount + begin);
      addRows(rows, end - begin, rowBins.byteOffset, gradientsAt(group, 0), histogramAt(h));
    },
    addRowRange(group, begin, end, h) {
      const bins = rowBins.byteOffset + begin * rowBytes;
      addRowRange(0, end - begin, bins, gradientsAt(group, begin), histogramAt(h));
    },
  };
}

/** Histograms of rows that are lists of slots. */
function bindLists(grow: GrowMemory, { addListedRows }: KernelModule): HistogramKernels {
  const { rowCount, slotCount, listOffsets, listSlots } = grow.matrix;
  const addRows = (group: number, begin: number, end: number, h: number) =>
    addListedRows(
      grow.rows.byteOffset + 4 * (group * rowCount + begin),
      end - begin,
      listOffsets.byteOffset,
      listSlots.byteOffset,
      grow.sampled.byteOffset + 8 * group * rowCount,
      grow.histograms.byteOffset + h * slotCount * 16,
    );
  return { addRows, addRowRange: addRows };
}

/** All kernels but those of histograms. */
function bindKernels(grow: GrowMemory, kernels: KernelModule): Omit<GrowKernels, keyof HistogramKernels> {
  const { matrix, weight, groupSums, magnitudes, magic, splitTables, maxima } = grow;
  const { rowCount, slotCount } = matrix;
  const memberCount = maxima.length / MAXIMA_STRIDE;
  const groupCount = groupSums.length / 2 / memberCount;
  const widest = splitTables.length / memberCount;
  const binBytes = matrix.columnBins.BYTES_PER_ELEMENT;
  const rows = grow.rows.byteOffset;
  const scratch = grow.scratch.byteOffset;
  const gradients = grow.gradients.byteOffset;
  const columnBins = matrix.columnBins.byteOffset;
  const weights = weight.length > 0 ? weight.byteOffset : 0;
  const partitionRows = { 1: kernels.partitionRows8, 2: kernels.partitionRows16, 4: kernels.partitionRows32 };
  const separateRows = { 1: kernels.separateRows8, 2: kernels.separateRows16, 4: kernels.separateRows32 };
  const rowsAt = (group: number, at: number) => rows + 4 * (group * rowCount + at);
  const histogramAt = (h: number) => grow.histograms.byteOffset + h * slotCount * 16;
  const maximaAt = (member: number) => maxima.byteOffset + 8 * member * MAXIMA_STRIDE;
  const divide =
    (kernel: PartitionKernel) =>
    (group: number, begin: number, end: number, column: number, member: number) =>
      kernel(
        rowsAt(group, begin),
        end - begin,
        columnBins + column * rowCount * binBytes,
        splitTables.byteOffset + member * widest,
        scratch + 4 * (group * rowCount + begin),
      );
  const partition = divide(partitionRows[binBytes as 1 | 2 | 4]);

  function computeGradients(kernel: GradientKernel, begin: number, end: number, member: number): boolean {
    // The last lanes overlap the rows before them, so there must be some.
    if (rowCount < LANES) return false;
    const first = Math.max(0, Math.min(begin, end - LANES));
    const margins = grow.margins.byteOffset;
    const labels = grow.label.byteOffset;
    const table = grow.gradientConstants.byteOffset;
    if (kernel.kind === "softmax") {
      const powers = grow.powers.byteOffset + 16 * member * groupCount;
      kernels.softmaxGradients(
        margins,
        labels,
        weights,
        groupCount,
        rowCount,
        first,
        Math.max(end, LANES),
        gradients,
        powers,
        table,
        maximaAt(member),
      );
    } else {
      const last = Math.max(end, LANES);
      const { scalePosWeight } = kernel;
      kernels.logisticGradients(
        margins,
        labels,
        weights,
        scalePosWeight,
        first,
        last,
        gradients,
        table,
        maximaAt(member),
      );
    }
    return true;
  }

  return {
    addHistogram: (target, source) =>
      kernels.addHistogram(histogramAt(target), histogramAt(source), slotCount),
    subtractHistogram: (target, source) =>
      kernels.subtractHistogram(histogramAt(target), histogramAt(source), slotCount),
    partitionRows: (group, begin, end, column, member) =>
      begin + partition(group, begin, end, column, member),
    separateRows: divide(separateRows[binBytes as 1 | 2 | 4]),
    joinRows: (group, begin, end, leftCount, left, right) =>
      kernels.joinRows(
        scratch + 4 * (group * rowCount + begin),
        end - begin,
        leftCount,
        rowsAt(group, left),
        rowsAt(group, right),
      ),
    raiseMaxima(begin, end, member) {
      const own = maxima.subarray(member * MAXIMA_STRIDE, member * MAXIMA_STRIDE + 2);
      for (let group = 0; group < groupCount; group++) {
        raiseMaxima(grow.gradients, group * rowCount + begin, group * rowCount + end, own);
      }
    },
    measureGradients: (group, begin, end, member) =>
      kernels.measureGradients(
        gradients + 8 * (group * rowCount + begin),
        end - begin,
        magic[2 * group],
        magic[2 * group + 1],
        groupSums.byteOffset + 16 * (member * groupCount + group),
        magnitudes.byteOffset + 16 * (member * groupCount + group),
      ),
    roundGradients: (group, begin, end, member) =>
      kernels.roundGradients(
        gradients + 8 * (group * rowCount + begin),
        end - begin,
        magic[2 * group],
        magic[2 * group + 1],
        groupSums.byteOffset + 16 * (member * groupCount + group),
      ),
    numberRows: (group, begin, end) => kernels.numberRows(rowsAt(group, begin), end - begin, begin),
    addToMargins: (group, begin, end, value) =>
      kernels.addToMargins(
        grow.margins.byteOffset + 4 * group * rowCount,
        rowsAt(group, begin),
        end - begin,
        value,
      ),
    computeGradients: (kernel, begin, end, member) =>
      kernel !== undefined && computeGradients(kernel, begin, end, member),
    findNumericSplit: (search: NumericSearch, isAssembled, binBegin, binCount) =>
      kernels.findNumericSplit(
        (isAssembled ? grow.assembled : grow.histograms).byteOffset + 8 * binBegin,
        binCount,
        grow.nodeStats.byteOffset + 8 * search.slot * NODE_STATS,
        search.rootGain,
        search.lambda,
        search.minChildWeight,
        search.bestGain,
        grow.found.byteOffset + 8 * search.member * FOUND_STRIDE,
      ),
  };
}
