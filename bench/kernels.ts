// `npm run bench -- kernels`, or `npm run bench:kernels [-- FILE]`: nanoseconds per elementary step of each kernel in both implementations, on a
// table the shape of Covertype after bundling (12 columns, 7 groups). One step of a histogram is a row
// and column, of the gradients a row and group, of the others a row; of addRankedTree, which evaluates a
// perfect tree of six levels, a row too. Kept in bench/results/kernels.json.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Bench } from "tinybench";
import { Arena, measureArena } from "../src/core/arena.ts";
import { solo } from "../src/core/collective.ts";
import { uniform } from "../src/core/random.ts";
import { fillBins, planBins } from "../src/data/binned-matrix.ts";
import { buildCuts } from "../src/data/cuts.ts";
import { DMatrix } from "../src/data/dmatrix.ts";
import { createGrowKernels } from "../src/kernel/grow/create-kernels.ts";
import type { GrowKernels } from "../src/kernel/grow/grow-kernels.ts";
import { type GrowMemory, placeGrowMemory } from "../src/kernel/grow/grow-memory.ts";
import { BLOCK_ROWS } from "../src/kernel/margins/rank-columns.ts";
import { createRankedTreeKernel, type RankedPlaces } from "../src/kernel/margins/ranked-tree.ts";
import { allocateKernelMemory } from "../src/kernel/wasm/kernel-memory.ts";
import { createObjective } from "../src/objective/registry.ts";
import { resolveTrainParameters } from "../src/training/parameters.ts";
import { planGrowShape } from "../src/tree/backend/plan-memory.ts";
import { rootFolder } from "../test/machine.ts";
import { describeMachine } from "./result.ts";
import { makeClasses } from "./tables/generated.ts";

const ROWS = 100_000;
const COLUMNS = 12;
const GROUPS = 7;

interface Subject {
  readonly grow: GrowMemory;
  readonly kernels: GrowKernels;
}

const { label, values } = makeClasses(ROWS, GROUPS, COLUMNS);
const data = DMatrix.fromDense(values as Float32Array, { rowCount: ROWS, featureCount: COLUMNS, label });
const cuts = buildCuts(data, 255);
const parameters = { objective: "multi:softprob", numClass: GROUPS };
const resolved = resolveTrainParameters(parameters, data);
const objective = createObjective("multi:softprob", resolved.all);

/** Memory and kernels as training has them, every row in its first place. */
async function prepare(choice: "typescript" | "webassembly"): Promise<Subject> {
  const layout = await planBins(data, cuts, true, solo);
  const needs = { layout, groupCount: GROUPS, memberCount: 1, hasWeights: false };
  const shape = planGrowShape(needs, resolved.tree);
  const sizeBytes = measureArena((arena) => placeGrowMemory(arena, shape));
  const memory = allocateKernelMemory(sizeBytes, false, choice);
  const grow = placeGrowMemory(new Arena(memory.buffer), shape);
  fillBins(grow.matrix, data.features, 0, ROWS);
  grow.label.set(label);
  for (let g = 0; g < GROUPS; g++) for (let row = 0; row < ROWS; row++) grow.rows[g * ROWS + row] = row;
  grow.splitTables.forEach((_, bin, table) => {
    table[bin] = bin % 3 === 0 ? 1 : 0;
  });
  return { grow, kernels: createGrowKernels(grow, memory, 0) };
}

const bench = new Bench({ time: 500 });
const steps = new Map<string, number>();

function add(name: string, stepCount: number, run: () => void): void {
  steps.set(name, stepCount);
  bench.add(name, run);
}

for (const choice of ["typescript", "webassembly"] as const) {
  const { grow, kernels } = await prepare(choice);
  const computeGradients = (): void => {
    if (!kernels.computeGradients(objective.gradientKernel, 0, ROWS)) {
      objective.computeGradients(
        grow.margins,
        { rowCount: ROWS, label: grow.label },
        0,
        ROWS,
        grow.gradients,
      );
    }
  };
  add(`${choice}: computeGradients`, ROWS * GROUPS, computeGradients);
  add(`${choice}: addRowRange`, ROWS * COLUMNS, () => kernels.addRowRange(0, 0, ROWS, 1));
  add(`${choice}: addRows`, ROWS * COLUMNS, () => kernels.addRows(0, 0, ROWS, 1));
  add(`${choice}: subtractHistogram`, grow.matrix.slotCount, () => kernels.subtractHistogram(1, 2));
  // Partitioning a whole column again and again: after the first time its rows are in order of their side.
  add(`${choice}: partitionRows`, ROWS, () => kernels.partitionRows(1, 0, ROWS, 0));
  add(`${choice}: addToMargins`, ROWS, () => kernels.addToMargins(2, 0, ROWS, 0));
  add(`${choice}: addRankedTree`, ROWS, rankedTree(choice));
}

/** Evaluates one tree of random nodes on random ranks of all rows. */
function rankedTree(choice: "typescript" | "webassembly"): () => void {
  const depth = 6;
  const blocks = Math.ceil(ROWS / BLOCK_ROWS);
  const place = (arena: Arena) => ({
    words: arena.i32(2 ** (depth + 1) - 1),
    ranks: arena.u8(blocks * BLOCK_ROWS * COLUMNS),
    margins: arena.f32(blocks * BLOCK_ROWS),
  });
  const memory = allocateKernelMemory(measureArena(place), false, choice);
  const { words, ranks, margins } = place(new Arena(memory.buffer));
  const nodeCount = 2 ** depth - 1;
  words.subarray(0, nodeCount).forEach((_, i) => {
    words[i] = (Math.floor(COLUMNS * uniform(1, i, 0, 0, 0)) << 8) | (256 * uniform(1, i, 1, 0, 0));
  });
  for (let i = 0; i < ranks.length; i++) ranks[i] = 256 * uniform(2, i, 0, 0, 0);
  const signed = new Int8Array(ranks.buffer, ranks.byteOffset, ranks.length);
  const values = new Float32Array(words.buffer, words.byteOffset, words.length);
  const arrays = { words, values, ranks: signed, margins };
  const addTree = createRankedTreeKernel(memory.wasm);
  return () => {
    const places: RankedPlaces = {
      depth,
      node: 0,
      value: nodeCount,
      block: 0,
      margin: 0,
      rowCount: BLOCK_ROWS,
    };
    for (let block = 0; block < blocks; block++) {
      places.block = block * BLOCK_ROWS * COLUMNS;
      places.margin = block * BLOCK_ROWS;
      addTree(arrays, places);
    }
  };
}

await bench.run();
const results = bench.tasks.map(({ name, result }) => ({
  kernel: name,
  nanosecondsPerStep: result.state === "completed" ? nanoseconds(name, result.latency.p50) : null,
}));
console.table(results);
const kept = { rows: ROWS, columns: COLUMNS, groups: GROUPS, machine: describeMachine(), results };
const path = process.argv[2] ?? join(rootFolder, "bench/results/kernels.json");
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, `${JSON.stringify(kept, null, 1)}\n`);

/** @param milliseconds of one run */
function nanoseconds(name: string, milliseconds: number): number {
  return Number(((milliseconds * 1e6) / (steps.get(name) ?? 1)).toFixed(3));
}
