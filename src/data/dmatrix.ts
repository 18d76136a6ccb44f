// DMatrix: a table of features with what training needs to know about its rows (labels, weights,
// base margins, query groups) and its columns (names, types, category names). Immutable once built.

import { CoppiceError, showValue } from "../core/errors.ts";
import { checkNames, type OptionNames } from "../core/options.ts";
import { DenseFeatures, type Features, normaliseValues, sparseFeatures } from "./features.ts";

/** "q"/"float" numeric, "int" integer, "i" indicator, "c" categorical: XGBoost's feature types. */
export type FeatureType = "q" | "float" | "int" | "i" | "c";

/** Values per category code of one feature, in code order; null for a feature without a dictionary. */
export type CategoryNames = readonly string[] | readonly number[] | null;

/** A class label as the user wrote it. */
export type LabelClass = string | number;

/** What may accompany the feature values of a table. */
export interface DMatrixInfo {
  /** One per row; for several targets none yet. */
  label?: ArrayLike<number> | undefined;
  /** One per row, not negative. */
  weight?: ArrayLike<number> | undefined;
  /** [rowCount × groupCount] row-major; replaces the base score. */
  baseMargin?: ArrayLike<number> | undefined;
  /** Rows per query, in row order. */
  querySizes?: ArrayLike<number> | undefined;
  featureNames?: readonly string[] | undefined;
  featureTypes?: readonly FeatureType[] | undefined;
  /** One entry per feature, see CategoryNames. */
  categories?: readonly CategoryNames[] | undefined;
  /** When labels are codes 0, 1, ..: what each code stood for, in code order. */
  labelClasses?: readonly LabelClass[] | undefined;
  /** Sampling weight of each feature, not negative. */
  featureWeights?: ArrayLike<number> | undefined;
}

export interface DenseOptions extends DMatrixInfo {
  rowCount: number;
  featureCount: number;
  /** How `values` is laid out; "row" by default. */
  layout?: "row" | "column" | undefined;
  /** The value that means missing, besides NaN. */
  missing?: number | undefined;
}

export interface SparseOptions extends DMatrixInfo {
  /** By default one more than the largest index. */
  featureCount?: number | undefined;
  missing?: number | undefined;
}

const infoNames: OptionNames<DMatrixInfo> = {
  label: true,
  weight: true,
  baseMargin: true,
  querySizes: true,
  featureNames: true,
  featureTypes: true,
  categories: true,
  labelClasses: true,
  featureWeights: true,
};
const rowsNames = { ...infoNames, missing: true } as const;
const denseNames: OptionNames<DenseOptions> = {
  ...rowsNames,
  rowCount: true,
  featureCount: true,
  layout: true,
};
const sparseNames: OptionNames<SparseOptions> = { ...rowsNames, featureCount: true };

export class DMatrix {
  readonly features: Features;
  readonly rowCount: number;
  readonly featureCount: number;
  readonly label: Float32Array | undefined;
  readonly weight: Float32Array | undefined;
  /** [rowCount × groupCount] row-major. */
  readonly baseMargin: Float32Array | undefined;
  /** Length queries + 1. */
  readonly queryOffsets: Uint32Array | undefined;
  readonly featureNames: readonly string[] | undefined;
  readonly featureTypes: readonly FeatureType[] | undefined;
  readonly categories: readonly CategoryNames[] | undefined;
  readonly labelClasses: readonly LabelClass[] | undefined;
  readonly featureWeights: Float32Array | undefined;

  /**
   * From features that are checked already (see `normaliseValues`); users call the `from…` functions.
   *
   * @throws {CoppiceError} INVALID_DATA when a length or value of `info` does not fit
   */
  constructor(features: Features, info: DMatrixInfo = {}) {
    const { rowCount, featureCount } = features;
    this.features = features;
    this.rowCount = rowCount;
    this.featureCount = featureCount;
    this.label = checkedVector("label", info.label, rowCount);
    this.weight = checkedVector("weight", info.weight, rowCount, 0);
    this.baseMargin = checkedVector("baseMargin", info.baseMargin, undefined);
    if (this.baseMargin && (rowCount === 0 || this.baseMargin.length % rowCount !== 0)) {
      throw new CoppiceError(
        "INVALID_DATA",
        `\`baseMargin\` must have rowCount × groupCount values for ${rowCount} rows, got ${this.baseMargin.length}`,
      );
    }
    this.queryOffsets = info.querySizes && offsetsOfSizes(info.querySizes, rowCount);
    this.featureNames = checkedNames(info.featureNames, featureCount);
    checkLength("featureTypes", info.featureTypes?.length, featureCount);
    this.featureTypes = info.featureTypes;
    checkLength("categories", info.categories?.length, featureCount);
    this.categories = info.categories?.some((names) => names !== null) ? info.categories : undefined;
    this.labelClasses = info.labelClasses;
    this.featureWeights = checkedVector("featureWeights", info.featureWeights, featureCount, 0);
    if (this.featureTypes?.includes("c")) checkCategoryCodes(features, this.featureTypes);
  }

