import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  profileOf,
  profileTable,
  sampleRows,
  trainingProfile,
  withTrainingProfile,
} from "../../src/booster/training-profile.ts";
import type { Collective } from "../../src/core/collective.ts";
import { solo } from "../../src/core/collective.ts";
import { buildCuts } from "../../src/data/cuts.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { QuantileDMatrix } from "../../src/data/quantile-dmatrix.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import type { TrainOptions } from "../../src/training/train-options.ts";
import { denseOf, makeRows, tableCases, typesOf } from "../oracle/plain-table.ts";
import { hashUniform } from "../parity/cases/case-table.ts";

const seed = 1871;

/** A table of a case with labels, and weights of 0 to 2 if wanted. */
function labelled(tableCase: Parameters<typeof makeRows>[0], hasWeights: boolean): DMatrix {
  const label = makeRows(tableCase).map((_, row) => Math.floor(hashUniform(tableCase.seed, 77, row) * 3));
  const weight = label.map((_, row) => Math.floor(hashUniform(tableCase.seed, 78, row) * 9) / 4);
  return denseOf(makeRows(tableCase), {
    label,
    featureTypes: typesOf(tableCase.kinds),
    weight: hasWeights ? weight : undefined,
  });
}

const parameters: TrainParameters = { objective: "multi:softprob", numClass: 3, maxDepth: 4, maxBin: 16 };

async function modelOf(data: DMatrix, options: Partial<TrainOptions> = {}): Promise<string> {
  const { booster } = await trainBooster(parameters, data, { rounds: 3, ...options });
  return new TextDecoder().decode(booster.toBytes("json"));
}

describe(`QuantileDMatrix (seed ${seed})`, () => {
  const table = () => labelled({ seed: 5, rowCount: 200, kinds: ["dense", "few", "gappy"] }, true);

  test("trains the model of the table it was made from, byte for byte", async () => {
    const property = fc.asyncProperty(tableCases(200, 8), fc.boolean(), async (tableCase, hasWeights) => {
      const data = labelled(tableCase, hasWeights);
      const binned = QuantileDMatrix.fromDMatrix(data, { maxBin: 16 });
      const evals = { train: data };
      const expected = await modelOf(data, { evals });
      expect(await modelOf(binned, { evals: { train: binned } })).toBe(expected);
      expect(await modelOf(binned, { evals, consumeData: true })).toBe(expected);
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("predicts with models that were trained on it as the values do, and refuses all others", async () => {
    const data = table();
    const binned = QuantileDMatrix.fromDMatrix(data, { maxBin: 16 });
    const { booster } = await trainBooster(parameters, binned, { rounds: 3 });
    expect(booster.predict(binned)).toEqual(booster.predict(data));
    const more = { rounds: 2, initialModel: booster };
    const continued = await trainBooster(parameters, binned, more);
    const expected = await trainBooster(parameters, data, more);
    expect(continued.booster.toBytes("json")).toEqual(expected.booster.toBytes("json"));
    const other = await trainBooster({ ...parameters, maxBin: 99 }, data, { rounds: 3 });
    expect(() => other.booster.predict(binned)).toThrow("only by models that were trained on it");
  });

  test("is refused with another maxBin, with cuts, on peers, and as an evaluation set of another table", async () => {
    const data = table();
    const binned = QuantileDMatrix.fromDMatrix(data, { maxBin: 16 });
    const fail = (given: TrainParameters, options: Partial<TrainOptions>, collective?: Collective) =>
      expect(trainBooster({ ...parameters, ...given }, binned, { rounds: 1, ...options }, { collective }))
        .rejects;
    await fail({ maxBin: 17 }, {}).toThrow(
      "`maxBin` must be 16, for which the QuantileDMatrix was made, got 17",
    );
    await fail({}, { cuts: buildCuts(data, 16) }).toThrow("`cuts` cannot be given for a QuantileDMatrix");
    await fail({}, {}, { ...solo, worldSize: 2 }).toThrow("cannot be trained on with peers");
    await expect(trainBooster(parameters, data, { rounds: 1, evals: { other: binned } })).rejects.toThrow(
      'evaluation set "other" is a QuantileDMatrix with cuts of its own',
    );
    expect(() => QuantileDMatrix.fromDMatrix(data, { maxBin: 1 })).toThrow(
      "`maxBin` must be an integer in [2, 65535], got 1",
    );
  });

  test("has no rows to select and no profile unless original values were kept", () => {
    const data = table();
    const binned = QuantileDMatrix.fromDMatrix(data);
    expect(() => binned.selectRows()).toThrow("rows of a QuantileDMatrix cannot be selected");
    expect(() => sampleRows(binned)).toThrow("the profile of a QuantileDMatrix needs original values");
    const kept = new QuantileDMatrix(binned.features, 256, {}, { rows: [...Array(200).keys()], data });
    expect(sampleRows(kept)).toBe(data);
  });

  test("has the profile of the table whose values were kept", async () => {
    const data = table();
    const rows = [...Array(200).keys()];
    const { booster } = await trainBooster(parameters, data, { rounds: 3 });
    const expected = trainingProfile(data, booster);
    const { features } = QuantileDMatrix.fromDMatrix(data, { maxBin: 16 });
    const binned = new QuantileDMatrix(features, 16, {}, { rows, data });
    expect(trainingProfile(binned, booster)).toEqual(expected);
    const profile = profileTable(binned);
    features.release();
    expect(profileOf(withTrainingProfile(booster, profile).model.attributes)).toEqual(expected);
  });

  test("keeps labels, weights, queries and names", () => {
    const info = { label: [0, 1, 2], weight: [1, 2, 3], querySizes: [2, 1], featureNames: ["x"] };
    const data = DMatrix.fromRows([[1], [2], [3]], info);
    const { features: _, maxBin, sample, ...kept } = QuantileDMatrix.fromDMatrix(data);
    const { features: __, ...expected } = data;
    expect([maxBin, sample]).toEqual([256, undefined]);
    expect(kept).toEqual(expected);
  });
});
