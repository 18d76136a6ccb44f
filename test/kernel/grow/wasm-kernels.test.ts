// Every WebAssembly kernel against its TypeScript twin, byte for byte, on the same random memory.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Arena, measureArena } from "../../../src/core/arena.ts";
import { solo } from "../../../src/core/collective.ts";
import { uniform } from "../../../src/core/random.ts";
import { fillBins, planBins } from "../../../src/data/binned-matrix.ts";
import { buildCuts } from "../../../src/data/cuts.ts";
import { DMatrix } from "../../../src/data/dmatrix.ts";
import { createGrowKernels } from "../../../src/kernel/grow/create-kernels.ts";
import { raiseMaxima } from "../../../src/kernel/grow/gradient.ts";
import type { GrowKernels } from "../../../src/kernel/grow/grow-kernels.ts";
import { type GrowMemory, placeGrowMemory, searchField } from "../../../src/kernel/grow/grow-memory.ts";
import { allocateKernelMemory, type KernelChoice } from "../../../src/kernel/wasm/kernel-memory.ts";
import { createObjective } from "../../../src/objective/registry.ts";
import { resolveTrainParameters } from "../../../src/training/parameters.ts";
import { planGrowShape } from "../../../src/tree/backend/plan-memory.ts";
import { GainEvaluator } from "../../../src/tree/gain.ts";
import { findNumericSplit, Split } from "../../../src/tree/split.ts";

const seed = 128;
const GROUPS = 3;

interface Twin {
  readonly memory: GrowMemory;
  readonly kernels: GrowKernels;
}

const cases = fc.record({
  key: fc.nat(1e6),
  rowCount: fc.integer({ min: 4, max: 700 }),
  featureCount: fc.constantFrom(1, 3, 70),
  /** Bins of one, two and (never needed by hand) four bytes. */
  maxBin: fc.constantFrom(8, 256, 600),
  isWeighted: fc.boolean(),
  /** The share of values that a sparse table holds; undefined for a dense one. */
  density: fc.constantFrom(undefined, 0.02, 0.2),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

async function makeTwins(chosen: Case): Promise<[Twin, Twin]> {
  const { key, rowCount, featureCount, maxBin, isWeighted, density } = chosen;
  const draw = (purpose: number, i: number) => uniform(seed, key, purpose, 0, i);
  const values = Float32Array.from({ length: rowCount * featureCount }, (_, i) =>
    i >= featureCount && draw(1, i) < 1 - (density ?? 0.9) ? Number.NaN : draw(2, i),
  );
  const data =
    density === undefined
      ? DMatrix.fromDense(values, { rowCount, featureCount })
      : sparseTable(values, rowCount, featureCount);
  const layout = await planBins(data, buildCuts(data, maxBin), true, solo);
  const { tree } = resolveTrainParameters({}, data);
  const make = (choice: KernelChoice): Twin => {
    const needs = { layout, groupCount: GROUPS, memberCount: 1, hasWeights: isWeighted };
    const shape = planGrowShape(needs, tree);
    const sizeBytes = measureArena((arena) => placeGrowMemory(arena, shape));
    const kernelMemory = allocateKernelMemory(sizeBytes, false, choice);
    const memory = placeGrowMemory(new Arena(kernelMemory.buffer), shape);
    fillBins(memory.matrix, data.features, 0, rowCount);
    memory.label.forEach((_, row, label) => {
      label[row] = Math.floor(draw(3, row) * GROUPS);
    });
    memory.weight.forEach((_, row, weight) => {
      weight[row] = draw(4, row) * 2;
    });
    memory.margins.forEach((_, i, margins) => {
      // Some far apart, where exponentials vanish.
      margins[i] = (draw(5, i) - 0.5) * (draw(6, i) < 0.1 ? 400 : 6);
    });
    memory.gradients.forEach((_, i, gradients) => {
      gradients[i] = i % 2 === 0 ? draw(7, i) - 0.5 : draw(7, i) * (draw(8, i) < 0.2 ? 1e-14 : 1);
    });
    // The rows of each group in an order of their own.
    for (let group = 0; group < GROUPS; group++) {
      const order = Array.from({ length: rowCount }, (_, row) => row);
      order.sort((a, b) => draw(9 + group, a) - draw(9 + group, b));
      memory.rows.set(order, group * rowCount);
    }
    memory.splitTables.forEach((_, bin, table) => {
      table[bin] = draw(20, bin) < 0.6 ? 1 : 0;
    });
    return { memory, kernels: createGrowKernels(memory, kernelMemory, 0) };
  };
  return [make("typescript"), make("webassembly")];
}

function sparseTable(values: Float32Array, rowCount: number, featureCount: number): DMatrix {
  const present = Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]));
  const offsets = Array.from(
    { length: rowCount + 1 },
    (_, row) => present.filter((i) => i < row * featureCount).length,
  );
  const indices = present.map((i) => i % featureCount);
  return DMatrix.fromCSR(
    offsets,
    indices,
    present.map((i) => values[i]),
    { featureCount },
  );
}

