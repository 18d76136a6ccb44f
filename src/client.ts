// The client of model servers, for browsers and every other runtime that fetches. The entry
// `coppice/client`.

export { CoppiceError, type ErrorCode, type ErrorDetails } from "./core/errors.ts";
export { type DenseOptions, DMatrix, type DMatrixInfo, type SparseOptions } from "./data/dmatrix.ts";
export {
  type ConnectOptions,
  connect,
  RemoteBooster,
  type RemoteKind,
  type RemotePredictOptions,
} from "./serve/client/remote-booster.ts";
