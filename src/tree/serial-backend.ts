// The tree backend of one thread: rows of each group in one index array, partitioned in place as nodes
// split; histograms by building the smaller child and subtracting it from the parent.

import { type Collective, solo } from "../core/collective.ts";
import { exactStep, roundingMagic } from "../core/exact-sum.ts";
import { streamKey, uniformAt } from "../core/random.ts";
import type { BinnedMatrix } from "../data/binned-matrix.ts";
import { type Kernels, plainKernels } from "../kernel/kernels.ts";
import { ROW_STREAM } from "./feature-sets.ts";
import type { GrowNode, SplitNode } from "./grow-node.ts";
import { HistogramPool } from "./histogram-pool.ts";
import { SplitFinder, tabulateSplit } from "./split-finder.ts";
import type { GrownLeaf, RowSample, TreeBackend } from "./tree-backend.ts";
import type { TreeParameters } from "./tree-parameters.ts";

/** Above this, children's histograms are built from their rows instead of kept for subtraction. */
const MAX_HISTOGRAM_BYTES = 2 ** 30;

export class SerialBackend implements TreeBackend {
  readonly #matrix: BinnedMatrix;
  readonly #kernels: Kernels;
  readonly #numParallelTree: number;
  readonly #pool: HistogramPool;
  readonly #finder: SplitFinder;
  /** Row indices of every group; the rows of a node are a range of its group's. */
  readonly #rows: Uint32Array[] = [];
  readonly #scratch: Uint32Array;
  #gradients: Float32Array = new Float32Array(0);
  #sampled: Float32Array = new Float32Array(0);

  constructor(
    matrix: BinnedMatrix,
    parameters: TreeParameters,
    groupCount: number,
    kernels: Kernels = plainKernels,
  ) {
    this.#matrix = matrix;
    this.#kernels = kernels;
    this.#numParallelTree = parameters.numParallelTree;
    this.#pool = new HistogramPool(matrix.slotCount);
    this.#finder = new SplitFinder(matrix, parameters);
    this.#scratch = new Uint32Array(matrix.rowCount);
    for (let group = 0; group < groupCount; group++) this.#rows.push(new Uint32Array(matrix.rowCount));
  }

  async startRound(gradients: Float32Array): Promise<void> {
    await roundToExactGrid(gradients, this.#matrix.rowCount, this.#kernels, solo);
    this.#gradients = gradients;
    this.#sampled = gradients;
  }

  startTrees(sample: RowSample): Float64Array {
    const { rowCount } = this.#matrix;
    const groupCount = this.#rows.length;
    if (sample.share < 1) this.#drawSample(sample);
    const sums = new Float64Array(2 * groupCount);
    for (let group = 0; group < groupCount; group++) {
      const rows = this.#rows[group];
      for (let row = 0; row < rowCount; row++) rows[row] = row;
      const begin = group * rowCount;
      this.#kernels.addGradients(
        this.#sampled,
        begin,
        begin + rowCount,
        sums.subarray(2 * group, 2 * group + 2),
      );
    }
    return sums;
  }

  /** Copies the gradients with those of the rows that a tree does not see set to zero. */
  #drawSample(sample: RowSample): void {
    const { rowCount } = this.#matrix;
    if (this.#sampled === this.#gradients) this.#sampled = new Float32Array(this.#gradients.length);
    for (let group = 0; group < this.#rows.length; group++) {
      const tree = group * this.#numParallelTree + sample.parallelTree;
      const key = streamKey(sample.seed, ROW_STREAM, sample.round, tree);
      for (let row = 0; row < rowCount; row++) {
        const at = 2 * (group * rowCount + row);
        const isDrawn = uniformAt(key, row) < sample.share;
        this.#sampled[at] = isDrawn ? this.#gradients[at] : 0;
        this.#sampled[at + 1] = isDrawn ? this.#gradients[at + 1] : 0;
      }
    }
  }

  evaluateRoots(roots: readonly GrowNode[]): void {
    for (const root of roots) {
      root.rowBegin = 0;
      root.rowEnd = this.#matrix.rowCount;
      root.histogram = this.#pool.acquire();
      this.#kernels.addRowRange(this.#matrix, this.#groupGradients(root), 0, root.rowEnd, root.histogram);
      root.split = this.#finder.find(root, root.histogram);
    }
  }

  applySplits(splits: readonly SplitNode[]): void {
    const { rowCount, columnBins, featureColumn } = this.#matrix;
    for (const { node, left, right } of splits) {
      const middle = this.#kernels.partitionRows(
        this.#rows[node.group],
        node.rowBegin,
        node.rowEnd,
        columnBins,
        featureColumn[node.split.feature] * rowCount,
        tabulateSplit(this.#matrix, node.split),
        this.#scratch,
      );
      left.rowBegin = node.rowBegin;
      left.rowEnd = middle;
      right.rowBegin = middle;
      right.rowEnd = node.rowEnd;
    }
  }

  evaluateChildren(splits: readonly SplitNode[]): void {
    for (const { node, left, right } of splits) {
      const isLeftSmaller = left.rowEnd - left.rowBegin <= right.rowEnd - right.rowBegin;
      const [smaller, larger] = isLeftSmaller ? [left, right] : [right, left];
      smaller.histogram = this.#build(smaller);
      if (node.histogram === null) {
        larger.histogram = this.#build(larger);
      } else {
        this.#kernels.subtractHistogram(node.histogram, smaller.histogram);
        larger.histogram = node.histogram;
        node.histogram = null;
      }
      left.split = this.#finder.find(left, left.histogram!);
      right.split = this.#finder.find(right, right.histogram!);
      if (this.#pool.liveBytes > MAX_HISTOGRAM_BYTES) {
        this.release(left);
        this.release(right);
      }
    }
  }

  #build(node: GrowNode): Float64Array {
    const histogram = this.#pool.acquire();
    const rows = this.#rows[node.group];
    this.#kernels.addRows(
      this.#matrix,
      this.#groupGradients(node),
      rows,
      node.rowBegin,
      node.rowEnd,
      histogram,
    );
    return histogram;
  }

  #groupGradients(node: GrowNode): Float32Array {
    const length = 2 * this.#matrix.rowCount;
    return this.#sampled.subarray(node.group * length, (node.group + 1) * length);
  }

  release(node: GrowNode): void {
    if (node.histogram === null) return;
    this.#pool.release(node.histogram);
    node.histogram = null;
  }

  addLeafValues(leaves: readonly GrownLeaf[], margins: Float32Array): void {
    const { rowCount } = this.#matrix;
    for (const { node, leafValue } of leaves) {
      const rows = this.#rows[node.group];
      this.#kernels.addToMargins(margins, node.group * rowCount, rows, node.rowBegin, node.rowEnd, leafValue);
    }
  }
}

/**
 * Rounds the gradients of a round in place so that all their sums are exact; one step for the gradients of
 * all groups, one for the hessians.
 *
 * @param rowCount the number of rows on all peers together
 */
export async function roundToExactGrid(
  gradients: Float32Array,
  rowCount: number,
  kernels: Kernels,
  collective: Collective,
): Promise<void> {
  const pairCount = gradients.length / 2;
  const maxima = new Float64Array(2);
  kernels.raiseMaxima(gradients, 0, pairCount, maxima);
  await collective.allReduceMax(maxima);
  const gradMagic = roundingMagic(exactStep(rowCount, maxima[0]));
  const hessMagic = roundingMagic(exactStep(rowCount, maxima[1]));
  kernels.roundGradients(gradients, 0, pairCount, gradMagic, hessMagic);
}
