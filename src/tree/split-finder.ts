// The best split of a node over all its features, from its histogram. Knows how the binned table lays
// features out in slots; the search over one feature is in split.ts and categorical-split.ts.

import type { BinnedMatrix } from "../data/binned-matrix.ts";
import { findCategoricalSplit } from "./categorical-split.ts";
import type { GrowNode } from "./grow-node.ts";
import { findNumericSplit, Split } from "./split.ts";
import type { TreeParameters } from "./tree-parameters.ts";

export class SplitFinder {
  readonly #matrix: BinnedMatrix;
  readonly #parameters: TreeParameters;
  /** The bins of a feature one of which is implicit, put together. */
  readonly #assembled: Float64Array;

  constructor(matrix: BinnedMatrix, parameters: TreeParameters) {
    this.#matrix = matrix;
    this.#parameters = parameters;
    const { offsets } = matrix.cuts;
    let most = 0;
    for (let f = 0; f < matrix.featureCount; f++) most = Math.max(most, offsets[f + 1] - offsets[f]);
    this.#assembled = new Float64Array(2 * most);
  }

  /** The best split over `node.features`; gain 0 when there is none. */
  find(node: GrowNode, histogram: Float64Array): Split {
    const { cuts, featureSlot, implicitState } = this.#matrix;
    const best = new Split();
    for (const f of node.features) {
      const cutBegin = cuts.offsets[f];
      const binCount = cuts.offsets[f + 1] - cutBegin;
      let bins = histogram;
      let begin = 2 * featureSlot[f];
      if (implicitState[f] < binCount) {
        this.#assemble(node, histogram, begin, binCount, implicitState[f]);
        bins = this.#assembled;
        begin = 0;
      }
      if (cuts.isCategorical[f]) {
        findCategoricalSplit(node, f, bins, begin, binCount, this.#parameters, best);
      } else {
        findNumericSplit(node, f, bins, begin, cuts.values, cutBegin, binCount, best);
      }
    }
    return best;
  }

  /** Puts a feature's bins side by side; the implicit one is the node's total less the others. */
  #assemble(
    node: GrowNode,
    histogram: Float64Array,
    begin: number,
    binCount: number,
    implicit: number,
  ): void {
    const bins = this.#assembled;
    let sumGrad = 0;
    let sumHess = 0;
    for (let state = 0, at = begin; state < binCount; state++) {
      if (state === implicit) continue;
      bins[2 * state] = histogram[at++];
      bins[2 * state + 1] = histogram[at++];
      sumGrad += bins[2 * state];
      sumHess += bins[2 * state + 1];
    }
    bins[2 * implicit] = node.sumGrad - sumGrad;
    bins[2 * implicit + 1] = node.sumHess - sumHess;
  }
}

/**
 * For each stored bin of the split feature's column, whether its rows go left (1) or right (0). Rows at
 * rest, or in another feature's bins, have the split feature in its implicit state.
 */
export function tabulateSplit(matrix: BinnedMatrix, split: Split): Uint8Array {
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
