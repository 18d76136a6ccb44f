import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BinFinder } from "../../src/data/bin-finder.ts";
import { BinnedFeatures, stateArrays } from "../../src/data/binned-features.ts";
import { binMatrix } from "../../src/data/binned-matrix.ts";
import { countPresent, explicitCuts, stateOf } from "../../src/data/cuts.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { QuantileDMatrix } from "../../src/data/quantile-dmatrix.ts";
import { makeTable, sparseOf, tableCases } from "../oracle/plain-table.ts";

const seed = 1871;
const cases = tableCases(300, 10);

describe(`BinnedFeatures (seed ${seed})`, () => {
  test("reads a stand-in from the bin of every value, NaN where it is missing", () => {
    const property = fc.property(cases, fc.constantFrom(2, 7, 256), (tableCase, maxBin) => {
      const { plain, data, cuts } = makeTable(tableCase, maxBin);
      const { features } = QuantileDMatrix.fromDMatrix(data, { maxBin });
      const width = data.featureCount;
      const read = features.readRows(0, data.rowCount, new Float32Array(data.rowCount * width));
      plain.rows.forEach((row, r) => {
        row.forEach((value, f) => {
          expect(stateOf(cuts, f, read[r * width + f])).toBe(stateOf(cuts, f, value));
        });
      });
      expect(Array.from(features.presentCounts)).toEqual(Array.from(countPresent(data)));
    });
    fc.assert(property, { seed, numRuns: 100 });
  });

  test("has stand-ins below cuts of either sign and of zero", () => {
    const cuts = explicitCuts([[-1.5, 2], [0, 1], [3]]);
    const data = DMatrix.fromRows([
      [-9, -9, -9],
      [-1.5, 0.5, 8],
      [7, 7, NaN],
    ]);
    const counts = countPresent(data);
    const finders = [0, 1, 2].map((f) => new BinFinder(cuts, f));
    const features = new BinnedFeatures(stateArrays(data.features, cuts, counts, finders), cuts, counts, 3);
    const read = Array.from(features.readRows(0, 3, new Float32Array(9)));
    expect(read.map((value, i) => stateOf(cuts, i % 3, value))).toEqual([0, 0, 0, 1, 1, 0, 1, 1, 1]);
  });

  test("gives the binned table that the values give, bundled or not, dense or sparse", async () => {
    const property = fc.asyncProperty(cases, fc.boolean(), async (tableCase, bundling) => {
      const { plain, data, cuts } = makeTable(tableCase);
      const expected = await binMatrix(data, cuts, bundling);
      const sparse = sparseOf(plain.rows, { featureTypes: data.featureTypes });
      for (const source of [data, sparse]) {
        const table = QuantileDMatrix.fromDMatrix(source, { maxBin: 16 });
        expect(await binMatrix(table, table.cuts, bundling)).toEqual(expected);
      }
    });
    await fc.assert(property, { seed, numRuns: 100 });
  });

  test("takes as few bytes for a state as its bins need", () => {
    const column = Float32Array.from({ length: 300 }, (_, i) => i);
    const typeOf = (values: Float32Array, maxBin: number) => {
      const data = DMatrix.fromDense(values, { rowCount: values.length, featureCount: 1 });
      return QuantileDMatrix.fromDMatrix(data, { maxBin }).features.states[0].constructor;
    };
    expect(typeOf(column, 256)).toBe(Uint8Array);
    expect(typeOf(Float32Array.of(...column, NaN), 256)).toBe(Uint16Array);
    expect(typeOf(Float32Array.of(...column, NaN), 255)).toBe(Uint8Array);
  });

  test("is gone once it is released", () => {
    const { features } = QuantileDMatrix.fromDMatrix(DMatrix.fromRows([[1], [2]]));
    features.release();
    expect(features.states[0].length).toBe(0);
  });
});
