// Sketching the columns of a table by several members: each keeps the sketches of its own features and adds
// the rows of one block after another, so every sketch sees its values in row order.

import type { Arena } from "../core/arena.ts";
import type { Executor, Member } from "../core/executor.ts";
import { type Cuts, codeCuts, joinCuts, numericCuts } from "./cuts.ts";
import type { DMatrix } from "./dmatrix.ts";
import { QuantileSketch } from "./sketch.ts";

export type SketchPhase = "add" | "finish";
export const sketchPhases: readonly SketchPhase[] = ["add", "finish"];

/** What members need to know; plain data. */
export interface SketchShape {
  readonly memberCount: number;
  readonly maxBin: number;
  /** Present values per feature. */
  readonly counts: Uint32Array;
  readonly isCategorical: Uint8Array;
  /** Rows that fit into the shared block. */
  readonly blockRows: number;
}

/** What members share. */
export interface SketchMemory {
  readonly shape: SketchShape;
  /** [blockRows × featureCount] row-major. */
  readonly block: Float32Array;
  readonly weight: Float32Array;
  /** How many rows of the block are to be added. */
  readonly rowCount: Int32Array;
  /** Feature f's cuts begin at f * maxBin. */
  readonly cuts: Float32Array;
  /** Cuts per feature; of a categorical one, its codes. */
  readonly cutCounts: Uint32Array;
}

export function placeSketchMemory(arena: Arena, shape: SketchShape): SketchMemory {
  const { counts, maxBin, blockRows } = shape;
  const featureCount = counts.length;
  return {
    shape,
    block: arena.f32(blockRows * featureCount),
    weight: arena.f32(blockRows),
    rowCount: arena.i32(1),
    cuts: arena.f32(featureCount * maxBin),
    cutCounts: arena.u32(featureCount),
  };
}

export class SketchMember implements Member<SketchPhase> {
  readonly #memory: SketchMemory;
  readonly #own: readonly { readonly feature: number; readonly sketch: QuantileSketch | undefined }[];

  constructor(member: number, memory: SketchMemory) {
    const { counts, isCategorical, memberCount, maxBin } = memory.shape;
    this.#memory = memory;
    this.#own = Array.from(counts, (count, feature) => ({ feature, count }))
      .filter(({ feature }) => feature % memberCount === member)
      .map(({ feature, count }) => ({
        feature,
        sketch: isCategorical[feature] ? undefined : new QuantileSketch(count, maxBin),
      }));
  }

  run(phase: SketchPhase): void {
    if (phase === "add") this.#addBlock();
    else this.#finish();
  }

  #addBlock(): void {
    const { block, weight, rowCount, cutCounts, shape } = this.#memory;
    const width = shape.counts.length;
    for (const { feature, sketch } of this.#own) {
      for (let row = 0, k = feature; row < rowCount[0]; row++, k += width) {
        const value = block[k];
        if (value !== value) continue;
        if (sketch) sketch.push(value, weight[row]);
        else cutCounts[feature] = Math.max(cutCounts[feature], Math.trunc(value) + 1);
      }
    }
  }

  #finish(): void {
    const { cuts, cutCounts, shape } = this.#memory;
    const { maxBin } = shape;
    for (const { feature, sketch } of this.#own) {
      if (sketch === undefined) continue;
      const own = numericCuts(sketch.finish(), maxBin);
      cuts.set(own, feature * maxBin);
      cutCounts[feature] = own.length;
    }
  }
}

/** Runs the blocks of a table through the members' sketches; the same cuts as `buildCuts`. */
export function sketchTogether(data: DMatrix, memory: SketchMemory, executor: Executor<SketchPhase>): Cuts {
  const { features, rowCount, weight } = data;
  const { blockRows, maxBin, isCategorical } = memory.shape;
  const scratch = new Float32Array(memory.block.length);
  memory.weight.fill(1);
  for (let begin = 0; begin < rowCount; begin += blockRows) {
    const end = Math.min(begin + blockRows, rowCount);
    memory.block.set(features.readRows(begin, end, scratch));
    if (weight) memory.weight.set(weight.subarray(begin, end));
    memory.rowCount[0] = end - begin;
    executor.runEach("add");
  }
  executor.runEach("finish");
  const lists = Array.from(memory.cutCounts, (count, f) =>
    isCategorical[f] ? codeCuts(Math.max(0, count - 1)) : memory.cuts.slice(f * maxBin, f * maxBin + count),
  );
  return joinCuts(lists, isCategorical);
}