  /**
   * A table from a flat array of [rowCount × featureCount] values. A row-major Float32Array is used
   * without copying; do not change it afterwards.
   *
   * @example DMatrix.fromDense([1, 2, 3, 4], { rowCount: 2, featureCount: 2, label: [0, 1] })
   * @throws {CoppiceError} INVALID_DATA when lengths do not fit or a value is infinite; INVALID_PARAMETER for
   *   an unknown option
   */
  static fromDense(values: ArrayLike<number>, options: DenseOptions): DMatrix {
    checkNames("DMatrix.fromDense()", options, denseNames);
    const { rowCount, featureCount, layout = "row", missing = NaN } = options;
    checkCount("rowCount", rowCount);
    checkCount("featureCount", featureCount);
    checkLength("values", values.length, rowCount * featureCount);
    let table: Float32Array;
    if (layout === "column") {
      table = new Float32Array(values.length);
      for (let f = 0; f < featureCount; f++) {
        for (let r = 0; r < rowCount; r++) table[r * featureCount + f] = values[f * rowCount + r];
      }
    } else {
      const mustCopy = !(values instanceof Float32Array) || !Number.isNaN(missing);
      table = mustCopy ? Float32Array.from(values) : values;
    }
    normaliseValues(table, featureCount, missing);
    return new DMatrix(new DenseFeatures([table], rowCount, featureCount), options);
  }

  /**
   * A table from rows of equal length; null and undefined mean missing.
   *
   * @example DMatrix.fromRows([[1, null], [3, 4]], { label: [0, 1] })
   * @throws {CoppiceError} INVALID_DATA naming the first row of another length
   */
  static fromRows(
    rows: readonly ArrayLike<number | null | undefined>[],
    options: DMatrixInfo & { missing?: number | undefined } = {},
  ): DMatrix {
    checkNames("DMatrix.fromRows()", options, rowsNames);
    const featureCount = rows[0]?.length ?? 0;
    const table = new Float32Array(rows.length * featureCount);
    for (let r = 0; r < rows.length; r++) {
      if (rows[r].length !== featureCount) {
        throw new CoppiceError(
          "INVALID_DATA",
          `all rows must have ${featureCount} values like the first, got ${rows[r].length} in row ${r}`,
          { row: r },
        );
      }
      for (let f = 0; f < featureCount; f++) table[r * featureCount + f] = rows[r][f] ?? NaN;
    }
    return DMatrix.fromDense(table, { ...options, rowCount: rows.length, featureCount });
  }

  /**
   * A sparse table: entries of row r are [offsets[r], offsets[r + 1]); absent entries are missing.
   *
   * @throws {CoppiceError} INVALID_DATA when offsets or indices do not fit, a row holds a feature twice or a
   *   value is infinite
   */
  static fromCSR(
    offsets: ArrayLike<number>,
    indices: ArrayLike<number>,
    values: ArrayLike<number>,
    options: SparseOptions = {},
  ): DMatrix {
    checkNames("DMatrix.fromCSR()", options, sparseNames);
    const { featureCount, missing = NaN } = options;
    return new DMatrix(sparseFeatures(offsets, indices, values, featureCount, missing), options);
  }

