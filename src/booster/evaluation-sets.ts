// The evaluation sets of a training: after each round the new trees are added to their margins, and these
// turned into what metrics see, by all members of the team.
//
// Where the trees' conditions are cuts, as in numeric splits, rows are ranked among the cuts once and trees
// are evaluated on ranks. Where tables are sparse, features categorical or trees of more than eight levels,
// the caller walks down the trees: the same margins, only slower.

import { Arena } from "../core/arena.ts";
import type { Executor } from "../core/executor.ts";
import { type Cuts, countPresent } from "../data/cuts.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { countScoreTasks, EvaluationMember, type EvaluationPhase } from "../kernel/evaluation-member.ts";
import {
  type EvaluationMemory,
  type EvaluationShape,
  MAX_DEPTH,
  placeEvaluationMemory,
  TREE_WORDS,
  workField,
} from "../kernel/evaluation-memory.ts";
import { fillGradientConstants } from "../kernel/gradient-constants.ts";
import { allocateKernelMemory, type KernelChoice } from "../kernel/kernel-memory.ts";
import { addTreeMargins } from "../kernel/predict.ts";
import { flattenTrees } from "../kernel/predict-forest.ts";
import { BLOCK_ROWS, CutEncoder, planRankColumns, type RankColumns } from "../kernel/rank-columns.ts";
import { type EncodedTree, encodeTree } from "../kernel/rank-forest.ts";
import type { EvaluationJob } from "../parallel/jobs.ts";
import type { Tree } from "../tree/tree.ts";
import { alignFeatures, type ModelInputs } from "./align.ts";
import type { EvaluationSet } from "./evaluation.ts";

export interface EvaluationOptions {
  readonly groupCount: number;
  readonly objectiveName: string;
  /** How many trees a round adds. */
  readonly treesPerRound: number;
  /** Levels that trees may have; 0 for any number. */
  readonly maxDepth: number;
  readonly memberCount: number;
  readonly kernels: KernelChoice;
}

/** Trees that are handed over together. */
const MAX_TREES = 128;

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
    { groupCount, objectiveName, treesPerRound, maxDepth, memberCount, kernels }: EvaluationOptions,
  ) {
    this.#tables = Object.entries(evals);
    const canRank = maxDepth <= MAX_DEPTH && !cuts.isCategorical.includes(1);
    const dense = this.#tables
      .map(([, data]) => data)
      .filter((data) => data !== training && !data.features.isSparse);
    const columns = canRank ? planColumns(dense, cuts) : null;
    const shape: EvaluationShape = {
      groupCount,
      memberCount,
      objectiveName,
      columns: columns ?? noColumns(cuts),
      featureCount: cuts.isCategorical.length,
      treeCapacity: Math.min(treesPerRound, MAX_TREES),
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

  /** Null when ranks cannot express a split, or a tree is too deep. */
  #encode(trees: readonly Tree[], treeGroup: Int32Array): EncodedTree[] | null {
    const forest = flattenTrees(trees, treeGroup);
    if (forest.depths.some((depth) => depth > MAX_DEPTH)) return null;
    const encoded = trees.map((_, tree) => encodeTree(forest, tree, this.#encoder));
    return encoded.some(({ nodes }) => nodes.includes(-1)) ? null : encoded;
  }

  #write(trees: readonly EncodedTree[], treeGroup: Int32Array): void {
    const { work, treeInts, nodes, values } = this.memory;
    work[workField.treeCount] = trees.length;
    trees.forEach((tree, i) => {
      treeInts[2 * i] = tree.depth;
      treeInts[2 * i + 1] = treeGroup[i];
      nodes.set(tree.nodes, i * TREE_WORDS);
      values.set(tree.values, i * TREE_WORDS);
    });
  }
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
