import { expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { createMetric, knownMetrics } from "../../src/metric/registry.ts";
import { createObjective, trainableObjectives } from "../../src/objective/registry.ts";
import { catchError, catchRejection } from "../oracle/catch-error.ts";

test("every objective's default metric exists under its name", () => {
  for (const name of trainableObjectives) {
    const objective = createObjective(name, name.startsWith("multi:") ? { numClass: 3 } : {});
    expect(createMetric(objective.defaultMetric).name).toBe(objective.defaultMetric);
  }
});

test.each([
  ["error@0.5", "error"],
  ["error@0.70", "error@0.7"],
  ["tweedie-nloglik@1.25", "tweedie-nloglik@1.25"],
  ["ndcg@5-", "ndcg@5-"],
  ["map-", "map-"],
])("%s is called %s, as XGBoost prints it", (spec, name) => {
  expect(createMetric(spec).name).toBe(name);
});

test("areas and rankings are better when higher, losses when lower", () => {
  const higher = knownMetrics.filter(
    (name) => createMetric(name === "tweedie-nloglik" ? "tweedie-nloglik@1.5" : name).isHigherBetter,
  );
  expect(higher).toEqual(["auc", "aucpr", "ndcg", "map", "pre"]);
});

test.each([
  ["logless", "unknown metric `logless`; did you mean `logloss`?"],
  ["rmse@3", "the metric `rmse` takes no argument, got `rmse@3`"],
  ["error@x", 'the metric `error` needs a threshold, as in `error@0.7`, got "x"'],
  [
    "tweedie-nloglik",
    "the metric `tweedie-nloglik` needs a variance power in [1, 2), as in `tweedie-nloglik@1.5`, got nothing",
  ],
  [
    "tweedie-nloglik@2",
    'the metric `tweedie-nloglik` needs a variance power in [1, 2), as in `tweedie-nloglik@1.5`, got "2"',
  ],
  ["ndcg@0", 'the metric `ndcg` needs a number of rows, as in `ndcg@5`, got "0"'],
])("%s is refused", (spec, message) => {
  const error = catchError(() => createMetric(spec));
  expect([error.code, error.message]).toEqual(["INVALID_PARAMETER", message]);
});

test("a metric of one output refuses several", async () => {
  const input = { rowCount: 1, groupCount: 3, label: new Float32Array(1), predictions: new Float32Array(3) };
  const error = await catchRejection(Promise.resolve(createMetric("rmse").evaluate(input, solo)));
  expect(error.message).toBe(
    "the metric `rmse` needs one prediction per row, got 3; for several classes use `merror`, `mlogloss` or `auc`",
  );
});

test("a label outside the classes is refused with its row", async () => {
  const input = {
    rowCount: 2,
    groupCount: 2,
    label: Float32Array.of(1, 2),
    predictions: new Float32Array(4),
  };
  const error = await catchRejection(Promise.resolve(createMetric("mlogloss").evaluate(input, solo)));
  expect(error.message).toBe("`label` must be in [0, 2) for the metric `mlogloss`, got 2 in row 1");
});
