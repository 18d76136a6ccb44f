// The evaluation sets of a training: after each round the new trees are added to their margins, and these
// turned into what metrics see, by all members of the team.
//
// Where the trees' conditions are cuts, as in numeric splits, rows are ranked among the cuts once and trees
// are evaluated on ranks. Where tables are sparse, features categorical or trees very large, the caller walks
// down the trees: the same margins, only slower.

import { alignFeatures, type ModelInputs } from "../booster/align.ts";
import { Arena } from "../core/arena.ts";
import type { Executor } from "../core/executor.ts";
import { type Cuts, countPresent } from "../data/cuts.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import {
  countScoreTasks,
  EvaluationMember,
  type EvaluationPhase,
} from "../kernel/evaluation/evaluation-member.ts";
import {
  type EvaluationMemory,
  type EvaluationShape,
  placeEvaluationMemory,
  workField,
} from "../kernel/evaluation/evaluation-memory.ts";
import { fillGradientConstants } from "../kernel/grow/gradient-constants.ts";
import { addTreeMargins } from "../kernel/predict/predict.ts";
import { flattenTrees } from "../kernel/predict/predict-forest.ts";
import { BLOCK_ROWS, CutEncoder, planRankColumns, type RankColumns } from "../kernel/predict/rank-columns.ts";
import { type EncodedTree, encodeTree } from "../kernel/predict/rank-forest.ts";
import { encodeDeepTree, MAX_DEPTH } from "../kernel/predict/ranked-tree.ts";
import { allocateKernelMemory, type KernelChoice } from "../kernel/wasm/kernel-memory.ts";
import type { EvaluationJob } from "../parallel/jobs.ts";
import type { Tree } from "../tree/tree.ts";
import type { EvaluationSet } from "./evaluation.ts";

export interface EvaluationOptions {
  readonly groupCount: number;
  readonly objectiveName: string;
  /** How many trees a round adds. */
  readonly treesPerRound: number;
  /** Levels and leaves that trees may have; 0 for any number. */
  readonly maxDepth: number;
  readonly maxLeaves: number;
  readonly memberCount: number;
  readonly kernels: KernelChoice;
}

/** Nodes of all trees that are handed over together. */
const TREE_NODES = 2 ** 17;
/** A larger tree is not handed over. */
const MAX_TREE_NODES = 2 ** 16;
/** Leaves of the largest perfect tree. */
const PERFECT_LEAVES = 2 ** MAX_DEPTH;

export class EvaluationSets {
  /** What members need to know to help. */
  readonly job: EvaluationJob;
  readonly memory: EvaluationMemory;
  readonly #tables: readonly (readonly [string, DMatrix])[];
  readonly #encoder: CutEncoder;
  #sets: readonly EvaluationSet[] = [];
  #executor: Executor<EvaluationPhase> | undefined;

