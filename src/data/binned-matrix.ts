// BinnedMatrix: the table with every value replaced by its bin, the form in which trees are grown.
//
// A histogram has one *slot* per bin that rows store. A stored column holds one feature, or several
// mutually exclusive ones (bundle.ts):
//
//   column c:   | rest | bins of feature f1 | bins of feature f2 | ..       slots of column c
//
// One state of each feature is *implicit*, without a slot: "missing", or in a bundle the most frequent
// bin. Its sum is the node's total minus the feature's other slots, which is exact (exact-sum.ts). Rows in
// which every feature of the column is in its implicit state store the rest slot; a column without such
// rows has none.
//
// Bins are stored relative to their column's first slot, twice: row-major for histograms (the bins of a
// row side by side) and column-major for the partition of rows. Where most bins of a sparse table are rest
// slots, whose sums nobody asks for, a row is instead the list of its other slots.

import { type Collective, solo } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { BinFinder } from "./bin-finder.ts";
import { BinnedFeatures } from "./binned-features.ts";
import { type Bundling, bundleFeatures } from "./bundle.ts";
import type { Cuts } from "./cuts.ts";
import type { DMatrix } from "./dmatrix.ts";
import type { Features, SparseFeatures } from "./features.ts";

export type BinArray = Uint8Array | Uint16Array | Uint32Array;

/** Where every bin of every feature is stored; plain data, without the bins themselves. */
export interface BinLayout {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly featureCount: number;
  readonly slotCount: number;
  readonly bytesPerBin: 1 | 2 | 4;
  /** Room for slots when rows are lists of them; 0 when rows have a bin in every column. */
  readonly listLength: number;
  /** Column c's slots are [columnOffsets[c], columnOffsets[c + 1]). */
  readonly columnOffsets: Uint32Array;
  readonly cuts: Cuts;
  /** The column that holds feature f; meaningless when all rows are alike. */
  readonly featureColumn: Uint32Array;
  /** The slot of feature f's first explicit bin; the others follow in order. */
  readonly featureSlot: Uint32Array;
  /** The state of feature f that has no slot: a bin, or the number of bins for "missing". */
  readonly implicitState: Uint32Array;
}

export interface BinnedMatrix extends BinLayout {
  /** [rowCount × columnCount] row-major, relative to the column's first slot; empty when rows are lists. */
  readonly rowBins: BinArray;
  /** When rows are lists: row r's are slots [listOffsets[r], listOffsets[r + 1]) of `listSlots`. */
  readonly listOffsets: Uint32Array;
  /** Slots of the histogram, without rest slots. */
  readonly listSlots: Uint32Array;
  /** The same, column-major: column c's bins are [c * rowCount, (c + 1) * rowCount). */
  readonly columnBins: BinArray;
}

const BLOCK_ROWS = 1024;
/** Rows are lists when at most this share of their bins would not be rest slots; adding a slot costs more. */
const MAX_LIST_SHARE = 0.5;

/**
 * Replaces every value by its bin.
 *
 * @param bundling whether mutually exclusive features share a column; never changes a model
 * @throws {CoppiceError} UNSUPPORTED when the bins need more memory than can be had
 */
export async function binMatrix(data: DMatrix, cuts: Cuts, bundling = true): Promise<BinnedMatrix> {
  const layout = await planBins(data, cuts, bundling, solo);
  const length = layout.rowCount * layout.columnCount;
  const { rowCount, listLength } = layout;
  const matrix = {
    ...layout,
    rowBins: allocateBins(layout, listLength > 0 ? 0 : length),
    listOffsets: new Uint32Array(listLength > 0 ? rowCount + 1 : 0),
    listSlots: new Uint32Array(listLength),
    columnBins: allocateBins(layout, length),
  };
  fillBins(matrix, data.features, 0, layout.rowCount);
  return matrix;
}

/** Decides which features share a column and where their bins are stored; the same on all peers. */
export async function planBins(
  data: DMatrix,
  cuts: Cuts,
  isBundling: boolean,
  collective: Collective,
): Promise<BinLayout> {
  const { rowCount, featureCount } = data;
  const bundling = await bundleFeatures(data, cuts, isBundling, collective);
  const { columns } = bundling;
  const slots = assignSlots(bundling, cuts);
  const columnCount = columns.length;
  let widest = 1;
  for (let c = 0; c < columnCount; c++) {
    widest = Math.max(widest, slots.columnOffsets[c + 1] - slots.columnOffsets[c]);
  }
  const bytesPerBin = widest <= 256 ? 1 : widest <= 65536 ? 2 : 4;
  const listLength = listLengthOf(data.features, columnCount);
  return { rowCount, columnCount, featureCount, bytesPerBin, listLength, cuts, ...slots };
}

