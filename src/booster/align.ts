// Makes a table fit a model: as many features, under the same names, category codes by the model's
// dictionaries. A table that fits already passes through untouched.

import { CoppiceError, showValue } from "../core/errors.ts";
import type { CategoryNames, DMatrix } from "../data/dmatrix.ts";
import type { Features } from "../data/features.ts";
import type { Model } from "../model/model.ts";

/** No category of the model; held in a code table. */
const UNKNOWN = -1;
const MAX_NAMES_SHOWN = 10;

/** What a model says about its inputs. */
export type ModelInputs = Pick<Model, "featureCount" | "featureNames" | "categories"> &
  Partial<Pick<Model, "trees" | "linearWeights">>;

/**
 * The features of `data` as the model numbers them. A table may have fewer features than the model,
 * the rest is missing then.
 *
 * @param isStrict whether names, where both have them, must be the model's
 * @returns features whose category codes are the model's; reading a row with an unknown category
 *   throws INVALID_DATA
 * @throws {CoppiceError} INVALID_DATA when there are too many features or other names
 */
export function alignFeatures(model: ModelInputs, data: DMatrix, isStrict = true): Features {
  if (data.featureCount > model.featureCount) {
    throw tooManyFeatures(model.featureCount, data.featureCount);
  }
  if (isStrict) checkNames(model.featureNames, data.featureNames);
  data.features.checkModel?.(model);
  const codes = (data.categories ?? []).map((names, f) =>
    names === null ? null : mapCodes(names, model.categories[f] ?? null, nameOf(model, f)),
  );
  if (codes.every((table) => table === null)) return data.features;
  return new RecodedFeatures(data.features, codes, (row, f, code) => {
    const name = showValue(data.categories?.[f]?.[code]);
    return new CoppiceError(
      "INVALID_DATA",
      `feature ${nameOf(model, f)} has the category ${name} in row ${row}, which the model does not know`,
      { row, feature: f },
    );
  });
}

export function tooManyFeatures(expected: number, got: number): CoppiceError {
  return new CoppiceError(
    "INVALID_DATA",
    `the data must have at most the ${expected} features of the model, got ${got}`,
    { expected, got },
  );
}

function nameOf(model: ModelInputs, f: number): string {
  return model.featureNames.length > 0 ? showValue(model.featureNames[f]) : String(f);
}

function checkNames(expected: readonly string[], got: readonly string[] | undefined): void {
  if (got === undefined || expected.length === 0) return;
  if (got.every((name, f) => name === expected[f])) return;
  const missing = expected.filter((name) => !got.includes(name));
  const unexpected = got.filter((name) => !expected.includes(name));
  const parts: string[] = [];
  if (missing.length > 0) parts.push(`missing ${listNames(missing)}`);
  if (unexpected.length > 0) parts.push(`unexpected ${listNames(unexpected)}`);
  if (parts.length === 0) {
    const f = got.findIndex((name, i) => name !== expected[i]);
    parts.push(`at position ${f} the model has ${showValue(expected[f])}, the data ${showValue(got[f])}`);
  } else if (unexpected.length === 0) {
    parts.push("fewer features are allowed when they are the model's first ones");
  }
  throw new CoppiceError(
    "INVALID_DATA",
    `the feature names of the data must be those of the model in the same order: ${parts.join("; ")}`,
  );
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES_SHOWN).map(showValue).join(", ");
  return names.length > MAX_NAMES_SHOWN ? `${shown} and ${names.length - MAX_NAMES_SHOWN} more` : shown;
}

/** From the data's codes to the model's, UNKNOWN where it has none; null when they are the same. */
function mapCodes(
  names: readonly (string | number)[],
  known: CategoryNames,
  feature: string,
): Float32Array | null {
  if (known === null) return null;
  if (names.length > 0 && known.length > 0 && typeof names[0] !== typeof known[0]) {
    throw new CoppiceError(
      "INVALID_DATA",
      `the categories of feature ${feature} must be ${typeof known[0]}s as in the model, got ${typeof names[0]}s`,
    );
  }
  const codeOf = new Map<string | number, number>([...known.entries()].map(([code, name]) => [name, code]));
  const codes = Float32Array.from(names, (name) => codeOf.get(name) ?? UNKNOWN);
  return codes.every((code, i) => code === i) ? null : codes;
}

/** Features whose categories are coded anew on reading. */
class RecodedFeatures implements Features {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly isSparse: boolean;
  readonly #source: Features;
  readonly #codes: readonly (Float32Array | null)[];
  readonly #unknownCategory: (row: number, feature: number, code: number) => CoppiceError;

  constructor(
    source: Features,
    codes: readonly (Float32Array | null)[],
    unknownCategory: (row: number, feature: number, code: number) => CoppiceError,
  ) {
    this.rowCount = source.rowCount;
    this.featureCount = source.featureCount;
    this.isSparse = source.isSparse;
    this.#source = source;
    this.#codes = codes;
    this.#unknownCategory = unknownCategory;
  }

  readRows(begin: number, end: number, scratch: Float32Array): Float32Array {
    const width = this.featureCount;
    const rows = this.#source.readRows(begin, end, scratch);
    // The source's rows may be a view of the table itself.
    if (rows.buffer !== scratch.buffer) scratch.set(rows);
    for (let f = 0; f < width; f++) {
      const codes = this.#codes[f];
      if (!codes) continue;
      for (let row = begin, at = f; row < end; row++, at += width) {
        const value = scratch[at];
        if (Number.isNaN(value)) continue;
        const code = codes[value] ?? UNKNOWN;
        if (code === UNKNOWN) throw this.#unknownCategory(row, f, value);
        scratch[at] = code;
      }
    }
    return scratch.subarray(0, (end - begin) * width);
  }
}
