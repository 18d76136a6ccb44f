// The margins of the tables of a training, the training table first, while trees come and go: every table
// starts from a model, and trees are added to it. How that is done is nobody else's business:
//
//   rows of the training table   trees that have just grown reach them leaf by leaf, since the rows of a leaf lie
//                                side by side (TreeBackend.addLeafValues); that is not done here
//   ranked rows                  where conditions are cuts, as in numeric splits, rows are ranked among the cuts
//                                once and trees evaluated on ranks, by all members of the team
//   walked rows                  where tables are sparse, features categorical or trees very large, the caller
//                                walks down the trees: the same margins, only slower

import { alignFeatures } from "../../booster/align.ts";
import { fastKernels } from "../../booster/fast-kernels.ts";
import { computeMargins, prepareModel } from "../../booster/margins.ts";
import type { Executor } from "../../core/executor.ts";
import { Tasks } from "../../core/tasks.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import type { Features } from "../../data/features.ts";
import {
  type MarginMemory,
  type MarginSource,
  TASK_ROWS,
  TREE_INTS,
  treeInt,
} from "../../kernel/margins/margin-memory.ts";
import { type MarginPhase, marginTasks } from "../../kernel/margins/margin-tasks.ts";
import { BLOCK_ROWS, CutEncoder } from "../../kernel/margins/rank-columns.ts";
import { encodeDeepTree, MAX_DEPTH } from "../../kernel/margins/ranked-tree.ts";
import { addForestMargins } from "../../kernel/predict/predict.ts";
import { type Forest, flattenTrees } from "../../kernel/predict/predict-forest.ts";
import { type EncodedTree, encodeTree } from "../../kernel/predict/rank-forest.ts";
import { fillGradientConstants } from "../../kernel/wasm/gradient-constants.ts";
import type { Model } from "../../model/model.ts";
import type { Tree } from "../../tree/tree.ts";

/** A table with its margins. */
export interface MarginTable {
  readonly data: DMatrix;
  readonly source: MarginSource;
  /** [groupCount × stride] group-major. */
  readonly margins: Float32Array;
  readonly stride: number;
  /** What metrics see as of the last `transform`: [groupCount × rowCount] group-major. */
  readonly predictions: Float32Array;
}

/** A table while its margins are kept. */
interface KeptTable extends MarginTable {
  /** Its number in the memory; -1 for a training table that is not evaluated. */
  readonly number: number;
  /** Those of `data`, with category codes as the model has them; known from the start on. */
  features: Features;
}

export class Margins {
  readonly training: MarginTable;
  /** Those whose predictions are asked for, the training table among them where it was given. */
  readonly evaluated: readonly MarginTable[];
  readonly #kept: readonly KeptTable[];
  readonly #memory: MarginMemory | undefined;
  readonly #tasks: Tasks<typeof marginTasks> | undefined;
  readonly #executor: Executor<MarginPhase>;
  readonly #encoder: CutEncoder | undefined;

  /**
   * @param trainingMargins where those of the training table lie, [groupCount × rowCount] group-major
   * @param evaluated the tables of the memory, in its order
   * @param memory without one no table is evaluated
   */
  constructor(
    training: DMatrix,
    trainingMargins: Float32Array,
    evaluated: readonly DMatrix[],
    memory: MarginMemory | undefined,
    executor: Executor<MarginPhase>,
  ) {
    this.#memory = memory;
    this.#executor = executor;
    const own = evaluated.map(
      (data, number): KeptTable => ({ data, number, features: data.features, ...memory!.tables[number] }),
    );
    this.evaluated = own;
    const first = own.find(({ source }) => source === "training") ?? {
      data: training,
      number: -1,
      features: training.features,
      source: "training",
      margins: trainingMargins,
      stride: training.rowCount,
      predictions: new Float32Array(0),
    };
    this.training = first;
    this.#kept = [first, ...own.filter(({ source }) => source !== "training")];
    if (memory === undefined) return;
    this.#tasks = new Tasks(marginTasks, memory.tasks);
    this.#encoder = new CutEncoder(memory.shape.columns);
    fillGradientConstants(memory.constants);
  }

  /** All tables but the training table: those that new trees are still to be added to. */
  get others(): readonly MarginTable[] {
    return this.#kept.slice(1);
  }

  /**
   * Sets all margins to what a model says of the rows, its trees and the tables' base margins included.
   *
   * @throws {CoppiceError} INVALID_DATA when a table's features or base margins do not fit the model
   */
  start(model: Model): void {
    const prepared = prepareModel(model, fastKernels);
    for (const table of this.#kept) {
      table.features = alignFeatures(model, table.data);
      const { rowCount } = table.data;
      const first = computeMargins(prepared, table.data, table.features);
      for (let group = 0; group < model.groupCount; group++) {
        table.margins.set(first.subarray(group * rowCount, (group + 1) * rowCount), group * table.stride);
      }
      if (table.source === "ranks") this.#rank(table);
    }
  }

