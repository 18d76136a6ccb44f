// What a training case needs to know about each objective: parameters of its own, a base score in
// its range, and labels that it accepts and that follow the features.

import fc from "fast-check";

export const objectiveNames = [
  "reg:squarederror",
  "binary:logistic",
  "reg:logistic",
  "binary:logitraw",
  "multi:softmax",
  "multi:softprob",
  "count:poisson",
  "reg:gamma",
  "reg:tweedie",
  "reg:pseudohubererror",
] as const;

export type ObjectiveName = (typeof objectiveNames)[number];

const share = fc.integer({ min: 1, max: 99 }).map((n) => n / 100);
const positive = fc.integer({ min: 1, max: 500 }).map((n) => n / 100);
const signed = fc.integer({ min: -500, max: 500 }).map((n) => n / 100);

/** Parameters of the objective by XGBoost's names, each of which may be left out. */
export function objectiveParams(objective: ObjectiveName): Record<string, fc.Arbitrary<number | string>> {
  switch (objective) {
    case "binary:logistic":
    case "reg:logistic":
      return { base_score: share, scale_pos_weight: positive };
    case "binary:logitraw":
      return { base_score: signed, scale_pos_weight: positive };
    case "multi:softmax":
    case "multi:softprob":
      return { base_score: signed };
    case "count:poisson":
      return { base_score: positive };
    case "reg:gamma":
      return { base_score: positive };
    case "reg:tweedie":
      return { base_score: positive, tweedie_variance_power: share.map((s) => 1 + s) };
    case "reg:pseudohubererror":
      return { base_score: signed, huber_slope: positive };
    case "reg:squarederror":
      return { base_score: signed };
  }
}

export function isMultiClass(objective: ObjectiveName): boolean {
  return objective === "multi:softmax" || objective === "multi:softprob";
}

/**
 * The label of a row.
 *
 * @param signal what the features say, in [0, 1]
 * @param noise uniform in [0, 1)
 */
export function makeLabel(
  objective: ObjectiveName,
  signal: number,
  noise: number,
  classCount: number,
  isCoarse: boolean,
): number {
  const exponential = -Math.log(1 - noise);
  switch (objective) {
    case "binary:logistic":
    case "binary:logitraw":
      return noise < 0.1 + 0.8 * signal ? 1 : 0;
    case "reg:logistic":
      return isCoarse ? Math.round(2 * signal) / 2 : Math.min(1, 0.8 * signal + 0.3 * noise);
    case "multi:softmax":
    case "multi:softprob":
      return Math.min(classCount - 1, Math.floor(classCount * (0.7 * signal + 0.3 * noise)));
    case "count:poisson":
      return Math.floor(exponential * Math.exp(2 * signal));
    case "reg:gamma":
      return isCoarse ? 1 + Math.floor(4 * signal) : 0.001 + exponential * Math.exp(2 * signal);
    case "reg:tweedie":
      return noise < 0.4 ? 0 : (noise - 0.4) * Math.exp(3 * signal);
    case "reg:pseudohubererror":
    case "reg:squarederror": {
      const value = 20 * signal - 10 + (noise < 0.05 ? 50 : noise);
      return isCoarse ? Math.round(value / 3) : value;
    }
  }
}
