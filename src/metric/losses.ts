// The metrics that are means of a loss between a row's label and its prediction. Source: XGBoost 3.4.1.

import { lgamma } from "../core/math/exp-log.ts";
import { expf, logf } from "../core/math/exp-log-float.ts";
import { log1pf } from "../core/math/log1p-float.ts";
import { huberSlope } from "../objective/elementwise/pseudo-huber.ts";
import { elementwiseMetric } from "./elementwise.ts";

const fround = Math.fround;
const MIN_PROBABILITY = fround(1e-16);
const SMALL = fround(1e-6);

export const rmse = elementwiseMetric({
  name: "rmse",
  parts: "root",
  createLoss: () => (y, p) => {
    const difference = fround(y - p);
    return fround(difference * difference);
  },
});

export const rmsle = elementwiseMetric({
  name: "rmsle",
  parts: "root",
  createLoss: () => (y, p) => {
    const difference = fround(log1pf(y) - log1pf(p));
    return fround(difference * difference);
  },
});

export const mae = elementwiseMetric({
  name: "mae",
  createLoss: () => (y, p) => Math.abs(fround(y - p)),
});

export const mape = elementwiseMetric({
  name: "mape",
  createLoss: () => (y, p) => Math.abs(fround(fround(y - p) / y)),
});

/** Pseudo-Huber loss. */
export const mphe = elementwiseMetric({
  name: "mphe",
  parameters: huberSlope,
  createLoss: ({ huberSlope: slope }) => {
    const slope2 = fround(slope * slope);
    return (y, p) => {
      const ratio = fround(fround(y - p) / slope);
      return fround(slope2 * fround(fround(Math.sqrt(fround(1 + fround(ratio * ratio)))) - 1));
    };
  },
});

export const logloss = elementwiseMetric({
  name: "logloss",
  createLoss: () => (y, p) => fround(timesLog(-y, p) + timesLog(-fround(1 - y), fround(1 - p))),
});

function timesLog(factor: number, p: number): number {
  return factor === 0 ? 0 : fround(factor * logf(Math.max(p, MIN_PROBABILITY)));
}

/** 1 - y where p lies above the threshold, else y. */
export const error = elementwiseMetric({
  name: "error",
  argument: { type: "number", default: 0.5, doc: "a threshold, as in `error@0.7`" },
  createLoss: (_, threshold) => (y, p) => (p > threshold ? fround(1 - y) : y),
});

export const poissonLogLikelihood = elementwiseMetric({
  name: "poisson-nloglik",
  createLoss: () => (y, p) => {
    const mean = Math.max(p, MIN_PROBABILITY);
    const constant = fround(lgamma(fround(y + 1)));
    return fround(fround(constant + mean) - fround(logf(mean) * y));
  },
});

export const gammaLogLikelihood = elementwiseMetric({
  name: "gamma-nloglik",
  createLoss: () => (y, p) => {
    const theta = fround(-1 / Math.max(p, SMALL));
    return -fround(fround(y * theta) - -logf(-theta));
  },
});

export const gammaDeviance = elementwiseMetric({
  name: "gamma-deviance",
  // XGBoost parity: twice the mean, and no weight counts as 1e-6.
  finish: ({ loss, weight }) => (2 * loss) / (weight <= 0 ? SMALL : weight),
  createLoss: () => (y, p) => {
    const mean = fround(p + SMALL);
    const label = fround(y + SMALL);
    return fround(fround(logf(fround(mean / label)) + fround(label / mean)) - 1);
  },
});

/** Negative log-likelihood of a Tweedie distribution of that variance power, without its constant. */
export const tweedieLogLikelihood = elementwiseMetric({
  name: "tweedie-nloglik",
  argument: {
    type: "number",
    isRequired: true,
    minimum: 1,
    maximum: 2,
    exclusiveMaximum: true,
    doc: "a variance power in [1, 2), as in `tweedie-nloglik@1.5`",
  },
  createLoss: (_, rho) => {
    const a = fround(1 - rho);
    const b = fround(2 - rho);
    return (y, p) => {
      const logP = logf(p);
      const first = fround(fround(y * expf(fround(a * logP))) / a);
      return fround(-first + fround(expf(fround(b * logP)) / b));
    };
  },
});
