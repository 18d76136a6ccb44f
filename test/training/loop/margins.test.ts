// What metrics see of an evaluation set after each round against prediction with the rounds so far, and trees
// that are added and taken away against models of these trees.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Booster } from "../../../src/booster/booster.ts";
import { Arena } from "../../../src/core/arena.ts";
import { soloExecutor } from "../../../src/core/executor.ts";
import { uniform } from "../../../src/core/random.ts";
import { toGroupMajor } from "../../../src/core/row-group-layout.ts";
import { buildCuts } from "../../../src/data/cuts.ts";
import { DMatrix, type DMatrixInfo } from "../../../src/data/dmatrix.ts";
import { MarginMember } from "../../../src/kernel/margins/margin-member.ts";
import { placeMarginMemory } from "../../../src/kernel/margins/margin-memory.ts";
import type { KernelChoice } from "../../../src/kernel/wasm/kernel-memory.ts";
import { createObjective } from "../../../src/objective/registry.ts";
import { Margins, type MarginTable } from "../../../src/training/loop/margins.ts";
import { planMargins } from "../../../src/training/loop/plan-margins.ts";
import { resolveTrainParameters } from "../../../src/training/parameters.ts";
import { trainBooster } from "../../../src/training/train.ts";

const seed = 5521;
const FEATURES = 5;

interface TableShape {
  readonly rowCount: number;
  readonly width: number;
  /** The share of values that are missing. */
  readonly missing: number;
  readonly hasCategories: boolean;
  readonly isSparse: boolean;
  readonly info?: DMatrixInfo | undefined;
}

/** Continuous, coarse and, where wanted, categorical columns. */
function makeTable(key: number, shape: TableShape): DMatrix {
  const { rowCount, width, missing, hasCategories, isSparse, info } = shape;
  const draw = (purpose: number, i: number) => uniform(seed, key, purpose, 0, i);
  const values = Float32Array.from({ length: rowCount * width }, (_, i) => {
    const f = i % width;
    if (draw(1, i) < missing) return Number.NaN;
    if (f === 0) return Math.floor(draw(2, i) * 6);
    return f === 1 ? draw(3, i) - 0.5 : Math.floor(draw(4, i) * 40) / 4;
  });
  const label = Float32Array.from({ length: rowCount }, (_, row) => {
    const signal = (values[row * width] || 0) + 3 * (values[row * width + 1] || 0);
    return Math.floor(Math.abs(signal) + 2 * draw(5, row)) % 3;
  });
  const featureTypes = Array.from({ length: width }, (_, f) =>
    f === 0 && hasCategories ? ("c" as const) : ("q" as const),
  );
  const options = { featureCount: width, featureTypes, label, ...info };
  if (!isSparse) return DMatrix.fromDense(values, { rowCount, ...options });
  const offsets = [0];
  const indices: number[] = [];
  const present: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    for (let f = 0; f < width; f++) {
      if (Number.isNaN(values[row * width + f])) continue;
      indices.push(f);
      present.push(values[row * width + f]);
    }
    offsets.push(indices.length);
  }
  return DMatrix.fromCSR(offsets, indices, present, options);
}

const cases = fc.record({
  key: fc.nat(1e6),
  objective: fc.constantFrom("multi:softprob", "reg:squarederror", "count:poisson"),
  maxBin: fc.constantFrom(3, 256, 600),
  // Deeper trees than perfect ones, and larger ones than are handed over, among them.
  maxDepth: fc.constantFrom(0, 1, 4, 8, 10, 12),
  maxLeaves: fc.constantFrom(0, 0, 40),
  growPolicy: fc.constantFrom("depthwise" as const, "lossguide" as const),
  numParallelTree: fc.constantFrom(1, 1, 1, 1, 1, 1, 50),
  rowCounts: fc.tuple(fc.integer({ min: 30, max: 900 }), fc.integer({ min: 1, max: 700 })),
  missing: fc.tuple(fc.constantFrom(0, 0.2), fc.constantFrom(0, 0.2)),
  hasCategories: fc.constantFrom(false, false, true),
  isSparse: fc.constantFrom(false, false, true),
  width: fc.constantFrom(FEATURES, FEATURES, FEATURES - 2),
  hasBaseMargin: fc.boolean(),
  kernels: fc.constantFrom("auto" as const, "typescript" as const),
});

