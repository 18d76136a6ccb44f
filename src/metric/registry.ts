// Metrics by XGBoost's names, with what may follow the name: "error@0.7", "tweedie-nloglik@1.3",
// "ndcg@5-". A new metric is a function and a line here.

import { CoppiceError, showValue } from "../core/errors.ts";
import { formatGeneral } from "../core/format-float.ts";
import { unknownName } from "../core/parameter.ts";
import { type ObjectiveParameters, readParameter } from "../objective/parameters.ts";
import { auc, aucpr } from "./auc.ts";
import {
  elementwiseMetric,
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
  rootMean,
  tweedieLogLikelihood,
  twiceMean,
} from "./elementwise.ts";
import type { Metric } from "./metric.ts";
import { merror, mlogloss } from "./multi-class.ts";
import { type RankingName, rankingMetric } from "./ranking.ts";

/** @param argument what stands after "@", or undefined */
type Creator = (argument: string | undefined, parameters: ObjectiveParameters) => Metric;

const creators: Readonly<Record<string, Creator>> = {
  rmse: () => elementwiseMetric("rmse", rmse, rootMean),
  rmsle: () => elementwiseMetric("rmsle", rmsle, rootMean),
  mae: () => elementwiseMetric("mae", mae),
  mape: () => elementwiseMetric("mape", mape),
  mphe: (_, parameters) => elementwiseMetric("mphe", mphe(readParameter(parameters, "huberSlope"))),
  logloss: () => elementwiseMetric("logloss", logloss),
  error: createError,
  "poisson-nloglik": () => elementwiseMetric("poisson-nloglik", poissonLogLikelihood),
  "gamma-nloglik": () => elementwiseMetric("gamma-nloglik", gammaLogLikelihood),
  "gamma-deviance": () => elementwiseMetric("gamma-deviance", gammaDeviance, twiceMean),
  "tweedie-nloglik": createTweedie,
  merror: () => merror,
  mlogloss: () => mlogloss,
  auc: () => auc,
  aucpr: () => aucpr,
  ndcg: (argument) => createRanking("ndcg", argument),
  map: (argument) => createRanking("map", argument),
  pre: (argument) => createRanking("pre", argument),
};

/** Those that take an argument, and what it is. */
const argumentRules: Readonly<Record<string, string>> = {
  error: "a threshold, as in `error@0.7`",
  "tweedie-nloglik": "a variance power in [1, 2), as in `tweedie-nloglik@1.5`",
  ndcg: "a number of rows, as in `ndcg@5`",
  map: "a number of rows, as in `map@5`",
  pre: "a number of rows, as in `pre@5`",
};

/** The names of all metrics, without arguments. */
export const knownMetrics: readonly string[] = Object.keys(creators);

/**
 * The metric that a name such as "logloss" or "error@0.7" means.
 *
 * @param parameters of training, for metrics that share one with an objective (mphe: huberSlope)
 * @throws {CoppiceError} INVALID_PARAMETER when the name is not known (with the nearest one that is) or
 *   what follows it is wrong
 */
export function createMetric(spec: string, parameters: ObjectiveParameters = {}): Metric {
  const hasMinus = spec.endsWith("-");
  const at = spec.indexOf("@");
  const name = at >= 0 ? spec.slice(0, at) : hasMinus ? spec.slice(0, -1) : spec;
  if (!Object.hasOwn(creators, name)) throw unknownName("metric", name, knownMetrics);
  const argument = at >= 0 ? spec.slice(at + 1) : hasMinus ? "-" : undefined;
  if (argument !== undefined && !Object.hasOwn(argumentRules, name)) {
    throw new CoppiceError("INVALID_PARAMETER", `the metric \`${name}\` takes no argument, got \`${spec}\``, {
      metric: spec,
    });
  }
  return creators[name](argument, parameters);
}

function createError(argument: string | undefined): Metric {
  const threshold = argument === undefined ? 0.5 : Math.fround(parseArgument("error", argument));
  const name = threshold === 0.5 ? "error" : `error@${formatGeneral(threshold, 6)}`;
  return elementwiseMetric(name, error(threshold));
}

function createTweedie(argument: string | undefined): Metric {
  const rho = Math.fround(parseArgument("tweedie-nloglik", argument));
  if (!(rho >= 1 && rho < 2)) throw badArgument("tweedie-nloglik", argument);
  return elementwiseMetric(`tweedie-nloglik@${formatGeneral(rho, 6)}`, tweedieLogLikelihood(rho));
}

/** XGBoost parity: "ndcg@5-" keeps its minus in the name, "ndcg-" too. */
function createRanking(kind: RankingName, argument: string | undefined): Metric {
  if (argument === undefined) return rankingMetric(kind, kind, Infinity, false);
  const hasMinus = argument.endsWith("-");
  const digits = hasMinus ? argument.slice(0, -1) : argument;
  if (digits === "" && hasMinus) return rankingMetric(`${kind}-`, kind, Infinity, true);
  const k = parseArgument(kind, digits);
  if (!(Number.isInteger(k) && k >= 1)) throw badArgument(kind, argument);
  return rankingMetric(`${kind}@${argument}`, kind, k, hasMinus);
}

function parseArgument(name: string, argument: string | undefined): number {
  const value = argument === undefined || argument.trim() === "" ? Number.NaN : Number(argument);
  if (Number.isFinite(value)) return value;
  throw badArgument(name, argument);
}

function badArgument(name: string, argument: string | undefined): CoppiceError {
  const got = argument === undefined ? "nothing" : showValue(argument);
  return new CoppiceError(
    "INVALID_PARAMETER",
    `the metric \`${name}\` needs ${argumentRules[name]}, got ${got}`,
    { metric: name },
  );
}