/** Every stored bin but the rest slots stands for an entry of a sparse table. */
function listLengthOf(features: Features, columnCount: number): number {
  if (!features.isSparse) return 0;
  const { length } = (features as SparseFeatures).values;
  return length <= MAX_LIST_SHARE * features.rowCount * columnCount ? length : 0;
}

/** The slot of every feature's first explicit bin, and the slots of every column. */
function assignSlots({ columns, implicitState, presentCounts, rowCount }: Bundling, cuts: Cuts) {
  const featureCount = implicitState.length;
  const columnOffsets = new Uint32Array(columns.length + 1);
  const featureColumn = new Uint32Array(featureCount);
  const featureSlot = new Uint32Array(featureCount);
  const inColumn = new Uint8Array(featureCount);
  let slot = 0;
  columns.forEach((members, c) => {
    columnOffsets[c] = slot;
    const hasRest = members.length > 1 || presentCounts[members[0]] < rowCount;
    if (hasRest) slot++;
    for (const f of members) {
      inColumn[f] = 1;
      featureColumn[f] = c;
      featureSlot[f] = slot;
      slot += explicitBinCount(cuts, implicitState, f);
    }
  });
  columnOffsets[columns.length] = slot;
  // Features without a column have explicit bins that no row is in: they share slots at the end.
  let unusedSlots = 0;
  for (let f = 0; f < featureCount; f++) {
    if (inColumn[f]) continue;
    featureSlot[f] = slot;
    unusedSlots = Math.max(unusedSlots, explicitBinCount(cuts, implicitState, f));
  }
  return { columnOffsets, featureColumn, featureSlot, implicitState, slotCount: slot + unusedSlots };
}

/** How many slots feature f has. */
export function explicitBinCount(cuts: Cuts, implicitState: Uint32Array, f: number): number {
  const binCount = cuts.offsets[f + 1] - cuts.offsets[f];
  return implicitState[f] === binCount ? binCount : binCount - 1;
}

function allocateBins(layout: BinLayout, length: number): BinArray {
  const type = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[layout.bytesPerBin];
  try {
    return new type(length);
  } catch (cause) {
    const { rowCount, columnCount, bytesPerBin } = layout;
    throw new CoppiceError(
      "UNSUPPORTED",
      `the binned table of ${rowCount} rows × ${columnCount} columns of ${bytesPerBin} bytes does not fit into memory`,
      { rowCount, columnCount },
      cause,
    );
  }
}

/**
 * What is stored for each state of feature f, relative to its column; 0, the rest slot, for the implicit
 * state, since nothing is written for it.
 */
function storedBins(matrix: BinLayout, f: number): Uint32Array {
  const binCount = matrix.cuts.offsets[f + 1] - matrix.cuts.offsets[f];
  const implicit = matrix.implicitState[f];
  const first = matrix.featureSlot[f] - matrix.columnOffsets[matrix.featureColumn[f]];
  return Uint32Array.from({ length: binCount + 1 }, (_, state) =>
    state === implicit ? 0 : first + state - (state > implicit ? 1 : 0),
  );
}

/** Whether some row stores something for feature f. */
function isStored(matrix: BinLayout, f: number): boolean {
  return matrix.featureSlot[f] < matrix.columnOffsets[matrix.columnCount];
}

/**
 * Bins rows [begin, end). The matrix must be zeroed: nothing is written where a row stores the rest slot.
 * Reads and writes no other rows, so ranges can run in parallel, but those of a sparse table must follow
 * each other.
 */
