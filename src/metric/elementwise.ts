// Metrics that are means of a loss between one label and one prediction per row, as a table. Losses are
// float32, step by step. Source: XGBoost 3.4.1.

import { CoppiceError } from "../core/errors.ts";
import { lgamma } from "../core/math/exp-log.ts";
import { expf, logf } from "../core/math/exp-log-float.ts";
import { log1pf } from "../core/math/log1p-float.ts";
import type { Metric, MetricInput } from "./metric.ts";
import { meanLoss, sumLosses, type WeightedSum } from "./weighted-mean.ts";

const fround = Math.fround;

/** The loss of label y under prediction p, both float32. */
export type Loss = (y: number, p: number) => number;

const MIN_PROBABILITY = fround(1e-16);
const SMALL = fround(1e-6);

export function rmse(y: number, p: number): number {
  const difference = fround(y - p);
  return fround(difference * difference);
}

export function rmsle(y: number, p: number): number {
  const difference = fround(log1pf(y) - log1pf(p));
  return fround(difference * difference);
}

export function mae(y: number, p: number): number {
  return Math.abs(fround(y - p));
}

export function mape(y: number, p: number): number {
  return Math.abs(fround(fround(y - p) / y));
}

/** Pseudo-Huber loss of that slope. */
export function mphe(slope: number): Loss {
  const slope2 = fround(slope * slope);
  return (y, p) => {
    const ratio = fround(fround(y - p) / slope);
    return fround(slope2 * fround(fround(Math.sqrt(fround(1 + fround(ratio * ratio)))) - 1));
  };
}

export function logloss(y: number, p: number): number {
  return fround(timesLog(-y, p) + timesLog(-fround(1 - y), fround(1 - p)));
}

function timesLog(factor: number, p: number): number {
  return factor === 0 ? 0 : fround(factor * logf(Math.max(p, MIN_PROBABILITY)));
}

/** 1 - y where p lies above the threshold, else y. */
export function error(threshold: number): Loss {
  return (y, p) => (p > threshold ? fround(1 - y) : y);
}

export function poissonLogLikelihood(y: number, p: number): number {
  const mean = Math.max(p, MIN_PROBABILITY);
  const constant = fround(lgamma(fround(y + 1)));
  return fround(fround(constant + mean) - fround(logf(mean) * y));
}

export function gammaLogLikelihood(y: number, p: number): number {
  const theta = fround(-1 / Math.max(p, SMALL));
  return -fround(fround(y * theta) - -logf(-theta));
}

export function gammaDeviance(y: number, p: number): number {
  const mean = fround(p + SMALL);
  const label = fround(y + SMALL);
  return fround(fround(logf(fround(mean / label)) + fround(label / mean)) - 1);
}

/** Negative log-likelihood of a Tweedie distribution of that variance power, without its constant. */
export function tweedieLogLikelihood(rho: number): Loss {
  const a = fround(1 - rho);
  const b = fround(2 - rho);
  return (y, p) => {
    const logP = logf(p);
    const first = fround(fround(y * expf(fround(a * logP))) / a);
    return fround(-first + fround(expf(fround(b * logP)) / b));
  };
}

/** From the sums to the metric. */
type Finish = (sum: WeightedSum) => number;

export const rootMean: Finish = (sum) => Math.sqrt(meanLoss(sum));

/** XGBoost parity: twice the mean, and no weight counts as 1e-6. */
export const twiceMean: Finish = ({ loss, weight }) => (2 * loss) / (weight <= 0 ? SMALL : weight);

/** The metric that averages `loss` over rows. */
export function elementwiseMetric(name: string, loss: Loss, finish: Finish = meanLoss): Metric {
  return {
    name,
    isHigherBetter: false,
    async evaluate(input, collective) {
      checkSingleOutput(name, input);
      const { rowCount, label, predictions } = input;
      const losses = new Float64Array(rowCount);
      for (let row = 0; row < rowCount; row++) losses[row] = loss(label[row], predictions[row]);
      return finish(await sumLosses(losses, input, collective));
    },
  };
}

function checkSingleOutput(name: string, { groupCount }: MetricInput): void {
  if (groupCount === 1) return;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `the metric \`${name}\` needs one prediction per row, got ${groupCount}; ` +
      "for several classes use `merror`, `mlogloss` or `auc`",
    { metric: name },
  );
}