  /**
   * Adds trees to the margins of tables: per tree and row one float32 addition of fround(leafValue * weight),
   * in the order of trees. With a weight of 1 these are the additions of prediction, so margins that started
   * from a model and got its next trees are those of the larger model, bit for bit. A negative weight takes
   * trees away again: what is subtracted is exactly what the positive weight added, but each of the two
   * additions rounds, so that a margin comes back only up to half a unit in the last place of either sum.
   * Whoever wants it exact starts anew.
   *
   * The training table's rows must still be there (`consumeData`) if it is among the tables.
   *
   * @param treeGroup the group of each tree
   * @param tables all by default
   */
  add(
    trees: readonly Tree[],
    treeGroup: Int32Array,
    { weight = 1, tables = this.#kept }: { weight?: number; tables?: readonly MarginTable[] } = {},
  ): void {
    const kept = this.#kept.filter((table) => tables.includes(table));
    if (kept.length === 0 || trees.length === 0) return;
    const weights = weight === 1 ? null : new Float32Array(trees.length).fill(weight);
    const forest = flattenTrees(trees, treeGroup, weights);
    const ranked = kept.filter(({ source }) => source === "ranks");
    const encoded = ranked.length > 0 ? this.#encode(forest, trees) : null;
    for (const table of kept) {
      if (table.source === "ranks" && encoded !== null) continue;
      addForestMargins(forest, table.features, table.margins, table.stride);
    }
    if (encoded !== null) this.#addEncoded(encoded, treeGroup, ranked);
  }

  /** Computes the predictions of the evaluated tables from their margins. */
  transform(): void {
    if (this.#tasks === undefined) return;
    const tables = this.#memory!.tables.map(({ rowCount }, number) => ({ number, rowCount }));
    this.#runOverRows(tables, "transform", (rows, task) => this.#tasks!.write("transform", task, rows));
  }

  #rank({ number, features }: KeptTable): void {
    const { block } = this.#memory!.tables[number];
    const { rowCount, featureCount } = features;
    const width = this.#memory!.shape.featureCount;
    const scratch = new Float32Array(Math.min(block.rowCount, rowCount) * featureCount);
    for (let begin = 0; begin < rowCount; begin += block.rowCount) {
      const end = Math.min(begin + block.rowCount, rowCount);
      const values = features.readRows(begin, end, scratch);
      if (featureCount === width) block.values.set(values);
      else widen(values, featureCount, block.values, width);
      let count = 0;
      for (let at = begin; at < end; at += BLOCK_ROWS) {
        const rows = { table: number, rowBegin: at, rowEnd: Math.min(at + BLOCK_ROWS, end) };
        this.#tasks!.write("rank", count++, { ...rows, blockRow: at - begin });
      }
      this.#executor.run("rank", count);
    }
  }

  /** Null when ranks cannot express a split, or a tree is too large. */
  #encode(forest: Forest, trees: readonly Tree[]): EncodedTree[] | null {
    const encoded: EncodedTree[] = [];
    for (const [t, { nodeCount }] of trees.entries()) {
      const isDeep = forest.depths[t] > MAX_DEPTH;
      if (isDeep && nodeCount > this.#memory!.shape.nodeCapacity) return null;
      const tree = isDeep
        ? encodeDeepTree(forest, t, nodeCount, this.#encoder!)
        : encodeTree(forest, t, this.#encoder!);
      if (tree === null || (!isDeep && tree.nodes.includes(-1))) return null;
      encoded.push(tree);
    }
    return encoded;
  }

  /** Hands the trees to the members, as many at once as there is room for. */
  #addEncoded(trees: readonly EncodedTree[], treeGroup: Int32Array, tables: readonly KeptTable[]): void {
    const { treeCapacity } = this.#memory!.shape;
    const sizes = tables.map(({ number, data }) => ({ number, rowCount: data.rowCount }));
    for (let begin = 0; begin < trees.length; begin += treeCapacity) {
      const batch = trees.slice(begin, begin + treeCapacity);
      this.#writeTrees(batch, treeGroup.subarray(begin));
      const treeCount = batch.length;
      this.#runOverRows(sizes, "add", (rows, task) =>
        this.#tasks!.write("add", task, { ...rows, treeCount }),
      );
    }
  }

  #writeTrees(trees: readonly EncodedTree[], treeGroup: Int32Array): void {
    const { treeInts, treeStride, treeWords, treeValues } = this.#memory!;
    trees.forEach(({ depth, nodes, values }, i) => {
      const ints = i * TREE_INTS;
      treeInts[ints + treeInt.depth] = depth;
      treeInts[ints + treeInt.group] = treeGroup[i];
      treeInts[ints + treeInt.value] = nodes.length;
      treeWords.set(nodes, i * treeStride);
      treeValues.set(values, i * treeStride + nodes.length);
    });
  }

  /** Runs one task per range of rows of some tables. */
  #runOverRows(
    tables: readonly { readonly number: number; readonly rowCount: number }[],
    phase: MarginPhase,
    write: (rows: { table: number; rowBegin: number; rowEnd: number }, task: number) => void,
  ): void {
    let count = 0;
    for (const { number, rowCount } of tables) {
      for (let rowBegin = 0; rowBegin < rowCount; rowBegin += TASK_ROWS) {
        write({ table: number, rowBegin, rowEnd: Math.min(rowBegin + TASK_ROWS, rowCount) }, count++);
      }
    }
    this.#executor.run(phase, count);
  }
}

/** Copies rows into wider ones, the rest of which is missing. */
function widen(values: Float32Array, width: number, target: Float32Array, targetWidth: number): void {
  const count = values.length / width;
  target.fill(NaN, 0, count * targetWidth);
  for (let row = 0; row < count; row++) {
    target.set(values.subarray(row * width, (row + 1) * width), row * targetWidth);
  }
}
