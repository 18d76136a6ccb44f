// Every metric, one line each.

export { auc, aucpr } from "./auc.ts";
export {
  error,
  gammaDeviance,
  gammaLogLikelihood,
  logloss,
  mae,
  mape,
  mphe,
  poissonLogLikelihood,
  rmse,
  rmsle,
  tweedieLogLikelihood,
} from "./losses.ts";
export { merror, mlogloss } from "./multi-class.ts";
export { map, ndcg, pre } from "./ranking.ts";
