// What must not change a model: the bytes of its file are equal.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCuts } from "../../src/data/cuts.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import { denseOf, shuffledOrder, sparseOf, tableCases } from "../oracle/plain-table.ts";
import { type LabelKind, type LabelledTable, labelledTable, modelText } from "./labelled-table.ts";

const seed = 20250601;
const rounds = 3;

const kinds = fc.constantFrom<LabelKind[]>("regression", "binary", "classes", "count");
const tables = fc.tuple(tableCases(250, 7), kinds).map(([tableCase, kind]) => labelledTable(tableCase, kind));

/** Parameters that act on small tables, sampling among them. */
const settings: fc.Arbitrary<TrainParameters> = fc.record({
  maxDepth: fc.constantFrom(2, 4),
  growPolicy: fc.constantFrom<("depthwise" | "lossguide")[]>("depthwise", "lossguide"),
  minChildWeight: fc.constantFrom(0, 1),
  maxBin: fc.constantFrom(8, 256),
  subsample: fc.constantFrom(1, 0.6),
  colsampleBynode: fc.constantFrom(1, 0.5),
  numParallelTree: fc.constantFrom(1, 1, 2),
  seed: fc.nat(100),
});

/** The start that the labels' mean gives, for laws in which their order changes. */
const withStart = (table: LabelledTable, given: TrainParameters): TrainParameters => ({
  ...table.parameters,
  ...given,
  baseScore: 0.5,
});

describe(`a model is the same to the byte (seed ${seed})`, () => {
  test("whether features are bundled or not", async () => {
    const property = fc.asyncProperty(tables, settings, async ({ rows, info, parameters }, given) => {
      const data = denseOf(rows, info);
      const all = { ...parameters, ...given };
      const bundled = await trainBooster(all, data, { rounds });
      const apart = await trainBooster(all, data, { rounds, bundling: false });
      expect(modelText(apart.booster)).toBe(modelText(bundled.booster));
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("whether the table is dense or sparse with the same present values", async () => {
    const property = fc.asyncProperty(tables, settings, async ({ rows, info, parameters }, given) => {
      const all = { ...parameters, ...given };
      const dense = await trainBooster(all, denseOf(rows, info), { rounds });
      const sparse = await trainBooster(all, sparseOf(rows, info), { rounds });
      expect(modelText(sparse.booster)).toBe(modelText(dense.booster));
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("whichever kernels run", async () => {
    const property = fc.asyncProperty(tables, settings, async ({ rows, info, parameters }, given) => {
      const data = denseOf(rows, info);
      const all = { ...parameters, ...given };
      const plain = await trainBooster(all, data, { rounds, kernels: "typescript" });
      const wasm = await trainBooster(all, data, { rounds, kernels: "webassembly" });
      expect(modelText(wasm.booster)).toBe(modelText(plain.booster));
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("whatever the order of rows, when cuts and start do not depend on it", async () => {
    const property = fc.asyncProperty(tables, settings, fc.nat(), async (table, given, order) => {
      const { rows, info } = table;
      const all = withStart(table, { ...given, subsample: 1 });
      const data = denseOf(rows, info);
      const cuts = buildCuts(data, 16);
      const moved = shuffledOrder(order, rows.length);
      const label = moved.map((row) => info.label[row]);
      const shuffled = denseOf(
        moved.map((row) => rows[row]),
        { ...info, label },
      );
      const expected = await trainBooster(all, data, { rounds, cuts });
      const found = await trainBooster(all, shuffled, { rounds, cuts });
      expect(modelText(found.booster)).toBe(modelText(expected.booster));
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("for a row of weight 2 and for the row twice, when cuts and start are the same", async () => {
    const property = fc.asyncProperty(tables, settings, async (table, given) => {
      const { rows, info } = table;
      const all = withStart(table, { ...given, subsample: 1 });
      const weight = rows.map((_, row) => (row % 3 === 0 ? 2 : 1));
      const data = denseOf(rows, { ...info, weight });
      const cuts = buildCuts(data, 16);
      const order = weight.flatMap((times, row) => new Array<number>(times).fill(row));
      const label = order.map((row) => info.label[row]);
      const repeated = denseOf(
        order.map((row) => rows[row]),
        { ...info, label },
      );
      const expected = await trainBooster(all, repeated, { rounds, cuts });
      const found = await trainBooster(all, data, { rounds, cuts });
      expect(modelText(found.booster)).toBe(modelText(expected.booster));
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("whatever is evaluated beside training", async () => {
    const property = fc.asyncProperty(tables, settings, async ({ rows, info, parameters }, given) => {
      const data = denseOf(rows, info);
      const all = { ...parameters, ...given };
      const alone = await trainBooster(all, data, { rounds });
      const evals = { train: data, copy: denseOf(rows, info) };
      const watched = await trainBooster(all, data, { rounds, evals });
      expect(modelText(watched.booster)).toBe(modelText(alone.booster));
    });
    await fc.assert(property, { seed, numRuns: 30 });
  });

  test("for one seed, and differs for another when something is drawn", async () => {
    const table = labelledTable(
      { seed: 8, rowCount: 300, kinds: ["dense", "dense", "few", "gappy", "dense"] },
      "regression",
    );
    const data = denseOf(table.rows, table.info);
    for (const drawn of [
      { subsample: 0.5 },
      { colsampleBytree: 0.5 },
      { colsampleBylevel: 0.5 },
      { colsampleBynode: 0.5 },
    ]) {
      const textOf = async (given: number) =>
        modelText((await trainBooster({ ...drawn, seed: given }, data, { rounds })).booster);
      expect(await textOf(1)).toBe(await textOf(1));
      expect(await textOf(1)).not.toBe(await textOf(2));
    }
  });
});
