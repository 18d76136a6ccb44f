import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { type Booster, loadModel } from "../../src/booster/booster.ts";
import { PROFILE_ATTRIBUTE, profileOf, withTrainingProfile } from "../../src/booster/training-profile.ts";
import { uniform } from "../../src/core/random.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { binsOfProfile, countRows } from "../../src/serve/drift/column-bins.ts";
import type { DriftReport } from "../../src/serve/drift/drift-monitor.ts";
import { DriftWindow } from "../../src/serve/drift/drift-window.ts";
import { measureDrift } from "../../src/serve/drift/stability.ts";
import { tableDrift } from "../../src/serve/drift/table-drift.ts";
import { trainBooster } from "../../src/training/train.ts";
import { dataPath, testNeeding } from "../require.ts";
import { call, handlerOf, makeRows, matrixInput, trainTrees } from "./serving.ts";

let trees: Booster;
beforeAll(async () => {
  trees = await trainTrees();
});

const profileIn = (booster: Booster) => {
  const profile = profileOf(booster.model.attributes);
  if (profile === undefined) throw new Error("no profile");
  return profile;
};

describe("the training profile", () => {
  test("counts every training row once in each column, and survives the model file", () => {
    const profile = profileIn(loadModel(trees.toBytes("json")));
    expect(profile).toEqual(profileIn(trees));
    expect(profile.rowCount).toBe(600);
    for (const { counts, missing } of [...profile.features, ...profile.predictions]) {
      expect(counts.reduce((sum, count) => sum + count, missing)).toBe(600);
    }
    const colour = makeRows(600).map((row) => row[2]);
    expect(profile.features[2].counts).toEqual(
      [0, 1, 2].map((code) => colour.filter((c) => c === code).length),
    );
    expect(profile.features[2].missing).toBe(colour.filter(Number.isNaN).length);
  });

  test("does not change what the model predicts, and XGBoost's attributes stay texts", () => {
    const bare = trees.withAttributes({ [PROFILE_ATTRIBUTE]: undefined });
    const data = DMatrix.fromRows(makeRows(50, 3));
    expect(trees.predict(data)).toEqual(bare.predict(data));
    expect(Object.values(trees.model.attributes).every((value) => typeof value === "string")).toBe(true);
  });

  test("a damaged one is refused by name", () => {
    for (const text of [
      "{",
      "{}",
      '{"rowCount":1,"features":[{"cuts":[1],"counts":[1]}],"predictions":[]}',
    ]) {
      expect(() => profileOf({ [PROFILE_ATTRIBUTE]: text })).toThrow(PROFILE_ATTRIBUTE);
    }
    expect(profileOf({})).toBeUndefined();
  });

  test("of a large table is that of a sample, the same each time", async () => {
    const values = Float32Array.from({ length: 150_000 }, (_, i) => uniform(1, 0, 0, 0, i));
    const data = DMatrix.fromDense(values, { rowCount: 150_000, featureCount: 1, label: values });
    const { booster } = await trainBooster({ objective: "reg:squarederror", maxDepth: 2 }, data, {
      rounds: 1,
    });
    const profile = profileIn(withTrainingProfile(booster, data));
    expect(profile).toEqual(profileIn(withTrainingProfile(booster, data)));
    expect(profile.rowCount).toBe(100_000);
    for (const count of profile.features[0].counts) expect(Math.abs(count / 10_000 - 1)).toBeLessThan(0.05);
  });
});

describe("the stability index", () => {
  test("equals its formula, counted naively", () => {
    const bins = binsOfProfile({
      rowCount: 100,
      features: [{ cuts: [0, 1], counts: [50, 30, 10], missing: 10, range: [-1, 2] }],
      predictions: [],
    });
    const values = Array.from({ length: 400 }, (_, i) => [-0.5, 0.5, 1.5, NaN, 7][i % 5]);
    const counts = new Uint32Array(bins.size);
    countRows(bins.features, values, 400, 1, counts);
    const share = (hits: (value: number) => boolean) => values.filter(hits).length / 400;
    const actual = [
      share((v) => v < 0),
      share((v) => v >= 0 && v < 1),
      share((v) => v >= 1),
      share(Number.isNaN),
    ];
    const index = [0.5, 0.3, 0.1, 0.1].reduce(
      (sum, e, i) => sum + (actual[i] - e) * Math.log(actual[i] / e),
      0,
    );
    const drift = measureDrift(bins.features[0], counts);
    expect(drift.stabilityIndex).toBeCloseTo(index, 12);
    expect(drift).toMatchObject({
      rowCount: 400,
      missingShare: 0.2,
      trainingMissingShare: 0.1,
      unseenShare: 0.2,
    });
  });

  test("is zero for the training rows, and not given for too few", () => {
    const rows = makeRows(600);
    const data = DMatrix.fromRows(rows);
    const report = tableDrift(trees, profileIn(trees), data);
    for (const column of [...report.features, ...report.predictions]) {
      expect(column.stabilityIndex).toBeCloseTo(0, 12);
      expect(column.unseenShare).toBe(0);
    }
    const few = tableDrift(trees, profileIn(trees), data.selectRows([1, 2, 3]));
    expect(few.features[0].stabilityIndex).toBeNull();
  });

  test("a window forgets the oldest rows and keeps at least its length", () => {
    const window = new DriftWindow(2, 100);
    for (let i = 0; i < 95; i++) {
      window.current[0] += 7;
      window.advance(7);
    }
    expect(window.rowCount).toBeGreaterThanOrEqual(100);
    expect(window.rowCount).toBeLessThan(130);
    window.add(Uint32Array.of(0, 1000), 1000);
    window.add(Uint32Array.of(0, 500), 500);
    expect(window.total()[0]).toBe(0);
  });
});

