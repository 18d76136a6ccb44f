// Binning the rows of a table by all members: blocks of values pass through the memory to them.

import { fillBins } from "../../data/binned-matrix.ts";
import type { Features } from "../../data/features.ts";
import type { GrowMemory } from "../../kernel/grow/grow-memory.ts";
import type { TaskList } from "./task-list.ts";

/** Ranges of a block for each member. */
const RANGES_PER_MEMBER = 4;

/** Bins all rows; the memory must be zeroed. */
export function fillBinsTogether(memory: GrowMemory, features: Features, tasks: TaskList): void {
  const { matrix, block } = memory;
  const { rowCount } = matrix;
  // What is bins already needs no search.
  const isQuick = features.isSparse || features.cuts !== undefined;
  if (tasks.memberCount === 1 || isQuick || block.rowCount < tasks.memberCount) {
    fillBins(matrix, features, 0, rowCount);
    return;
  }
  const scratch = new Float32Array(block.values.length);
  const step = Math.ceil(block.rowCount / tasks.memberCount / RANGES_PER_MEMBER);
  for (let begin = 0; begin < rowCount; begin += block.rowCount) {
    const end = Math.min(begin + block.rowCount, rowCount);
    block.values.set(features.readRows(begin, end, scratch));
    for (let at = begin; at < end; at += step) {
      tasks.add("fill", { rowBegin: at, rowEnd: Math.min(at + step, end), blockRow: at - begin });
    }
    tasks.run("fill");
  }
}