  constructor(
    evals: Readonly<Record<string, DMatrix>>,
    training: DMatrix,
    cuts: Cuts,
    options: EvaluationOptions,
  ) {
    this.#tables = Object.entries(evals);
    const { groupCount, objectiveName, memberCount, kernels } = options;
    const dense = this.#tables
      .map(([, data]) => data)
      .filter((data) => data !== training && !data.features.isSparse);
    const columns = cuts.isCategorical.includes(1) ? null : planColumns(dense, cuts);
    const nodeCapacity = planNodes(options, training.rowCount);
    const shape: EvaluationShape = {
      groupCount,
      memberCount,
      objectiveName,
      columns: columns ?? noColumns(cuts),
      featureCount: cuts.isCategorical.length,
      treeCapacity: Math.max(1, Math.min(options.treesPerRound, Math.floor(TREE_NODES / nodeCapacity))),
      nodeCapacity,
      sets: this.#tables.map(([, data]) => {
        const isRanked = columns !== null && !data.features.isSparse;
        return {
          rowCount: data.rowCount,
          source: data === training ? "training" : isRanked ? "ranks" : "walk",
        };
      }),
    };
    const measure = new Arena(undefined);
    placeEvaluationMemory(measure, shape);
    const memory = allocateKernelMemory(Math.max(1, measure.sizeBytes), memberCount > 1, kernels);
    this.job = { shape, memory };
    this.memory = placeEvaluationMemory(new Arena(memory.buffer), shape);
    fillGradientConstants(this.memory.constants);
    this.#encoder = new CutEncoder(shape.columns);
  }

  /** The caller's member. */
  createMember(trainingMargins: Float32Array): EvaluationMember {
    return new EvaluationMember(0, this.job.shape, this.memory, trainingMargins, this.job.memory.wasm);
  }

  get sets(): readonly EvaluationSet[] {
    return this.#sets;
  }

  /**
   * Ranks the rows.
   *
   * @param startMargins gives the margins of a table before training, [groupCount × rowCount] group-major
   */
  start(
    model: ModelInputs,
    startMargins: (data: DMatrix) => Float32Array,
    executor: Executor<EvaluationPhase>,
  ): void {
    this.#executor = executor;
    this.#sets = this.#tables.map(([name, data], i) => {
      const { rowCount, source, stride, margins, predictions } = this.memory.sets[i];
      const features = alignFeatures(model, data);
      const set = { name, data, features, predictions };
      if (source === "training") return set;
      const first = startMargins(data);
      for (let group = 0; group < this.job.shape.groupCount; group++) {
        margins.set(first.subarray(group * rowCount, (group + 1) * rowCount), group * stride);
      }
      if (source === "ranks") this.#rank(i, set);
      return set;
    });
  }

  #rank(i: number, { features }: EvaluationSet): void {
    const { work, sets } = this.memory;
    const { block } = sets[i];
    const { rowCount, featureCount } = features;
    const width = this.job.shape.featureCount;
    const rowsAtOnce = Math.floor(block.length / width / BLOCK_ROWS) * BLOCK_ROWS;
    const scratch = new Float32Array(Math.min(rowsAtOnce, rowCount) * featureCount);
    work[workField.set] = i;
    for (let begin = 0; begin < rowCount; begin += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, rowCount - begin);
      const values = features.readRows(begin, begin + count, scratch);
      if (featureCount === width) block.set(values);
      else widen(values, featureCount, block, width, count);
      work[workField.rowBegin] = begin;
      work[workField.rowCount] = count;
      this.#executor!.run("rank", Math.ceil(count / BLOCK_ROWS));
    }
  }

  /**
   * Adds the trees of a round to the margins and computes predictions from them.
   *
   * @param treeGroup the group of each tree
   */
  addRound(trees: readonly Tree[], treeGroup: Int32Array): void {
    const isRanked = this.memory.sets.some(({ source }) => source === "ranks");
    const encoded = isRanked ? this.#encode(trees, treeGroup) : null;
    this.memory.sets.forEach(({ source, margins, stride }, i) => {
      const isWalked = source === "walk" || (source === "ranks" && encoded === null);
      if (isWalked) addTreeMargins(trees, treeGroup, this.#sets[i].features, margins, stride);
    });
    const { treeCapacity } = this.job.shape;
    const batches = encoded === null ? 1 : Math.ceil(encoded.length / treeCapacity);
    for (let batch = 0; batch < batches; batch++) {
      const begin = batch * treeCapacity;
      this.#write(encoded?.slice(begin, begin + treeCapacity) ?? [], treeGroup.subarray(begin));
      this.memory.work[workField.isLast] = batch === batches - 1 ? 1 : 0;
      this.#executor!.run("score", countScoreTasks(this.job.shape));
    }
  }

  /** Null when ranks cannot express a split, or a tree is too large. */
  #encode(trees: readonly Tree[], treeGroup: Int32Array): EncodedTree[] | null {
    const forest = flattenTrees(trees, treeGroup);
    const encoded: EncodedTree[] = [];
    for (const [t, { nodeCount }] of trees.entries()) {
      const isDeep = forest.depths[t] > MAX_DEPTH;
      if (isDeep && nodeCount > this.job.shape.nodeCapacity) return null;
      const tree = isDeep
        ? encodeDeepTree(forest, t, nodeCount, this.#encoder)
        : encodeTree(forest, t, this.#encoder);
      if (tree === null || (!isDeep && tree.nodes.includes(-1))) return null;
      encoded.push(tree);
    }
    return encoded;
  }

  #write(trees: readonly EncodedTree[], treeGroup: Int32Array): void {
    const { work, treeInts, nodes, values } = this.memory;
    const { nodeCapacity } = this.job.shape;
    work[workField.treeCount] = trees.length;
    trees.forEach((tree, i) => {
      treeInts[2 * i] = tree.depth;
      treeInts[2 * i + 1] = treeGroup[i];
      nodes.set(tree.nodes, 2 * i * nodeCapacity);
      values.set(tree.values, i * nodeCapacity);
    });
  }
}

/** How many nodes a tree can have: a perfect tree at least. */
function planNodes({ maxDepth, maxLeaves }: EvaluationOptions, rowCount: number): number {
  if (maxDepth > 0 && maxDepth <= MAX_DEPTH) return PERFECT_LEAVES;
  const byDepth = maxDepth > 0 ? 2 ** Math.min(maxDepth, 30) : Infinity;
  const leaves = Math.min(byDepth, maxLeaves > 0 ? maxLeaves : Infinity, Math.max(1, rowCount));
  return Math.max(PERFECT_LEAVES, Math.min(2 * leaves, MAX_TREE_NODES));
}

function planColumns(tables: readonly DMatrix[], cuts: Cuts): RankColumns | null {
  const hasMissing = new Uint8Array(cuts.isCategorical.length);
  for (const data of tables) {
    const present = countPresent(data);
    hasMissing.forEach((_, f) => {
      // A table may have fewer features than the model; the rest is missing.
      if ((present[f] ?? 0) < data.rowCount) hasMissing[f] = 1;
    });
  }
  return planRankColumns(cuts, hasMissing);
}

function noColumns(cuts: Cuts): RankColumns {
  return {
    cuts,
    features: new Uint32Array(0),
    firstCuts: new Uint32Array(0),
    isMissingLeft: new Uint8Array(0),
  };
}

/** Copies rows into wider ones, the rest of which is missing. */
function widen(
  values: Float32Array,
  width: number,
  target: Float32Array,
  targetWidth: number,
  count: number,
): void {
  target.fill(NaN, 0, count * targetWidth);
  for (let row = 0; row < count; row++) {
    target.set(values.subarray(row * width, (row + 1) * width), row * targetWidth);
  }
}
