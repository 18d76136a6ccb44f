// An objective whose derivatives come from a user's function. It borrows everything else (name in the
// model file, groups, transform, default metric) from a known objective.
// XGBoost parity: trained this way, the base score is 0.5 for every output, not estimated.

import { CoppiceError } from "../core/errors.ts";
import { toRowMajor } from "../core/row-group-layout.ts";
import { checkLabelRule } from "./labels.ts";
import type { Labels, Objective } from "./objective.ts";
import type { ObjectiveParameters } from "./parameters.ts";
import { createObjective } from "./registry.ts";

/** First and second derivatives by margin, [rowCount × groupCount] row-major. */
export interface CustomDerivatives {
  readonly grad: ArrayLike<number>;
  readonly hess: ArrayLike<number>;
}

/**
 * @param margins [rowCount × groupCount] row-major; a copy
 * @param labels what the training table says about its rows; weights are the function's to apply
 */
export type CustomObjectiveFunction = (margins: Float32Array, labels: Labels) => CustomDerivatives;

export interface CustomObjectiveOptions {
  /** The objective whose transform turns margins into predictions; "reg:squarederror" by default. */
  readonly like?: string | undefined;
  /** Parameters of that objective: numClass, for example. */
  readonly parameters?: ObjectiveParameters | undefined;
}

/**
 * An objective from a function.
 *
 * @example customObjective((margins, { label }) => ({ grad: margins.map((m, i) => m - label[i]), hess: margins.map(() => 1) }))
 * @throws {CoppiceError} INVALID_PARAMETER when `like` or its parameters are wrong
 */
export function customObjective(
  derive: CustomObjectiveFunction,
  options: CustomObjectiveOptions = {},
): Objective {
  const like = createObjective(options.like ?? "reg:squarederror", options.parameters);
  return {
    name: like.name,
    groupCount: like.groupCount,
    numClass: like.numClass,
    defaultMetric: like.defaultMetric,
    modelParameters: like.modelParameters,
    needsAllRows: true,
    checkLabels: (labels) => checkLabelRule("a custom objective", labels, { words: "a number" }),
    computeGradients(margins, labels, rowBegin, rowEnd, gradients) {
      const { groupCount } = like;
      const { rowCount } = labels;
      const rows = toRowMajor(margins, rowCount, groupCount);
      const { grad, hess } = derive(rows, labels);
      checkDerivative("grad", grad, rowCount * groupCount);
      checkDerivative("hess", hess, rowCount * groupCount);
      for (let row = rowBegin; row < rowEnd; row++) {
        for (let group = 0; group < groupCount; group++) {
          const to = 2 * (group * rowCount + row);
          gradients[to] = grad[row * groupCount + group];
          gradients[to + 1] = hess[row * groupCount + group];
        }
      }
    },
    estimateBaseScore: () => Float32Array.of(0.5),
  };
}

function checkDerivative(name: string, values: ArrayLike<number>, expected: number): void {
  if (values?.length !== expected) {
    throw new CoppiceError(
      "INVALID_DATA",
      `\`${name}\` of a custom objective must have ${expected} values, got ${values?.length ?? "none"}`,
    );
  }
  for (let i = 0; i < expected; i++) {
    if (!Number.isFinite(values[i])) {
      throw new CoppiceError(
        "INVALID_DATA",
        `\`${name}\` of a custom objective must be finite, got ${values[i]} at position ${i}`,
        { position: i },
      );
    }
  }
}
