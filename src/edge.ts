// Loading and predicting alone, for places where every kilobyte counts: no training, no writing, no
// explanations. The same files, the same predictions.

export { Predictor, type PredictorKind, type PredictorOptions } from "./booster/predictor.ts";
export { CoppiceError, type ErrorCode, type ErrorDetails } from "./core/errors.ts";
export {
  type CategoryNames,
  type DenseOptions,
  DMatrix,
  type DMatrixInfo,
  type FeatureType,
  type LabelClass,
  type SparseOptions,
} from "./data/dmatrix.ts";
export type { Model, ModelObjective } from "./model/model.ts";
export type { Tree } from "./tree/tree.ts";

import { Predictor } from "./booster/predictor.ts";
import { readCompactModel } from "./model/compact/compact-reader.ts";
import { readModel } from "./model/model-reader.ts";

/**
 * A model from the bytes of a file that XGBoost 1.7 to 3.x or coppice wrote, JSON or UBJSON.
 *
 * @param source the bytes, or the text of a JSON file
 * @throws {CoppiceError} INVALID_MODEL with the byte offset or the field when the file is cut off or
 *   altered; UNSUPPORTED for trees with vector leaves
 */
export function loadModel(source: Uint8Array | string): Predictor {
  return new Predictor(readModel(source));
}

/**
 * A model from the compact form that `writeCompactModel` made of it, for a fast start; the same
 * predictions, to the bit. Used alone it leaves the readers of JSON and UBJSON out of a bundle.
 *
 * @throws {CoppiceError} INVALID_MODEL when the bytes are of another form or version, cut off or altered
 */
export function loadCompactModel(bytes: Uint8Array): Predictor {
  return new Predictor(readCompactModel(bytes));
}
