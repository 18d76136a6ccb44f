// The laws of training on several peers, here in one process: the model is that of one machine.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Collective } from "../../src/core/collective.ts";
import { DMatrix, type FeatureType } from "../../src/data/dmatrix.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import type { TrainOptions } from "../../src/training/train-options.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";

const seed = 20261124;

interface Table {
  readonly rows: number[][];
  readonly label: number[];
  readonly weight: number[] | undefined;
  readonly featureTypes: FeatureType[];
}

function matrixOf(table: Table, begin: number, end: number): DMatrix {
  const featureCount = table.featureTypes.length;
  return DMatrix.fromDense(Float32Array.from(table.rows.slice(begin, end).flat()), {
    rowCount: end - begin,
    featureCount,
    label: table.label.slice(begin, end),
    weight: table.weight?.slice(begin, end),
    featureTypes: table.featureTypes,
  });
}

async function trainOn(
  shards: readonly DMatrix[],
  parameters: TrainParameters,
  options: TrainOptions,
): Promise<{ model: Uint8Array; history: unknown }[]> {
  const peers: readonly (Collective | undefined)[] =
    shards.length === 1 ? [undefined] : inProcessPeers(shards.length);
  return Promise.all(
    shards.map(async (data, rank) => {
      const environment = { collective: peers[rank] };
      const { booster, history } = await trainBooster(
        parameters,
        data,
        { ...options, evals: { train: data } },
        environment,
      );
      return { model: booster.toBytes("json"), history };
    }),
  );
}

describe(`training on several peers (seed ${seed})`, () => {
  const value = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -20, max: 20 }) },
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
  );
  const table = fc
    .record({ rowCount: fc.integer({ min: 1, max: 60 }), featureCount: fc.integer({ min: 1, max: 6 }) })
    .chain(({ rowCount, featureCount }) => {
      const types = fc.array(fc.constantFrom<FeatureType>("q", "q", "c"), {
        minLength: featureCount,
        maxLength: featureCount,
      });
      const numbers = fc.array(fc.array(value, { minLength: featureCount, maxLength: featureCount }), {
        minLength: rowCount,
        maxLength: rowCount,
      });
      const column = <T>(cell: fc.Arbitrary<T>) =>
        fc.array(cell, { minLength: rowCount, maxLength: rowCount });
      return fc.record({
        rows: numbers,
        label: column(fc.integer({ min: 0, max: 2 })),
        weight: fc.option(column(fc.constantFrom(0.5, 1, 1.25)), { nil: undefined }),
        featureTypes: types,
      });
    })
    .map((plain) => ({
      ...plain,
      rows: plain.rows.map((row) =>
        row.map((cell, f) => (plain.featureTypes[f] === "c" ? Math.abs(cell) % 9 : cell)),
      ),
    }));

  test("gives every peer the bytes and the metrics of one machine, wherever the rows lie", async () => {
    const settings = fc.record({
      objective: fc.constantFrom("multi:softprob", "reg:squarederror"),
      maxBin: fc.constantFrom(4, 256),
      subsample: fc.constantFrom(1, 0.7),
      colsampleBynode: fc.constantFrom(1, 0.6),
      growPolicy: fc.constantFrom<"depthwise" | "lossguide">("depthwise", "lossguide"),
      minChildWeight: fc.constantFrom(0, 1),
      maxDepth: fc.constantFrom(2, 5),
    });
    const cutPoints = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 });
    const property = fc.asyncProperty(table, settings, cutPoints, async (plain, chosen, points) => {
      const rowCount = plain.rows.length;
      const parameters = chosen.objective === "multi:softprob" ? { ...chosen, numClass: 3 } : { ...chosen };
      const bounds = [0, ...points.map((p) => Math.round(p * rowCount)).sort((a, b) => a - b), rowCount];
      const shards = bounds.slice(1).map((end, i) => matrixOf(plain, bounds[i], end));
      const [alone] = await trainOn([matrixOf(plain, 0, rowCount)], parameters, { rounds: 3 });
      for (const peer of await trainOn(shards, parameters, { rounds: 3 })) {
        expect(new TextDecoder().decode(peer.model)).toBe(new TextDecoder().decode(alone.model));
        expect(peer.history).toEqual(alone.history);
      }
    });
    await fc.assert(property, { seed, numRuns: 150 });
  });
});
