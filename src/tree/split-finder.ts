// The best split of a node over all its features, from its histogram. Knows how the binned table lays
// features out in slots; the search over one feature is in split.ts and categorical-split.ts.

import type { BinLayout } from "../data/binned-matrix.ts";
import type { GrowKernels } from "../kernel/grow/grow-kernels.ts";
import { type GrowMemory, SEARCH_STRIDE, searchField } from "../kernel/grow/grow-memory.ts";
import { findCategoricalSplit } from "./categorical-split.ts";
import {
  type FeatureBins,
  findNumericSplit,
  Split,
  type SplitContext,
  setNumeric,
  setSums,
} from "./split.ts";
import type { TreeParameters } from "./tree-parameters.ts";

type Changing<T> = { -readonly [Name in keyof T]: T[Name] };

export class SplitFinder {
  readonly #memory: GrowMemory;
  readonly #kernels: GrowKernels;
  readonly #parameters: TreeParameters;
  /** Where the member's own assembled bins begin. */
  readonly #assembledBegin: number;
  /** The member's part of the memory's searches, see `searchField`. */
  readonly #search: Float64Array;
  /** Where the bins of the feature at hand are: in a histogram, or put together by the member. */
  readonly #bins: Changing<FeatureBins>;

  constructor(memory: GrowMemory, kernels: GrowKernels, parameters: TreeParameters, member: number) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#parameters = parameters;
    this.#assembledBegin = 2 * member * memory.widestFeature;
    this.#search = memory.searches.subarray(member * SEARCH_STRIDE, (member + 1) * SEARCH_STRIDE);
    const cuts = memory.matrix.cuts.values;
    this.#bins = { feature: 0, sums: memory.histograms, begin: 0, count: 0, cuts, cutBegin: 0 };
  }

  /** The best split over `features` (ascending); gain 0 when there is none. */
  find(node: SplitContext, histogram: number, features: Uint32Array): Split {
    const { matrix } = this.#memory;
    const { cuts, featureSlot, columnOffsets, columnCount } = matrix;
    const histogramBegin = histogram * 2 * matrix.slotCount;
    const slotsInUse = columnOffsets[columnCount];
    const hasKernel = node.evaluator.isPlain && this.#kernels.findNumericSplit !== undefined;
    if (hasKernel) this.#describeNode(node);
    const best = new Split();
    for (const f of features) {
      // In a feature without a column all rows are alike.
      if (featureSlot[f] >= slotsInUse) continue;
      this.#locateBins(node, f, histogramBegin);
      if (cuts.isCategorical[f]) findCategoricalSplit(node, this.#bins, this.#parameters, best);
      else if (hasKernel) this.#findByKernel(node, best);
      else findNumericSplit(node, this.#bins, best);
    }
    return best;
  }

  /** Writes down what a kernel must know of the node. */
  #describeNode({ sumGrad, sumHess, rootGain, evaluator }: SplitContext): void {
    const search = this.#search;
    search[searchField.sumGrad] = sumGrad;
    search[searchField.sumHess] = sumHess;
    search[searchField.rootGain] = rootGain;
    search[searchField.lambda] = evaluator.lambda;
    search[searchField.minChildWeight] = evaluator.minChildWeight;
  }

  #findByKernel(node: SplitContext, best: Split): void {
    const { feature, sums, begin, count, cuts, cutBegin } = this.#bins;
    const search = this.#search;
    search[searchField.gain] = best.gain;
    const code = this.#kernels.findNumericSplit!(sums === this.#memory.assembled, begin, count);
    if (code < 0) return;
    const isForward = code < count;
    const bin = isForward ? code : code - count - 1;
    best.gain = search[searchField.gain];
    setNumeric(best, feature, bin, bin < 0 ? -Infinity : cuts[cutBegin + bin], !isForward);
    setSums(best, node, search[searchField.leftGrad], search[searchField.leftHess]);
  }

  /** Finds where the bins of feature f are; a feature with an implicit bin is put together first. */
  #locateBins(node: SplitContext, f: number, histogramBegin: number): void {
    const { matrix, assembled, histograms } = this.#memory;
    const { cuts, featureSlot, implicitState } = matrix;
    const count = cuts.offsets[f + 1] - cuts.offsets[f];
    const implicit = implicitState[f];
    const stored = histogramBegin + 2 * featureSlot[f];
    const bins = this.#bins;
    bins.feature = f;
    bins.count = count;
    bins.cutBegin = cuts.offsets[f];
    bins.sums = implicit < count ? assembled : histograms;
    bins.begin = implicit < count ? this.#assembledBegin : stored;
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
