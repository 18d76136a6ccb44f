// reg:pseudohubererror: d^2 (sqrt(1 + (z / d)^2) - 1) of the residual z = margin - label with slope d:
// squared error near 0, absolute error far from it.

import type { Declarations } from "../../core/declaration.ts";
import { defineObjective } from "../objective-module.ts";
import { type Derive, elementwise } from "./elementwise.ts";

const fround = Math.fround;

export const huberSlope = {
  huberSlope: {
    type: "number",
    default: 1,
    minimum: 0,
    exclusiveMinimum: true,
    doc: "Residual at which reg:pseudohubererror turns from squared to absolute error.",
  },
} as const satisfies Declarations;

export const pseudoHuber = defineObjective({
  name: "reg:pseudohubererror",
  task: "regression",
  parameters: huberSlope,
  modelGroup: "pseudo_huber_param",
  createLoss: ({ huberSlope }) => ({
    defaultMetric: "mphe",
    labels: { words: "a number" },
    baseScore: "newton",
    computeGradients: elementwise(deriveWith(huberSlope)),
  }),
});

function deriveWith(slope: number): Derive {
  const slope2 = fround(slope * slope);
  return (margins, label, begin, end, pairs) => {
    for (let row = begin; row < end; row++) {
      const z = fround(margins[row] - label[row]);
      const z2 = fround(z * z);
      const root = fround(Math.sqrt(fround(1 + fround(z2 / slope2))));
      pairs[2 * row] = z / root;
      pairs[2 * row + 1] = slope2 / fround(fround(slope2 + z2) * root);
    }
  };
}
