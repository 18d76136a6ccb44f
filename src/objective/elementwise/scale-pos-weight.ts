// scalePosWeight, which several objectives share: rows whose label is 1 weigh that much more.

import type { Declarations } from "../../core/declaration.ts";
import type { BaseScoreRule } from "../objective-module.ts";

export const scalePosWeight = {
  scalePosWeight: {
    type: "number",
    default: 1,
    minimum: 0,
    doc: "Factor on the weight of rows whose label is 1.",
  },
} as const satisfies Declarations;

/** XGBoost parity: the mean of the labels does not know of the factor. */
export function meanUnlessScaled(factor: number): BaseScoreRule {
  return Math.abs(factor - 1) <= 1e-6 ? "mean" : "newton";
}