/** Checks that `work` leaves the same bytes and results in both memories. */
function checkTwins(
  work: (twin: Twin, chosen: Case) => unknown,
  changed: (memory: GrowMemory) => ArrayLike<number>,
): Promise<void> {
  const property = fc.asyncProperty(cases, async (chosen) => {
    const [plain, wasm] = await makeTwins(chosen);
    expect(work(wasm, chosen)).toEqual(work(plain, chosen));
    expect(changed(wasm.memory)).toEqual(changed(plain.memory));
  });
  return fc.assert(property, { seed, numRuns: 60 });
}

describe(`WebAssembly kernels (seed ${seed})`, () => {
  test("add the rows of a node to its histogram as their twin does", () =>
    checkTwins(
      ({ kernels }, { rowCount }) => {
        kernels.addRows(1, 1, rowCount, 1);
        kernels.addRows(2, 0, Math.floor(rowCount / 2), 1);
        kernels.addRows(0, 2, 2, 1);
      },
      ({ histograms, matrix }) => histograms.slice(0, 3 * 2 * matrix.slotCount),
    ));

  test("add ranges of the table, other histograms and subtract them as their twins do", () =>
    checkTwins(
      ({ kernels }, { rowCount }) => {
        kernels.addRowRange(0, 0, rowCount, 1);
        kernels.addRowRange(2, 1, rowCount - 1, 2);
        kernels.addHistogram(1, 2);
        kernels.subtractHistogram(2, 1);
      },
      ({ histograms, matrix }) => histograms.slice(0, 3 * 2 * matrix.slotCount),
    ));

  test("partition and separate rows as their twins do", () =>
    checkTwins(
      ({ kernels, memory }, { rowCount }) => {
        const last = memory.matrix.columnCount - 1;
        const middle = kernels.partitionRows(0, 1, rowCount, 0);
        const leftCount = kernels.separateRows(2, 0, rowCount - 1, last);
        return [middle, leftCount, memory.scratch.slice(2 * rowCount, 3 * rowCount - 1)];
      },
      ({ rows }) => rows,
    ));

  test("join separated rows as their twin does", () =>
    checkTwins(
      ({ kernels }, { rowCount }) => {
        const leftCount = kernels.separateRows(1, 1, rowCount, 0);
        const rows = { group: 1, rowBegin: 1, rowEnd: rowCount };
        kernels.joinRows({ ...rows, leftCount, left: 1, right: 1 + leftCount });
        return leftCount;
      },
      ({ rows }) => rows,
    ));

  test("compute gradients of softmax as the objective does, in any range", () =>
    checkTwins(
      ({ kernels, memory }, { rowCount, isWeighted }) => {
        const objective = createObjective("multi:softprob", { numClass: GROUPS });
        const labels = { rowCount, label: memory.label, weight: isWeighted ? memory.weight : undefined };
        for (const [begin, end] of [
          [0, Math.min(5, rowCount)],
          [Math.min(5, rowCount), rowCount],
        ]) {
          if (kernels.computeGradients(objective.gradientKernel, begin, end)) continue;
          objective.computeGradients(memory.margins, labels, begin, end, memory.gradients);
        }
        // The kernel raises the maxima itself; they hold for all rows.
        const maxima = new Float64Array(2);
        raiseMaxima(memory.gradients, maxima);
        return maxima;
      },
      ({ gradients }) => gradients,
    ));

  test("raise the member's maxima to those of the gradients", async () => {
    const property = fc.asyncProperty(cases, async (chosen) => {
      const [, { kernels, memory }] = await makeTwins(chosen);
      kernels.computeGradients({ kind: "softmax" }, 0, chosen.rowCount);
      const maxima = new Float64Array(2);
      raiseMaxima(memory.gradients, maxima);
      expect(memory.maxima.slice(0, 2)).toEqual(maxima);
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test("compute gradients of the logistic loss as the objective does", () =>
    checkTwins(
      ({ kernels, memory }, { rowCount, isWeighted }) => {
        const objective = createObjective("binary:logistic", { scalePosWeight: 1.7 });
        const labels = { rowCount, label: memory.label, weight: isWeighted ? memory.weight : undefined };
        if (!kernels.computeGradients(objective.gradientKernel, 0, rowCount)) {
          objective.computeGradients(memory.margins, labels, 0, rowCount, memory.gradients);
        }
      },
      ({ gradients }) => gradients,
    ));

  test("measure and round gradients as their twins do", () =>
    checkTwins(
      ({ kernels, memory }, { rowCount }) => {
        for (let group = 0; group < GROUPS; group++) {
          memory.magic.set([1.5 * 2 ** (20 + group), 1.5 * 2 ** 14], 2 * group);
          kernels.measureGradients(group, 1, rowCount);
        }
        const measured = [memory.groupSums.slice(), memory.magnitudes.slice()];
        for (let group = 0; group < GROUPS; group++) kernels.roundGradients(group, 0, rowCount);
        return [measured, memory.groupSums.slice()];
      },
      ({ gradients }) => gradients,
    ));

  test("number rows as their twin does", () =>
    checkTwins(
      ({ kernels }, { rowCount }) => kernels.numberRows(1, 1, rowCount),
      ({ rows }) => rows,
    ));

  test("add leaf values to margins as their twin does", () =>
    checkTwins(
      ({ kernels }, { rowCount }) => kernels.addToMargins(1, 1, rowCount, Math.fround(0.123)),
      ({ margins }) => margins,
    ));

  test("find the split that the plain search finds, or none", async () => {
    const property = fc.asyncProperty(
      cases,
      fc.constantFrom(0, 1, 30),
      fc.constantFrom(0, 1),
      async (chosen, least, lambda) => {
        const [{ memory: plain }, { memory, kernels }] = await makeTwins(chosen);
        const { rowCount } = chosen;
        // Sums are exact, as in training: what is left of a total does not depend on the way there.
        for (const twin of [plain, memory]) {
          twin.gradients.forEach((value, i, gradients) => {
            gradients[i] = Math.round(value * 4096) / 4096;
          });
        }
        kernels.addRowRange(0, 0, rowCount, 1);
        const { matrix, histograms, searches } = memory;
        let sumGrad = 0;
        let sumHess = 0;
        for (let row = 0; row < rowCount; row++) {
          sumGrad += plain.gradients[2 * row];
          sumHess += plain.gradients[2 * row + 1];
        }
        const { tree } = resolveTrainParameters({ lambda, minChildWeight: least }, matrix);
        const evaluator = new GainEvaluator(tree);
        const rootGain = Math.fround(0.01);
        const node = { evaluator, sumGrad, sumHess, rootGain, lower: 0, upper: 0 };
        for (let f = 0; f < matrix.featureCount; f++) {
          const { offsets, values } = matrix.cuts;
          const count = offsets[f + 1] - offsets[f];
          const begin = 2 * (matrix.slotCount + matrix.featureSlot[f]);
          const best = new Split();
          const bins = { feature: f, sums: histograms, begin, count, cuts: values, cutBegin: offsets[f] };
          findNumericSplit(node, bins, best);
          // In the order of `searchField`.
          searches.set([sumGrad, sumHess, rootGain, lambda, least, 0]);
          const code = kernels.findNumericSplit!(false, begin, count);
          if (code < 0) expect(best.gain).toBe(0);
          else {
            expect(code < count ? code : code - count - 1).toBe(best.bin);
            expect(code >= count).toBe(best.defaultLeft);
            const { gain, leftGrad, leftHess, rightGrad, rightHess } = best;
            const found = Array.from(searches.slice(searchField.gain, searchField.gain + 5));
            expect(found).toEqual([gain, leftGrad, leftHess, rightGrad, rightHess]);
          }
        }
      },
    );
    await fc.assert(property, { seed, numRuns: 60 });
  });
});