describe(`evaluation sets (seed ${seed})`, () => {
  test("have the predictions of the rounds so far, bit for bit", async () => {
    const property = fc.asyncProperty(cases, async (chosen) => {
      const { maxLeaves, growPolicy } = chosen;
      const { key, objective, maxBin, maxDepth, numParallelTree, rowCounts, missing, hasCategories } = chosen;
      const groupCount = objective === "multi:softprob" ? 3 : 1;
      const length = rowCounts[1] * groupCount;
      const baseMargin = Float32Array.from({ length }, (_, i) => uniform(seed, key, 9, 0, i));
      const data = makeTable(key, {
        rowCount: rowCounts[0],
        width: FEATURES,
        missing: missing[0],
        hasCategories,
        isSparse: false,
      });
      const valid = makeTable(key + 1, {
        rowCount: rowCounts[1],
        width: chosen.width,
        missing: missing[1],
        hasCategories,
        isSparse: chosen.isSparse,
        info: chosen.hasBaseMargin ? { baseMargin } : {},
      });
      const seen: Float32Array[] = [];
      const watch = {
        name: "watch",
        evaluate: (predictions: Float32Array, table: DMatrix) =>
          table === valid ? seen.push(Float32Array.from(predictions)) : 0,
      };
      const parameters = {
        objective,
        maxBin,
        maxDepth,
        maxLeaves,
        growPolicy,
        minChildWeight: 0,
        numParallelTree,
        subsample: 0.8,
        seed: key,
      };
      const { booster } = await trainBooster(
        groupCount > 1 ? { ...parameters, numClass: groupCount } : parameters,
        data,
        { rounds: 3, evals: { data, valid }, metrics: [watch], kernels: chosen.kernels },
      );
      expect(seen.length).toBe(3);
      seen.forEach((predictions, round) => {
        expect(predictions).toEqual(booster.predict(valid, { rounds: [0, round + 1], strict: false }));
      });
    });
    await fc.assert(property, { seed, numRuns: 30 });
  }, 60_000);

  test("without missing values follow splits that part missing ones from all others", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => [i % 3 === 0 ? Number.NaN : 1, i % 7]);
    const data = DMatrix.fromRows(rows, { label: rows.map(([first]) => (Number.isNaN(first) ? 1 : 0)) });
    const valid = DMatrix.fromRows(
      rows.map(([, second]) => [second, second]),
      { label: rows.map(() => 0) },
    );
    let seen = new Float32Array(0);
    const watch = {
      name: "watch",
      evaluate: (predictions: Float32Array) => {
        seen = Float32Array.from(predictions);
        return 0;
      },
    };
    const { booster } = await trainBooster({}, data, { rounds: 3, evals: { valid }, metrics: [watch] });
    expect(new Set(seen).size).toBe(2);
    expect(seen).toEqual(booster.predict(valid));
  });

  test("of several tables, the training table among them, keep apart", async () => {
    const shape = { width: FEATURES, missing: 0.1, hasCategories: false, isSparse: false };
    const tables = [300, 5000, 1, 257].map((rowCount, i) => makeTable(i, { ...shape, rowCount }));
    const evals = { a: tables[0], b: tables[1], c: tables[2], d: tables[3] };
    const together = await trainBooster({}, tables[1], { rounds: 4, evals });
    for (const [name, table] of Object.entries(evals)) {
      const alone = await trainBooster({}, tables[1], { rounds: 4, evals: { [name]: table } });
      expect(together.history[name]).toEqual(alone.history[name]);
    }
  });
});

