// Metrics that are means of a loss between one label and one prediction per row. Losses are float32, step by
// step. Source: XGBoost 3.4.1.

import type { Declarations } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import { lgamma } from "../core/math/exp-log.ts";
import { expf, logf } from "../core/math/exp-log-float.ts";
import { log1pf } from "../core/math/log1p-float.ts";
import type { NoParameters, ResolvedValuesOf } from "../core/parameter.ts";
import { huberSlope } from "../objective/elementwise/pseudo-huber.ts";
import type { MetricInput } from "./metric.ts";
import { type MetricModule, SINGLE_OUTPUT } from "./metric-module.ts";
import { meanLoss, sumLosses, type WeightedSum } from "./weighted-mean.ts";

const fround = Math.fround;

/** The loss of label y under prediction p, both float32. */
type Loss = (y: number, p: number) => number;

interface ElementwiseMetric<P extends Declarations>
  extends Pick<MetricModule<P>, "name" | "argument" | "parameters"> {
  /** "mean" by default. */
  readonly parts?: "mean" | "root";
  /** From the sums to the metric, where `parts` does not tell it. */
  readonly finish?: (sum: WeightedSum) => number;
  createLoss(values: ResolvedValuesOf<P>, argument: number): Loss;
}

/** The metric that averages a loss over rows. */
function elementwise<const P extends Declarations = NoParameters>(
  metric: ElementwiseMetric<P>,
): MetricModule<P> {
  const { createLoss, parts = "mean", finish = parts === "root" ? rootMean : meanLoss, ...module } = metric;
  return {
    ...module,
    tasks: SINGLE_OUTPUT,
    parts,
    create(values, { name, argument }) {
      const loss = createLoss(values, argument as number);
      return async (input, collective) => {
        checkSingleOutput(name, input);
        const { rowCount, label, predictions } = input;
        const losses = new Float64Array(rowCount);
        for (let row = 0; row < rowCount; row++) losses[row] = loss(label[row], predictions[row]);
        return finish(await sumLosses(losses, input, collective));
      };
    },
  };
}

function rootMean(sum: WeightedSum): number {
  return Math.sqrt(meanLoss(sum));
}

const MIN_PROBABILITY = fround(1e-16);
const SMALL = fround(1e-6);

export const rmse = elementwise({
  name: "rmse",
  parts: "root",
  createLoss: () => (y, p) => {
    const difference = fround(y - p);
    return fround(difference * difference);
  },
});

export const rmsle = elementwise({
  name: "rmsle",
  parts: "root",
  createLoss: () => (y, p) => {
    const difference = fround(log1pf(y) - log1pf(p));
    return fround(difference * difference);
  },
});

export const mae = elementwise({
  name: "mae",
  createLoss: () => (y, p) => Math.abs(fround(y - p)),
});

export const mape = elementwise({
  name: "mape",
  createLoss: () => (y, p) => Math.abs(fround(fround(y - p) / y)),
});

/** Pseudo-Huber loss. */
export const mphe = elementwise({
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

export const logloss = elementwise({
  name: "logloss",
  createLoss: () => (y, p) => fround(timesLog(-y, p) + timesLog(-fround(1 - y), fround(1 - p))),
});

function timesLog(factor: number, p: number): number {
  return factor === 0 ? 0 : fround(factor * logf(Math.max(p, MIN_PROBABILITY)));
}

/** 1 - y where p lies above the threshold, else y. */
export const error = elementwise({
  name: "error",
  argument: { type: "number", default: 0.5, doc: "a threshold, as in `error@0.7`" },
  createLoss: (_, threshold) => (y, p) => (p > threshold ? fround(1 - y) : y),
});

export const poissonLogLikelihood = elementwise({
  name: "poisson-nloglik",
  createLoss: () => (y, p) => {
    const mean = Math.max(p, MIN_PROBABILITY);
    const constant = fround(lgamma(fround(y + 1)));
    return fround(fround(constant + mean) - fround(logf(mean) * y));
  },
});

export const gammaLogLikelihood = elementwise({
  name: "gamma-nloglik",
  createLoss: () => (y, p) => {
    const theta = fround(-1 / Math.max(p, SMALL));
    return -fround(fround(y * theta) - -logf(-theta));
  },
});

export const gammaDeviance = elementwise({
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
export const tweedieLogLikelihood = elementwise({
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

function checkSingleOutput(name: string, { groupCount }: MetricInput): void {
  if (groupCount === 1) return;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `the metric \`${name}\` needs one prediction per row, got ${groupCount}; ` +
      "for several classes use `merror`, `mlogloss` or `auc`",
    { metric: name },
  );
}