export function fillBins(matrix: BinnedMatrix, features: Features, begin: number, end: number): void {
  if (features.isSparse) {
    fillSparse(matrix, features as SparseFeatures, storedFeatures(matrix), begin, end);
    if (matrix.listLength === 0) transposeBins(matrix, begin, end);
    return;
  }
  if (features instanceof BinnedFeatures) {
    fillBinned(matrix, features, storedFeatures(matrix), begin, end);
    transposeBins(matrix, begin, end);
    return;
  }
  const filler = new BlockFiller(matrix);
  const scratch = new Float32Array(BLOCK_ROWS * matrix.featureCount);
  for (let at = begin; at < end; at += BLOCK_ROWS) {
    const next = Math.min(at + BLOCK_ROWS, end);
    filler.fill(features.readRows(at, next, scratch), at, next);
  }
}

/** Bins blocks of dense rows. */
export class BlockFiller {
  readonly #matrix: BinnedMatrix;
  readonly #codes: readonly StoredFeature[];

  constructor(matrix: BinnedMatrix) {
    this.#matrix = matrix;
    this.#codes = storedFeatures(matrix);
  }

  /** Bins rows [begin, end) given as [rows × featureCount] row-major values. */
  fill(block: Float32Array, begin: number, end: number): void {
    fillBlock(this.#matrix, this.#codes, block, begin, end);
    transposeBins(this.#matrix, begin, end);
  }
}

/** How values of a feature become stored bins. */
interface StoredFeature {
  readonly feature: number;
  readonly finder: BinFinder;
  /** By state; 0, the rest slot, for the implicit one. */
  readonly bins: Uint32Array;
  /** Where the feature's column begins in the column-major bins. */
  readonly columnBegin: number;
}

/** The features for which some row stores something. */
function storedFeatures(matrix: BinnedMatrix): StoredFeature[] {
  return Array.from({ length: matrix.featureCount }, (_, f) => f)
    .filter((f) => isStored(matrix, f))
    .map((feature) => ({
      feature,
      finder: new BinFinder(matrix.cuts, feature),
      bins: storedBins(matrix, feature),
      columnBegin: matrix.featureColumn[feature] * matrix.rowCount,
    }));
}

/** Bins rows [begin, end) given as [rows × featureCount] row-major values. */
function fillBlock(
  { featureCount, columnBins }: BinnedMatrix,
  codes: readonly StoredFeature[],
  block: Float32Array,
  begin: number,
  end: number,
): void {
  for (const { feature, finder, bins, columnBegin } of codes) {
    for (let row = begin, k = feature; row < end; row++, k += featureCount) {
      const bin = bins[finder.state(block[k])];
      if (bin > 0) columnBins[columnBegin + row] = bin;
    }
  }
}

/** From features that are bins already. */
function fillBinned(
  { columnBins }: BinnedMatrix,
  { states }: BinnedFeatures,
  codes: readonly StoredFeature[],
  begin: number,
  end: number,
): void {
  for (const { feature, bins, columnBegin } of codes) {
    const own = states[feature];
    for (let row = begin; row < end; row++) {
      const bin = bins[own[row]];
      if (bin > 0) columnBins[columnBegin + row] = bin;
    }
  }
}

function fillSparse(
  { columnBins, columnOffsets, featureColumn, featureCount, listOffsets, listSlots }: BinnedMatrix,
  { offsets, indices, values }: SparseFeatures,
  codes: readonly StoredFeature[],
  begin: number,
  end: number,
): void {
  const codeOf = new Array<StoredFeature | undefined>(featureCount);
  for (const code of codes) codeOf[code.feature] = code;
  let listed = listOffsets[begin];
  for (let row = begin; row < end; row++) {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      const code = codeOf[indices[i]];
      if (code === undefined) continue;
      const bin = code.bins[code.finder.state(values[i])];
      if (bin === 0) continue;
      columnBins[code.columnBegin + row] = bin;
      listSlots[listed++] = columnOffsets[featureColumn[code.feature]] + bin;
    }
    listOffsets[row + 1] = listed;
  }
}

/** Copies the column-major bins into rows, a block of rows at a time so that both stay in cache. */
function transposeBins(matrix: BinnedMatrix, rowBegin: number, rowEnd: number): void {
  const { rowCount, columnCount, rowBins, columnBins } = matrix;
  for (let begin = rowBegin; begin < rowEnd; begin += BLOCK_ROWS) {
    const end = Math.min(begin + BLOCK_ROWS, rowEnd);
    for (let c = 0; c < columnCount; c++) {
      const column = c * rowCount;
      for (let row = begin; row < end; row++) rowBins[row * columnCount + c] = columnBins[column + row];
    }
  }
}
