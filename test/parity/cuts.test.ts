// The cuts of every column equal those of XGBoost's QuantileDMatrix, bit for bit.

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildCuts } from "../../src/data/cuts.ts";
import { DMatrix, type FeatureType } from "../../src/data/dmatrix.ts";
import { dataPath, testNeeding } from "../require.ts";
import { hashUniform } from "./cases/case-table.ts";
import { describeWithXGBoost, type Table } from "./xgboost.ts";

const seed = 20250611;

type CutColumnKind =
  | "uniform"
  | "normal"
  | "integers"
  | "few"
  | "halfZero"
  | "ascending"
  | "descending"
  | "runs"
  | "huge"
  | "denormal"
  | "signedZeros"
  | "category";

interface CutCase {
  readonly seed: number;
  readonly rows: number;
  readonly kinds: readonly CutColumnKind[];
  readonly missing: number;
  readonly levels: number;
  readonly weights: "none" | "uniform" | "integer" | "wide" | "someZero" | "allZero";
  readonly maxBin: number;
}

const cutCases: fc.Arbitrary<CutCase> = fc.record({
  seed: fc.nat(),
  rows: fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.integer({ min: 1, max: 50 }), weight: 4 },
    { arbitrary: fc.integer({ min: 51, max: 3000 }), weight: 8 },
    { arbitrary: fc.integer({ min: 3001, max: 30_000 }), weight: 4 },
    { arbitrary: fc.integer({ min: 30_001, max: 100_000 }), weight: 1 },
  ),
  kinds: fc.array(
    fc.constantFrom<CutColumnKind[]>(
      "uniform",
      "normal",
      "integers",
      "few",
      "halfZero",
      "ascending",
      "descending",
      "runs",
      "huge",
      "denormal",
      "signedZeros",
      "category",
    ),
    { minLength: 1, maxLength: 3 },
  ),
  missing: fc.constantFrom(0, 0, 0.1, 0.9, 1),
  levels: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 11, max: 5000 })),
  weights: fc.constantFrom("none", "none", "uniform", "integer", "wide", "someZero", "allZero"),
  maxBin: fc.oneof(
    fc.constant(256),
    fc.integer({ min: 2, max: 20 }),
    fc.integer({ min: 21, max: 1024 }),
    fc.integer({ min: 1025, max: 20_000 }),
  ),
});

describeWithXGBoost("xgboost", `cuts against XGBoost (seed ${seed})`, (xgboost) => {
  test("equal XGBoost's for columns of every kind, weighted or not", { timeout: 300_000 }, async () => {
    let columnCount = 0;
    const property = fc.asyncProperty(cutCases, async (cutCase) => {
      const { table, data } = makeCutTable(cutCase);
      const theirs = await xgboost().cuts(table, cutCase.maxBin);
      const ours = buildCuts(data, cutCase.maxBin);
      columnCount += table.columns;
      expectSameBits(ours, theirs);
    });
    await fc.assert(property, { seed, numRuns: 300 });
    expect(columnCount).toBeGreaterThan(300);
  });

  testNeeding(
    "data:covtype_num10_360003.csv.gz",
    "equal XGBoost's for the ten numeric Covertype columns",
    async () => {
      const { table, data } = await readNumericCovertype();
      for (const maxBin of [16, 256, 1000]) {
        const theirs = await xgboost().cuts(table, maxBin);
        expectSameBits(buildCuts(data, maxBin), theirs);
      }
    },
    120_000,
  );
});

interface CutArrays {
  readonly values: Float32Array;
  readonly offsets: Uint32Array;
}

function expectSameBits(ours: CutArrays, theirs: CutArrays): void {
  expect(Array.from(ours.offsets), "offsets").toEqual(Array.from(theirs.offsets));
  const ourBits = new Uint32Array(ours.values.slice().buffer);
  const theirBits = new Uint32Array(theirs.values.slice().buffer);
  const at = ourBits.findIndex((bits, i) => bits !== theirBits[i]);
  const where = `cut ${at}: ${ours.values[at]} here, ${theirs.values[at]} there`;
  expect(at, at < 0 ? "" : where).toBe(-1);
}

function makeCutTable(cutCase: CutCase): { table: Table; data: DMatrix } {
  const { rows, kinds, levels, missing, seed: caseSeed } = cutCase;
  const columns = kinds.length;
  const values = new Float32Array(rows * columns);
  kinds.forEach((kind, f) => {
    for (let row = 0; row < rows; row++) {
      const isMissing = hashUniform(caseSeed, 50 + f, row) < missing;
      const value = makeCutValue(kind, hashUniform(caseSeed, f, row), row / rows, levels);
      values[row * columns + f] = isMissing ? NaN : value;
    }
  });
  const featureTypes = kinds.map((kind): FeatureType => (kind === "category" ? "c" : "float"));
  const weight = makeCutWeights(cutCase);
  const base = { rows, columns, data: values, featureTypes };
  return {
    table: weight ? { ...base, weight } : base,
    data: DMatrix.fromDense(values.slice(), { rowCount: rows, featureCount: columns, featureTypes, weight }),
  };
}

/**
 * @param u uniform in [0, 1)
 * @param position of the row in the table, in [0, 1)
 */
function makeCutValue(kind: CutColumnKind, u: number, position: number, levels: number): number {
  switch (kind) {
    case "uniform":
      return u;
    case "normal":
      return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(1e6 * u);
    case "integers":
      return Math.floor((u - 0.5) * 5 * levels);
    case "few":
      return Math.floor(u * levels) / 7;
    case "halfZero":
      return u < 0.5 ? 0 : u - 0.75;
    case "ascending":
      return position * 1000;
    case "descending":
      return -position;
    case "runs":
      return Math.floor((position * levels * 7) % levels);
    case "huge":
      return (u - 0.5) * 6.8e38;
    case "denormal":
      return (u - 0.5) * 1e-39;
    case "signedZeros":
      return u < 0.3 ? -0 : u < 0.6 ? 0 : (u - 0.8) * levels;
    case "category":
      return Math.floor(u * levels);
  }
}

function makeCutWeights({ weights, rows, seed: caseSeed }: CutCase): Float32Array | undefined {
  if (weights === "none") return undefined;
  return Float32Array.from({ length: rows }, (_, row) => {
    const u = hashUniform(caseSeed, 99, row);
    if (weights === "uniform") return 0.1 + u;
    if (weights === "integer") return 1 + Math.floor(u * 5);
    if (weights === "wide") return 2 ** Math.floor(40 * u - 20) * (1 + u);
    return weights === "allZero" || u < 0.5 ? 0 : u;
  });
}

async function readNumericCovertype(): Promise<{ table: Table; data: DMatrix }> {
  const columns = 10;
  const values: number[] = [];
  const stream = createReadStream(dataPath("covtype_num10_360003.csv.gz")).pipe(createGunzip());
  for await (const line of createInterface({ input: stream })) {
    const cells = line.split(",").map(Number);
    if (!Number.isNaN(cells[0])) for (let f = 0; f < columns; f++) values.push(cells[f]);
  }
  const data = Float32Array.from(values);
  const rows = data.length / columns;
  expect(rows).toBe(360_003);
  return {
    table: { rows, columns, data },
    data: DMatrix.fromDense(data, { rowCount: rows, featureCount: columns }),
  };
}