  /**
   * The rows `rows` in that order, as a new dense table.
   *
   * @throws {CoppiceError} UNSUPPORTED for a table with query groups, INVALID_DATA for a row that is not there
   */
  selectRows(rows: ArrayLike<number>): DMatrix {
    if (this.queryOffsets) {
      throw new CoppiceError(
        "UNSUPPORTED",
        "rows of a table with query groups cannot be selected one by one",
      );
    }
    const width = this.featureCount;
    const table = new Float32Array(rows.length * width);
    const scratch = new Float32Array(width);
    for (let i = 0; i < rows.length; i++) {
      if (!(Number.isInteger(rows[i]) && rows[i] >= 0 && rows[i] < this.rowCount)) {
        throw new CoppiceError(
          "INVALID_DATA",
          `selected rows must be integers in [0, ${this.rowCount}), got ${showValue(rows[i])} at position ${i}`,
          { position: i },
        );
      }
      table.set(this.features.readRows(rows[i], rows[i] + 1, scratch), i * width);
    }
    const select = (values: Float32Array | undefined, perRow = 1) =>
      values &&
      Float32Array.from(
        { length: rows.length * perRow },
        (_, i) => values[rows[Math.floor(i / perRow)] * perRow + (i % perRow)],
      );
    return new DMatrix(new DenseFeatures([table], rows.length, width), {
      label: select(this.label),
      weight: select(this.weight),
      baseMargin: select(this.baseMargin, (this.baseMargin?.length ?? 0) / this.rowCount),
      featureNames: this.featureNames,
      featureTypes: this.featureTypes,
      categories: this.categories,
      labelClasses: this.labelClasses,
      featureWeights: this.featureWeights,
    });
  }
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0) {
    throw new CoppiceError(
      "INVALID_DATA",
      `\`${name}\` must be an integer of at least 0, got ${showValue(value)}`,
    );
  }
}

function checkLength(name: string, length: number | undefined, expected: number): void {
  if (length !== undefined && length !== expected) {
    throw new CoppiceError("INVALID_DATA", `\`${name}\` must have ${expected} values, got ${length}`);
  }
}

function checkedVector(
  name: string,
  values: ArrayLike<number> | undefined,
  length: number | undefined,
  minimum = -Infinity,
): Float32Array | undefined {
  if (values === undefined) return undefined;
  if (length !== undefined) checkLength(name, values.length, length);
  const vector = values instanceof Float32Array ? values : Float32Array.from(values);
  for (let i = 0; i < vector.length; i++) {
    if (
      !(vector[i] >= minimum && vector[i] <= 3.4028234663852886e38 && vector[i] >= -3.4028234663852886e38)
    ) {
      const rule = minimum === 0 ? "a finite number of at least 0" : "a finite number";
      throw new CoppiceError(
        "INVALID_DATA",
        `\`${name}\` must be ${rule}, got ${values[i]} at position ${i}`,
        {
          position: i,
        },
      );
    }
  }
  return vector;
}

function checkedNames(names: readonly string[] | undefined, count: number): readonly string[] | undefined {
  if (names === undefined) return undefined;
  checkLength("featureNames", names.length, count);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      throw new CoppiceError("INVALID_DATA", `\`featureNames\` must be unique, got ${showValue(name)} twice`);
    }
    seen.add(name);
  }
  return names;
}

function offsetsOfSizes(sizes: ArrayLike<number>, rowCount: number): Uint32Array {
  const offsets = new Uint32Array(sizes.length + 1);
  for (let q = 0; q < sizes.length; q++) {
    if (!(Number.isInteger(sizes[q]) && sizes[q] >= 0)) {
      throw new CoppiceError(
        "INVALID_DATA",
        `\`querySizes\` must be integers of at least 0, got ${showValue(sizes[q])} at position ${q}`,
        { position: q },
      );
    }
    offsets[q + 1] = offsets[q] + sizes[q];
  }
  if (offsets[sizes.length] !== rowCount) {
    throw new CoppiceError(
      "INVALID_DATA",
      `\`querySizes\` must add up to the ${rowCount} rows, got ${offsets[sizes.length]}`,
    );
  }
  return offsets;
}

/** XGBoost parity: category codes lie in [0, 2^24). */
export const CATEGORY_CODES = 16777216;

/** The error for a category code out of range. */
export function badCategoryCode(code: number, row: number, feature: number): CoppiceError {
  return new CoppiceError(
    "INVALID_DATA",
    `category codes must lie in [0, ${CATEGORY_CODES}), got ${code} in row ${row}, feature ${feature}`,
    { row, feature },
  );
}

function checkCategoryCodes(features: Features, types: readonly FeatureType[]): void {
  const categorical = types.flatMap((type, f) => (type === "c" ? [f] : []));
  const width = features.featureCount;
  const rowsAtOnce = 1024;
  const scratch = new Float32Array(rowsAtOnce * width);
  for (let begin = 0; begin < features.rowCount; begin += rowsAtOnce) {
    const end = Math.min(begin + rowsAtOnce, features.rowCount);
    const block = features.readRows(begin, end, scratch);
    for (const f of categorical) {
      for (let row = begin; row < end; row++) {
        const code = block[(row - begin) * width + f];
        if (code < 0 || code >= CATEGORY_CODES) throw badCategoryCode(code, row, f);
      }
    }
  }
}
