// merror and mlogloss: the share of rows whose likeliest class is wrong, and the mean of -log of the
// probability of the right class.

import { CoppiceError } from "../core/errors.ts";
import { logf } from "../core/math/exp-log-float.ts";
import type { MetricInput } from "./metric.ts";
import { defineMetric, type MetricModule } from "./metric-module.ts";
import { meanLoss, sumLosses } from "./weighted-mean.ts";

const MIN_PROBABILITY = Math.fround(1e-16);

export const merror: MetricModule = multiClassMetric("merror", (input, row, label) => {
  const { predictions, groupCount, rowCount } = input;
  // XGBoost parity: the first of equal probabilities wins.
  let best = 0;
  for (let group = 1; group < groupCount; group++) {
    if (predictions[group * rowCount + row] > predictions[best * rowCount + row]) best = group;
  }
  return best === label ? 0 : 1;
});

export const mlogloss: MetricModule = multiClassMetric("mlogloss", (input, row, label) => {
  return -logf(Math.max(input.predictions[label * input.rowCount + row], MIN_PROBABILITY));
});

function multiClassMetric(
  name: string,
  loss: (input: MetricInput, row: number, label: number) => number,
): MetricModule {
  return defineMetric({
    name,
    tasks: ["multiclass"],
    parts: "mean",
    create: () => async (input, collective) => {
      const { rowCount, label, groupCount } = input;
      const losses = new Float64Array(rowCount);
      for (let row = 0; row < rowCount; row++) {
        // XGBoost parity: a label is truncated to an integer.
        const code = Math.trunc(label[row]);
        if (!(code >= 0 && code < groupCount)) throw badLabel(name, groupCount, label[row], row);
        losses[row] = loss(input, row, code);
      }
      return meanLoss(await sumLosses(losses, input, collective));
    },
  });
}

function badLabel(name: string, groupCount: number, label: number, row: number): CoppiceError {
  return new CoppiceError(
    "INVALID_DATA",
    `\`label\` must be in [0, ${groupCount}) for the metric \`${name}\`, got ${label} in row ${row}`,
    { row },
  );
}
