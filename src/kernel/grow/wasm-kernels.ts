// The kernels in WebAssembly, bound to a memory: a module compiled from assembly/kernels.ts and one made for
// the table (wasm-histogram.ts), both on the memory that holds all arrays.

import type { GradientKernel } from "../../objective/objective.ts";
import { fillGradientConstants } from "../wasm/gradient-constants.ts";
import type { WasmMemory } from "../wasm/wasm-memory.ts";
import { importsOf, instantiateKernels } from "../wasm/wasm-module.ts";
import { raiseMaxima } from "./gradient.ts";
import type { GrowKernels } from "./grow-kernels.ts";
import { type GrowMemory, JOB_STRIDE, jobField, MAXIMA_STRIDE, SEARCH_STRIDE } from "./grow-memory.ts";
import { encodeHistogramModule, type HistogramModule } from "./wasm-histogram.ts";

/** The exports of assembly/kernels.ts; numbers are byte addresses unless they count. */
interface KernelModule {
  addListedRows(lists: number, rows: number, count: number, gradients: number, histogram: number): void;
  addHistogram(target: number, source: number, count: number): void;
  subtractHistogram(target: number, source: number, count: number): void;
  partitionRows8: PartitionKernel;
  partitionRows16: PartitionKernel;
  partitionRows32: PartitionKernel;
  separateRows8: PartitionKernel;
  separateRows16: PartitionKernel;
  separateRows32: PartitionKernel;
  joinRows(source: number, count: number, leftCount: number, left: number, right: number): void;
  softmaxGradients(job: number, begin: number, end: number): void;
  logisticGradients(job: number, begin: number, end: number, scalePosWeight: number): void;
  measureGradients(gradients: number, count: number, magics: number, sums: number, magnitudes: number): void;
  roundGradients(gradients: number, count: number, magics: number, sums: number): void;
  numberRows(rows: number, count: number, begin: number): void;
  addToMargins(margins: number, rows: number, count: number, value: number): void;
  findNumericSplit(search: number, bins: number, binCount: number): number;
}

type PartitionKernel = (rows: number, count: number, column: number, table: number, target: number) => number;

/** The gradient kernels work on four rows at a time. */
const LANES = 4;

/** @throws {WebAssembly.CompileError} where the runtime forbids compiling */
export function compileWasmKernels(grow: GrowMemory, memory: WasmMemory, member: number): GrowKernels {
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  const kernels = instantiateKernels(memory) as unknown as KernelModule;
  const places = new Places(grow, member);
  places.writeJob();
  fillGradientConstants(grow.gradientConstants);
  const bound = {
    ...bindHistograms(places, kernels),
    ...bindPartition(places, kernels),
    ...bindGradients(places, kernels),
    ...bindSearch(places, kernels),
  };
  if (grow.matrix.listLength > 0) return { ...bound, ...bindListedRows(places, kernels) };
  const made = new WebAssembly.Instance(
    new WebAssembly.Module(encodeHistogramModule(grow.matrix, isShared)),
    importsOf(memory),
  ).exports as unknown as HistogramModule;
  return { ...bound, ...bindRows(places, made) };
}

/** The byte addresses of what a member works on. */
class Places {
  readonly grow: GrowMemory;
  readonly member: number;
  /** Of the member's job, see `jobField`. */
  readonly job: number;
  readonly #rowCount: number;

  constructor(grow: GrowMemory, member: number) {
    this.grow = grow;
    this.member = member;
    this.job = grow.jobs.byteOffset + 4 * member * JOB_STRIDE;
    this.#rowCount = grow.matrix.rowCount;
  }

  /** Writes down what kernels read that would be too much to say in every call. */
  writeJob(): void {
    const { grow, member } = this;
    const { groupCount } = grow.shape;
    const { listOffsets, listSlots } = grow.matrix;
    const words: Readonly<Record<keyof typeof jobField, number>> = {
      margins: grow.margins.byteOffset,
      labels: grow.label.byteOffset,
      weights: grow.weight.length > 0 ? grow.weight.byteOffset : 0,
      gradients: grow.gradients.byteOffset,
      rowCount: this.#rowCount,
      groupCount,
      powers: grow.powers.byteOffset + 16 * member * groupCount,
      table: grow.gradientConstants.byteOffset,
      maxima: grow.maxima.byteOffset + 8 * member * MAXIMA_STRIDE,
      listOffsets: listOffsets.byteOffset,
      listSlots: listSlots.byteOffset,
    };
    for (const [name, place] of Object.entries(jobField)) {
      grow.jobs[member * JOB_STRIDE + place] = words[name as keyof typeof jobField];
    }
  }