describe("trees that are added to margins", () => {
  const shape = { width: FEATURES, missing: 0.1, hasCategories: false, isSparse: false };
  const training = makeTable(0, { ...shape, rowCount: 400 });
  // One walked, one ranked by several blocks, one walked because it is sparse.
  const tables = [
    training,
    makeTable(1, { ...shape, rowCount: 700 }),
    makeTable(2, { ...shape, rowCount: 90, isSparse: true }),
  ];
  const objective = createObjective("multi:softprob", { numClass: 3 });

  /** Margins of the tables, of a training of trees up to `maxDepth`. */
  function marginsOf(maxDepth: number, kernels: KernelChoice): Margins {
    const parameters = { ...resolveTrainParameters({}, training).tree, maxDepth };
    const needs = { objective, parameters, memberCount: 1, kernels };
    const { shape: planned, memory } = planMargins(tables, training, buildCuts(training, 256), needs);
    const trainingMargins = new Float32Array(3 * training.rowCount);
    const placed = placeMarginMemory(new Arena(memory.buffer), planned, trainingMargins);
    const executor = soloExecutor(new MarginMember(0, placed, memory.wasm));
    return new Margins(training, trainingMargins, tables, placed, executor);
  }

  function valuesOf({ data, margins, stride }: MarginTable): Float32Array {
    const parts = [0, 1, 2].map((group) =>
      Array.from(margins.subarray(group * stride, group * stride + data.rowCount)),
    );
    return Float32Array.from(parts.flat());
  }

  function predictionOf(booster: Booster, data: DMatrix): Float32Array {
    return toGroupMajor(booster.predict(data, { kind: "margin", strict: false }), data.rowCount, 3);
  }

  describe.each(["typescript", "webassembly"] as const)("with the %s kernels", (kernels) => {
    test.each([4, 11])("of up to %i levels make the margins of the larger model", async (maxDepth) => {
      const parameters = { objective: objective.name, numClass: 3, maxDepth, minChildWeight: 0 };
      const { booster } = await trainBooster(parameters, training, { rounds: 4 });
      const margins = marginsOf(maxDepth, kernels);
      expect(margins.evaluated.map(({ source }) => source)).toEqual(["training", "ranks", "walk"]);
      margins.start(booster.slice(0, 2).model);
      const { trees, treeGroup, roundOffsets } = booster.slice(2, 4).model;
      margins.add(trees.slice(0, 3), treeGroup.slice(0, 3));
      margins.add(trees.slice(3), treeGroup.slice(3), { tables: margins.others });
      expect(roundOffsets).toEqual(Uint32Array.of(0, 3, 6));
      for (const table of margins.others) expect(valuesOf(table)).toEqual(predictionOf(booster, table.data));
      expect(valuesOf(margins.training)).toEqual(predictionOf(booster.slice(0, 3), training));
    });

    test.each([4, 11])("of up to %i levels count by their weight, a negative one too", async (maxDepth) => {
      const parameters = { objective: objective.name, numClass: 3, maxDepth, minChildWeight: 0 };
      const { booster } = await trainBooster(parameters, training, { rounds: 3 });
      const first = booster.slice(0, 2);
      const { trees, treeGroup } = booster.slice(2, 3).model;
      const margins = marginsOf(maxDepth, kernels);
      margins.start(first.model);
      const before = margins.evaluated.map(valuesOf);
      margins.add(trees, treeGroup, { weight: -0.3 });
      const treeWeights = Float32Array.from(booster.model.trees, (_, t) => (t < 6 ? 1 : -0.3));
      const weighted = new Booster({ ...booster.model, treeWeights });
      for (const table of margins.evaluated) {
        expect(valuesOf(table)).toEqual(predictionOf(weighted, table.data));
      }
      margins.add(trees, treeGroup, { weight: 0.3 });
      margins.evaluated.forEach((table, i) => {
        valuesOf(table).forEach((value, at) => {
          // Two roundings of sums below 4.
          expect(Math.abs(value - before[i][at])).toBeLessThanOrEqual(2 ** -22);
        });
      });
    });
  });
});
