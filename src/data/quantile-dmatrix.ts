// QuantileDMatrix (XGBoost's word): a training table of which only the bins are kept. Its cuts are made once,
// for one `maxBin`; training on it gives the model of the table that it was made from, byte for byte.

import { checkValue, type Declaration } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import { BinFinder } from "./bin-finder.ts";
import { BinnedFeatures, stateArrays } from "./binned-features.ts";
import { buildCuts, type Cuts, countPresent } from "./cuts.ts";
import { DMatrix, type DMatrixInfo } from "./dmatrix.ts";

/** Rows of a table by their numbers, which ascend. */
export interface SampledRows {
  readonly rows: ArrayLike<number>;
  readonly data: DMatrix;
}

/** The largest number of bins of a numeric feature. */
export const maxBinOption = {
  type: "integer",
  minimum: 2,
  maximum: 65535,
  default: 256,
} as const satisfies Declaration;

export class QuantileDMatrix extends DMatrix {
  declare readonly features: BinnedFeatures;
  readonly maxBin: number;
  /** Some rows with their original values, where whoever made the table was asked to keep them. */
  readonly sample: SampledRows | undefined;

  /**
   * From features that are binned already; users call `fromDMatrix` or read files.
   *
   * @throws {CoppiceError} INVALID_DATA when a length or value of `info` does not fit
   */
  constructor(features: BinnedFeatures, maxBin: number, info: DMatrixInfo = {}, sample?: SampledRows) {
    super(features, info);
    this.maxBin = maxBin;
    this.sample = sample;
  }

  get cuts(): Cuts {
    return this.features.cuts;
  }

  /**
   * The bins of a table, with everything else that it holds.
   *
   * @param maxBin the `maxBin` to train with, in [2, 65535]; 256 by default, as in training
   * @example const table = QuantileDMatrix.fromDMatrix(data, { maxBin: 64 })
   * @throws {CoppiceError} INVALID_PARAMETER for another `maxBin`
   */
  static fromDMatrix(
    data: DMatrix,
    { maxBin = maxBinOption.default }: { maxBin?: number | undefined } = {},
  ): QuantileDMatrix {
    checkMaxBin(maxBin);
    const cuts = buildCuts(data, maxBin);
    const counts = countPresent(data);
    const finders = Array.from(counts, (_, f) => new BinFinder(cuts, f));
    const states = stateArrays(data.features, cuts, counts, finders);
    const { queryOffsets } = data;
    return new QuantileDMatrix(new BinnedFeatures(states, cuts, counts, data.rowCount), maxBin, {
      label: data.label,
      weight: data.weight,
      baseMargin: data.baseMargin,
      querySizes: queryOffsets?.slice(1).map((end, q) => end - queryOffsets[q]),
      featureNames: data.featureNames,
      featureTypes: data.featureTypes,
      categories: data.categories,
      labelClasses: data.labelClasses,
      featureWeights: data.featureWeights,
    });
  }

  /** @throws {CoppiceError} UNSUPPORTED always: the values are not kept, and other rows have other cuts */
  override selectRows(): DMatrix {
    throw new CoppiceError(
      "UNSUPPORTED",
      "rows of a QuantileDMatrix cannot be selected: it keeps bins, not values; select them of the DMatrix",
    );
  }
}

/** @throws {CoppiceError} INVALID_PARAMETER */
export function checkMaxBin(maxBin: number): void {
  checkValue("maxBin", maxBinOption, maxBin);
}