  /** Row `at` of a group's row order. */
  row(group: number, at: number): number {
    return this.grow.rows.byteOffset + 4 * (group * this.#rowCount + at);
  }

  /** The same place in the scratch. */
  scratch(group: number, at: number): number {
    return this.grow.scratch.byteOffset + 4 * (group * this.#rowCount + at);
  }

  /** The pair of a row. */
  pair(group: number, row: number): number {
    return this.grow.gradients.byteOffset + 8 * (group * this.#rowCount + row);
  }

  /** The pair of a row as the trees at work see it. */
  sampledPair(group: number, row: number): number {
    return this.grow.sampled.byteOffset + 8 * (group * this.#rowCount + row);
  }

  histogram(number: number): number {
    return this.grow.histograms.byteOffset + 16 * number * this.grow.matrix.slotCount;
  }

  /** The member's (gradient, hessian) of a group in an array of such. */
  sums(array: Float64Array, group: number): number {
    return array.byteOffset + 16 * (this.member * this.grow.shape.groupCount + group);
  }
}

type RowKernels = Pick<GrowKernels, "addRows" | "addRowRange">;

/** Histograms of rows that have a bin in every column. */
function bindRows(places: Places, { addRows, addRowRange }: HistogramModule): RowKernels {
  const { columnCount, rowBins } = places.grow.matrix;
  const rowBytes = columnCount * rowBins.BYTES_PER_ELEMENT;
  return {
    addRows(group, begin, end, histogram) {
      const pairs = places.sampledPair(group, 0);
      const rows = places.row(group, begin);
      addRows(rows, end - begin, rowBins.byteOffset, pairs, places.histogram(histogram));
    },
    addRowRange(group, begin, end, histogram) {
      const pairs = places.sampledPair(group, begin);
      const bins = rowBins.byteOffset + begin * rowBytes;
      addRowRange(0, end - begin, bins, pairs, places.histogram(histogram));
    },
  };
}

/** Histograms of rows that are lists of slots. */
function bindListedRows(places: Places, { addListedRows }: KernelModule): RowKernels {
  const lists = places.job + 4 * jobField.listOffsets;
  const addRows: GrowKernels["addRows"] = (group, begin, end, histogram) => {
    const pairs = places.sampledPair(group, 0);
    addListedRows(lists, places.row(group, begin), end - begin, pairs, places.histogram(histogram));
  };
  return { addRows, addRowRange: addRows };
}

function bindHistograms(places: Places, kernels: KernelModule) {
  const { slotCount } = places.grow.matrix;
  return {
    addHistogram: (target, source) =>
      kernels.addHistogram(places.histogram(target), places.histogram(source), slotCount),
    subtractHistogram: (target, source) =>
      kernels.subtractHistogram(places.histogram(target), places.histogram(source), slotCount),
  } satisfies Partial<GrowKernels>;
}

function bindPartition(places: Places, kernels: KernelModule) {
  const { matrix, splitTables, widestColumn } = places.grow;
  const { rowCount, columnBins } = matrix;
  const binBytes = columnBins.BYTES_PER_ELEMENT as 1 | 2 | 4;
  const table = splitTables.byteOffset + places.member * widestColumn;
  const bind =
    (kernel: PartitionKernel): GrowKernels["separateRows"] =>
    (group, begin, end, column) => {
      const bins = columnBins.byteOffset + column * rowCount * binBytes;
      return kernel(places.row(group, begin), end - begin, bins, table, places.scratch(group, begin));
    };
  const partition = bind(
    { 1: kernels.partitionRows8, 2: kernels.partitionRows16, 4: kernels.partitionRows32 }[binBytes],
  );
  return {
    partitionRows: (group, begin, end, column) => begin + partition(group, begin, end, column),
    separateRows: bind(
      { 1: kernels.separateRows8, 2: kernels.separateRows16, 4: kernels.separateRows32 }[binBytes],
    ),
    joinRows({ group, rowBegin, rowEnd, leftCount, left, right }) {
      const source = places.scratch(group, rowBegin);
      const count = rowEnd - rowBegin;
      kernels.joinRows(source, count, leftCount, places.row(group, left), places.row(group, right));
    },
    numberRows: (group, begin, end) => kernels.numberRows(places.row(group, begin), end - begin, begin),
  } satisfies Partial<GrowKernels>;
}

function bindGradients(places: Places, kernels: KernelModule) {
  const { grow, job, member } = places;
  const { rowCount } = grow.matrix;
  const { groupCount } = grow.shape;
  const maxima = grow.maxima.subarray(member * MAXIMA_STRIDE, member * MAXIMA_STRIDE + 2);
  const magic = (group: number) => grow.magic.byteOffset + 16 * group;
  return {
    computeGradients(kernel: GradientKernel | undefined, begin, end) {
      // The last lanes overlap the rows before them, so there must be some.
      if (kernel === undefined || rowCount < LANES) return false;
      const first = Math.max(0, Math.min(begin, end - LANES));
      const last = Math.max(end, LANES);
      if (kernel.kind === "softmax") kernels.softmaxGradients(job, first, last);
      else kernels.logisticGradients(job, first, last, kernel.scalePosWeight);
      return true;
    },
    raiseMaxima(begin, end) {
      for (let group = 0; group < groupCount; group++) {
        const first = group * rowCount;
        raiseMaxima(grow.gradients.subarray(2 * (first + begin), 2 * (first + end)), maxima);
      }
    },
    measureGradients(group, begin, end) {
      const sums = places.sums(grow.groupSums, group);
      const magnitudes = places.sums(grow.magnitudes, group);
      kernels.measureGradients(places.pair(group, begin), end - begin, magic(group), sums, magnitudes);
    },
    roundGradients(group, begin, end) {
      const sums = places.sums(grow.groupSums, group);
      kernels.roundGradients(places.pair(group, begin), end - begin, magic(group), sums);
    },
    addToMargins(group, begin, end, value) {
      const margins = grow.margins.byteOffset + 4 * group * rowCount;
      kernels.addToMargins(margins, places.row(group, begin), end - begin, value);
    },
  } satisfies Partial<GrowKernels>;
}

function bindSearch({ grow, member }: Places, kernels: KernelModule) {
  const search = grow.searches.byteOffset + 8 * member * SEARCH_STRIDE;
  return {
    findNumericSplit(isAssembled, binBegin, binCount) {
      const bins = (isAssembled ? grow.assembled : grow.histograms).byteOffset + 8 * binBegin;
      return kernels.findNumericSplit(search, bins, binCount);
    },
  } satisfies Partial<GrowKernels>;
}
