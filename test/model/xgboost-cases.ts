// The models and answers of XGBoost that generate.py wrote, one folder per version.

import { readdirSync, readFileSync } from "node:fs";
import { type CategoryNames, DMatrix, type FeatureType } from "../../src/data/dmatrix.ts";

const root = new URL("../../fixtures/", import.meta.url);

/** The version whose files and answers must be met exactly. */
export const TARGET_VERSION = "3.4.1";

/** All versions of which there are fixtures, oldest first. */
export const versions: readonly string[] = readdirSync(root)
  .filter((name) => name.startsWith("xgboost-"))
  .map((name) => name.slice("xgboost-".length))
  .sort();

/** What XGBoost gave for the rows of a case; arrays are float32 in base64. */
export interface Expected {
  readonly rows: number;
  readonly features: number;
  readonly values: string;
  readonly margin: string;
  readonly value: string;
  readonly baseMargin?: string;
  readonly leaf?: string;
  readonly marginFromRound1?: string;
  readonly slice?: string;
  readonly contributions?: string;
  readonly approximateContributions?: string;
  readonly interactions?: string;
  readonly names?: readonly string[];
  readonly types?: readonly FeatureType[];
  readonly categories?: readonly CategoryNames[];
  readonly dumps?: Readonly<Record<string, readonly string[]>>;
  readonly dumpsWithStats?: Readonly<Record<string, readonly string[]>>;
  readonly importance?: Readonly<Record<string, Readonly<Record<string, number | readonly number[]>>>>;
}

export interface Case {
  readonly name: string;
  readonly json: Uint8Array;
  readonly ubj: Uint8Array;
  readonly expected: Expected;
  /** The rows that XGBoost predicted. */
  readonly data: DMatrix;
}

export function readFixture(version: string, file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`xgboost-${version}/${file}`, root)));
}

export function caseNames(version: string): string[] {
  return readdirSync(new URL(`xgboost-${version}/`, root))
    .filter((file) => file.endsWith(".expected.json"))
    .map((file) => file.slice(0, -".expected.json".length))
    .sort();
}

export function readCase(version: string, name: string): Case {
  const expected = JSON.parse(
    new TextDecoder().decode(readFixture(version, `${name}.expected.json`)),
  ) as Expected;
  return {
    name,
    json: readFixture(version, `${name}.json`),
    ubj: readFixture(version, `${name}.ubj`),
    expected,
    data: DMatrix.fromDense(decodeFloats(expected.values), {
      rowCount: expected.rows,
      featureCount: expected.features,
      featureNames: expected.names,
      featureTypes: expected.types,
      categories: expected.categories,
      baseMargin: expected.baseMargin === undefined ? undefined : decodeFloats(expected.baseMargin),
    }),
  };
}

export function decodeFloats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
