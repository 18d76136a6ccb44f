// What one member of a team does for evaluation sets: ranks their rows once, and after each round adds the
// new trees to the margins of a range of rows and turns those into what metrics see. Rows do not depend on
// each other, so it does not matter who takes which.

import type { Member } from "../../core/executor.ts";
import { evaluationTransform, isEvaluatedBySoftmax } from "../../objective/transform.ts";
import { BLOCK_ROWS, RowRanker } from "../predict/rank-columns.ts";
import { createRankedTreeKernel, type RankedPlaces, type RankedTreeKernel } from "../predict/ranked-tree.ts";
import { createSoftmaxKernel, LEAST_ROWS, type SoftmaxKernel } from "../predict/softmax-kernel.ts";
import type { WasmMemory } from "../wasm/wasm-memory.ts";
import { type EvaluationMemory, type EvaluationShape, workField } from "./evaluation-memory.ts";

export type EvaluationPhase = "rank" | "score";
export const evaluationPhases: readonly EvaluationPhase[] = ["rank", "score"];

/** Rows of a task of "score"; whole blocks. */
const TASK_ROWS = 16 * BLOCK_ROWS;

/** How many tasks "score" has: those of the first set come first. */
export function countScoreTasks({ sets }: EvaluationShape): number {
  return sets.reduce((sum, { rowCount }) => sum + Math.ceil(rowCount / TASK_ROWS), 0);
}

export class EvaluationMember implements Member<EvaluationPhase> {
  readonly #shape: EvaluationShape;
  readonly #memory: EvaluationMemory;
  readonly #trainingMargins: Float32Array;
  readonly #addTree: RankedTreeKernel;
  /** Where the objective wants it and WebAssembly can be had. */
  readonly #softmax: SoftmaxKernel | undefined;
  #ranker: RowRanker | undefined;
  /** Room for the margins of a task's rows. */
  #space = new Float32Array(0);

  /**
   * @param member the number of this one
   * @param trainingMargins those of the training table, [groupCount × rowCount] group-major
   * @param wasm the memory that everything lies in, where WebAssembly is to be used
   */
  constructor(
    member: number,
    shape: EvaluationShape,
    memory: EvaluationMemory,
    trainingMargins: Float32Array,
    wasm: WasmMemory | undefined,
  ) {
    this.#shape = shape;
    this.#memory = memory;
    this.#trainingMargins = trainingMargins;
    this.#addTree = createRankedTreeKernel(wasm);
    const { powers, constants } = memory;
    const { groupCount, objectiveName } = shape;
    if (wasm !== undefined && isEvaluatedBySoftmax(objectiveName)) {
      const own = powers.subarray(4 * groupCount * member, 4 * groupCount * (member + 1));
      this.#softmax = createSoftmaxKernel(wasm, groupCount, own, constants);
    }
  }

  run(phase: EvaluationPhase, task: number): void {
    if (phase === "rank") this.#rankBlock(task);
    else this.#score(task);
  }

  /** Ranks the task-th block of the rows that are passing through. */
  #rankBlock(task: number): void {
    const { work, sets } = this.#memory;
    const { featureCount, columns } = this.#shape;
    const { ranks, block } = sets[work[workField.set]];
    const begin = task * BLOCK_ROWS;
    const count = Math.min(BLOCK_ROWS, work[workField.rowCount] - begin);
    const at = (work[workField.rowBegin] + begin) * columns.features.length;
    this.#ranker ??= new RowRanker(columns);
    this.#ranker.rankBlock(block, featureCount, begin, count, ranks, at);
  }

  #score(task: number): void {
    const { sets, work } = this.#memory;
    let set = 0;
    for (; task * TASK_ROWS >= sets[set].rowCount; set++) task -= Math.ceil(sets[set].rowCount / TASK_ROWS);
    const begin = task * TASK_ROWS;
    const end = Math.min(begin + TASK_ROWS, sets[set].rowCount);
    if (sets[set].source === "ranks") this.#addTrees(set, begin, end);
    if (work[workField.isLast]) this.#transform(set, begin, end);
  }

  /** XGBoost parity: one float32 addition per tree, in the order of trees. */
  #addTrees(set: number, begin: number, end: number): void {
    const { sets, work, treeInts, nodes, values } = this.#memory;
    const { ranks, margins, stride } = sets[set];
    const arrays = { nodes, values, ranks, margins };
    const { nodeCapacity } = this.#shape;
    const places: RankedPlaces = { depth: 0, node: 0, value: 0, block: 0, margin: 0, rowCount: 0 };
    for (let row = begin; row < end; row += BLOCK_ROWS) {
      places.rowCount = Math.min(BLOCK_ROWS, end - row);
      places.block = row * this.#shape.columns.features.length;
      for (let tree = 0; tree < work[workField.treeCount]; tree++) {
        places.depth = treeInts[2 * tree];
        places.value = tree * nodeCapacity;
        places.node = 2 * places.value;
        places.margin = treeInts[2 * tree + 1] * stride + row;
        this.#addTree(arrays, places);
      }
    }
  }

  #transform(set: number, begin: number, end: number): void {
    const { groupCount, objectiveName } = this.#shape;
    const { source, predictions, rowCount } = this.#memory.sets[set];
    const isTraining = source === "training";
    const margins = isTraining ? this.#trainingMargins : this.#memory.sets[set].margins;
    const stride = isTraining ? rowCount : this.#memory.sets[set].stride;
    const count = end - begin;
    // The training table's margins lie in another memory.
    if (this.#softmax !== undefined && !isTraining && count >= LEAST_ROWS) {
      const target = { array: predictions, begin, stride: rowCount };
      this.#softmax({ array: margins, begin, stride }, target, count);
      return;
    }
    if (this.#space.length < groupCount * count) this.#space = new Float32Array(groupCount * TASK_ROWS);
    const space = this.#space.subarray(0, groupCount * count);
    for (let group = 0; group < groupCount; group++) {
      const from = group * stride;
      space.set(margins.subarray(from + begin, from + end), group * count);
    }
    evaluationTransform(objectiveName, space, groupCount, count);
    for (let group = 0; group < groupCount; group++) {
      predictions.set(space.subarray(group * count, (group + 1) * count), group * rowCount + begin);
    }
  }
}
