// The best split of a node over all its features, from its histogram. Knows how the binned table lays
// features out in slots; the search over one feature is in split.ts and categorical-split.ts.

import type { BinLayout } from "../data/binned-matrix.ts";
import type { GrowKernels, NumericSearch } from "../kernel/grow/grow-kernels.ts";
import { FOUND_STRIDE, type GrowMemory, widestOf } from "../kernel/grow/grow-memory.ts";
import { findCategoricalSplit } from "./categorical-split.ts";
import { findNumericSplit, Split, type SplitContext, setNumeric, setSums } from "./split.ts";
import type { TreeParameters } from "./tree-parameters.ts";

/** Where the bins of a feature are: in a histogram, or put together by the member. */
interface FeatureBins {
  isAssembled: boolean;
  /** Index of the first bin's sumGrad. */
  begin: number;
  count: number;
}

export class SplitFinder {
  readonly #memory: GrowMemory;
  readonly #kernels: GrowKernels;
  readonly #parameters: TreeParameters;
  /** Where the member's own assembled bins begin. */
  readonly #assembledBegin: number;
  readonly #foundBegin: number;
  readonly #search: NumericSearch;
  readonly #bins: FeatureBins = { isAssembled: false, begin: 0, count: 0 };

  constructor(memory: GrowMemory, kernels: GrowKernels, parameters: TreeParameters, member: number) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#parameters = parameters;
    this.#assembledBegin = 2 * member * widestOf(memory.matrix).feature;
    this.#foundBegin = member * FOUND_STRIDE;
    this.#search = { member, slot: 0, rootGain: 0, lambda: 0, minChildWeight: 0, bestGain: 0 };
  }

  /**
   * The best split over `features` (ascending); gain 0 when there is none.
   *
   * @param slot where the node's sums stand in the memory
   */
  find(node: SplitContext, slot: number, histogram: number, features: Uint32Array): Split {
    const { matrix } = this.#memory;
    const { cuts, featureSlot, columnOffsets, columnCount } = matrix;
    const histogramBegin = histogram * 2 * matrix.slotCount;
    const slotsInUse = columnOffsets[columnCount];
    const search = this.#search;
    search.slot = slot;
    search.rootGain = node.rootGain;
    search.lambda = node.evaluator.lambda;
    search.minChildWeight = node.evaluator.minChildWeight;
    const hasKernel = node.evaluator.isPlain && this.#kernels.findNumericSplit !== undefined;
    const best = new Split();
    for (const f of features) {
      // In a feature without a column all rows are alike.
      if (featureSlot[f] >= slotsInUse) continue;
      this.#locateBins(node, f, histogramBegin);
      if (cuts.isCategorical[f]) {
        findCategoricalSplit(
          node,
          f,
          this.#array(),
          this.#bins.begin,
          this.#bins.count,
          this.#parameters,
          best,
        );
      } else if (hasKernel) {
        this.#findByKernel(f, best);
      } else {
        const { begin, count } = this.#bins;
        findNumericSplit(node, f, this.#array(), begin, cuts.values, cuts.offsets[f], count, best);
      }
    }
    return best;
  }

  #array(): Float64Array {
    return this.#bins.isAssembled ? this.#memory.assembled : this.#memory.histograms;
  }

  #findByKernel(f: number, best: Split): void {
    const { isAssembled, begin, count } = this.#bins;
    this.#search.bestGain = best.gain;
    const code = this.#kernels.findNumericSplit!(this.#search, isAssembled, begin, count);
    if (code < 0) return;
    const { values, offsets } = this.#memory.matrix.cuts;
    const { found } = this.#memory;
    const at = this.#foundBegin;
    const isForward = code < count;
    const bin = isForward ? code : code - count - 1;
    setNumeric(best, found[at], f, bin, bin < 0 ? -Infinity : values[offsets[f] + bin], !isForward);
    setSums(best, found[at + 1], found[at + 2], found[at + 3], found[at + 4]);
  }

  /** Finds where the bins of feature f are; a feature with an implicit bin is put together first. */
  #locateBins(node: SplitContext, f: number, histogramBegin: number): void {
    const { matrix, assembled, histograms } = this.#memory;
    const { cuts, featureSlot, implicitState } = matrix;
    const count = cuts.offsets[f + 1] - cuts.offsets[f];
    const implicit = implicitState[f];
    const stored = histogramBegin + 2 * featureSlot[f];
    this.#bins.count = count;
    this.#bins.isAssembled = implicit < count;
    this.#bins.begin = implicit < count ? this.#assembledBegin : stored;
    if (implicit === count) return;
    // The implicit bin is the node's total less the others: exact, since all sums are.
    let sumGrad = 0;
    let sumHess = 0;
    for (let bin = 0, from = stored, to = this.#assembledBegin; bin < count; bin++, to += 2) {
      if (bin === implicit) continue;
      assembled[to] = histograms[from++];
      assembled[to + 1] = histograms[from++];
      sumGrad += assembled[to];
      sumHess += assembled[to + 1];
    }
    assembled[this.#assembledBegin + 2 * implicit] = node.sumGrad - sumGrad;
    assembled[this.#assembledBegin + 2 * implicit + 1] = node.sumHess - sumHess;
  }
}

/**
 * For each stored bin of the split feature's column, whether its rows go left (1) or right (0). Rows at
 * rest, or in another feature's bins, have the split feature in its implicit state.
 */
export function tabulateSplit(matrix: BinLayout, split: Split): Uint8Array {
  const { cuts, columnOffsets, featureColumn, featureSlot, implicitState } = matrix;
  const f = split.feature;
  const column = featureColumn[f];
  const binCount = cuts.offsets[f + 1] - cuts.offsets[f];
  const first = featureSlot[f] - columnOffsets[column];
  const implicit = implicitState[f];
  const goesRight = split.categories === null ? null : new Set(split.categories);
  const isLeft = (state: number) => {
    if (state === binCount) return split.defaultLeft;
    return goesRight === null ? state <= split.bin : !goesRight.has(state);
  };
  const table = new Uint8Array(columnOffsets[column + 1] - columnOffsets[column]);
  table.fill(isLeft(implicit) ? 1 : 0);
  for (let state = 0, at = first; state < binCount; state++) {
    if (state !== implicit) table[at++] = isLeft(state) ? 1 : 0;
  }
  return table;
}
