// What one member of a team does for the margins of tables: ranks their rows once, adds trees to the margins
// of a range of rows and turns those into what metrics see. Rows do not depend on each other, so it does not
// matter who takes which.

import type { Member } from "../../core/executor.ts";
import { Tasks } from "../../core/tasks.ts";
import { evaluationTransform, isEvaluatedBySoftmax } from "../../objective/transform.ts";
import type { WasmMemory } from "../wasm/wasm-memory.ts";
import { type MarginMemory, TREE_INTS, treeInt } from "./margin-memory.ts";
import { type MarginPhase, type MarginTask, marginTasks } from "./margin-tasks.ts";
import { BLOCK_ROWS, RowRanker } from "./rank-columns.ts";
import { createRankedTreeKernel, type RankedPlaces, type RankedTreeKernel } from "./ranked-tree.ts";
import { createSoftmaxKernel, LEAST_ROWS, SOFTMAX_WORDS, type SoftmaxKernel } from "./softmax-kernel.ts";

export class MarginMember implements Member<MarginPhase> {
  readonly #memory: MarginMemory;
  readonly #tasks: Tasks<typeof marginTasks>;
  readonly #addTree: RankedTreeKernel;
  /** Where the objective wants it and WebAssembly can be had. */
  readonly #softmax: SoftmaxKernel | undefined;
  #ranker: RowRanker | undefined;
  /** Room for the margins of a task's rows. */
  #space = new Float32Array(0);

  /**
   * @param member the number of this one
   * @param wasm the memory that everything lies in, where WebAssembly is to be used
   */
  constructor(member: number, memory: MarginMemory, wasm: WasmMemory | undefined) {
    this.#memory = memory;
    this.#tasks = new Tasks(marginTasks, memory.tasks);
    this.#addTree = createRankedTreeKernel(wasm);
    const { groupCount, objectiveName } = memory.shape;
    if (wasm === undefined || !isEvaluatedBySoftmax(objectiveName)) return;
    const powers = memory.powers.subarray(4 * groupCount * member, 4 * groupCount * (member + 1));
    const job = memory.softmaxJobs.subarray(SOFTMAX_WORDS * member, SOFTMAX_WORDS * (member + 1));
    this.#softmax = createSoftmaxKernel(wasm, groupCount, { powers, job }, memory.constants);
  }

  run(phase: MarginPhase, task: number): void {
    if (phase === "rank") this.#rank(this.#tasks.read(phase, task));
    else if (phase === "add") this.#addTrees(this.#tasks.read(phase, task));
    else this.#transform(this.#tasks.read(phase, task));
  }

  #rank({ table, rowBegin, rowEnd, blockRow }: MarginTask<"rank">): void {
    const { tables, shape } = this.#memory;
    const { ranks, block } = tables[table];
    const { featureCount, columns } = shape;
    const width = columns.features.length;
    const values = block.values.subarray(
      blockRow * featureCount,
      (blockRow + rowEnd - rowBegin) * featureCount,
    );
    this.#ranker ??= new RowRanker(columns);
    this.#ranker.rankBlock(values, featureCount, ranks.subarray(rowBegin * width));
  }

  /** XGBoost parity: one float32 addition per tree, in the order of trees. */
  #addTrees({ table, rowBegin, rowEnd, treeCount }: MarginTask<"add">): void {
    const { tables, shape, treeInts, treeStride, treeWords, treeValues } = this.#memory;
    const { ranks, margins, stride } = tables[table];
    const arrays = { words: treeWords, values: treeValues, ranks, margins };
    const places: RankedPlaces = { depth: 0, node: 0, value: 0, block: 0, margin: 0, rowCount: 0 };
    for (let row = rowBegin; row < rowEnd; row += BLOCK_ROWS) {
      places.rowCount = Math.min(BLOCK_ROWS, rowEnd - row);
      places.block = row * shape.columns.features.length;
      for (let tree = 0; tree < treeCount; tree++) {
        const ints = tree * TREE_INTS;
        places.depth = treeInts[ints + treeInt.depth];
        places.node = tree * treeStride;
        places.value = places.node + treeInts[ints + treeInt.value];
        places.margin = treeInts[ints + treeInt.group] * stride + row;
        this.#addTree(arrays, places);
      }
    }
  }

  #transform({ table, rowBegin, rowEnd }: MarginTask<"transform">): void {
    const { groupCount, objectiveName } = this.#memory.shape;
    const { source, margins, predictions, rowCount, stride } = this.#memory.tables[table];
    const count = rowEnd - rowBegin;
    // The training table's margins lie in another memory.
    if (this.#softmax !== undefined && source !== "training" && count >= LEAST_ROWS) {
      const target = { array: predictions, begin: rowBegin, stride: rowCount };
      this.#softmax({ array: margins, begin: rowBegin, stride }, target, count);
      return;
    }
    if (this.#space.length < groupCount * count) this.#space = new Float32Array(groupCount * count);
    const space = this.#space.subarray(0, groupCount * count);
    for (let group = 0; group < groupCount; group++) {
      const from = group * stride;
      space.set(margins.subarray(from + rowBegin, from + rowEnd), group * count);
    }
    evaluationTransform(objectiveName, space, groupCount, count);
    for (let group = 0; group < groupCount; group++) {
      predictions.set(space.subarray(group * count, (group + 1) * count), group * rowCount + rowBegin);
    }
  }
}