describe("a server", () => {
  test("reports clean data below 0.1, shifted data above 0.2, with names", async () => {
    const handler = await handlerOf({ trees });
    const send = async (rows: number[][]) => {
      for (let at = 0; at < rows.length; at += 50) {
        await call(handler, "POST", "/v2/models/trees/infer", {
          inputs: [matrixInput(rows.slice(at, at + 50))],
        });
      }
      return (await call(handler, "GET", "/v2/models/trees/drift")).json as DriftReport;
    };
    const clean = await send(makeRows(1000, 21));
    expect(clean.features.map(({ name }) => name)).toEqual(["height", "slope", "colour"]);
    expect(clean.predictions.map(({ name }) => name)).toEqual([
      "predict[larch]",
      "predict[pine]",
      "predict[spruce]",
    ]);
    for (const { stabilityIndex } of [...clean.features, ...clean.predictions])
      expect(stabilityIndex).toBeLessThan(0.1);
    const shifted = await send(makeRows(1000, 22).map(([a, b, c]) => [a, b + 60, c]));
    expect(shifted.features[1].stabilityIndex).toBeGreaterThan(0.2);
    expect(shifted.features[1].unseenShare).toBeGreaterThan(0.3);
    expect(shifted.features[0].stabilityIndex).toBeLessThan(0.1);
  });

  testNeeding(
    "data:covtype_20000.data.gz",
    "sees a shifted and a missing column of Covertype within 1,000 rows",
    async () => {
      const text = gunzipSync(readFileSync(dataPath("covtype_20000.data.gz"))).toString();
      const all = text
        .trim()
        .split("\n")
        .map((line) => line.split(",").map(Number));
      const rows = all.map((row) => row.slice(0, -1));
      // The file is sorted in part: train and serve rows are drawn from all of it.
      const isTraining = (i: number) => uniform(3, 0, 0, 0, i) < 0.6;
      const training = rows.flatMap((row, i) => (isTraining(i) ? [row] : []));
      const label = all.flatMap((row, i) => (isTraining(i) ? [row[54] - 1] : []));
      const fresh = rows.filter((_, i) => !isTraining(i));
      const data = DMatrix.fromRows(training, { label });
      const { booster } = await trainBooster(
        { objective: "multi:softprob", numClass: 7, maxDepth: 4 },
        data,
        {
          rounds: 5,
        },
      );
      const handler = await handlerOf({ cover: withTrainingProfile(booster, data) });
      const pick = (begin: number) =>
        Array.from({ length: 1000 }, (_, i) => fresh[(begin + i * 7) % fresh.length]);
      const report = async (batch: number[][]) => {
        await call(handler, "POST", "/v2/models/cover/infer", { inputs: [matrixInput(batch)] });
        return (await call(handler, "GET", "/v2/models/cover/drift")).json as DriftReport;
      };
      const clean = await report(pick(0));
      const indices = [...clean.features, ...clean.predictions].map(
        ({ stabilityIndex }) => stabilityIndex ?? Infinity,
      );
      expect(Math.max(...indices)).toBeLessThan(0.1);
      const shifted = await report(
        pick(1).map((row) => row.map((value, f) => (f === 0 ? value + 300 : value))),
      );
      expect(shifted.features[0].stabilityIndex).toBeGreaterThan(0.2);
      expect(
        Math.max(...shifted.features.slice(1).map(({ stabilityIndex }) => stabilityIndex ?? 0)),
      ).toBeLessThan(0.1);
      const missing = await report(pick(2).map((row) => row.map((value, f) => (f === 3 ? NaN : value))));
      expect(missing.features[3]).toMatchObject({ missingShare: 1, trainingMissingShare: 0 });
      expect(missing.features[3].stabilityIndex).toBeGreaterThan(0.2);
    },
  );
});
