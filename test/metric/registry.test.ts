import { expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import {
  createMetric,
  knownMetrics,
  metricModules,
  metricParameters,
  partRuleOf,
} from "../../src/metric/registry.ts";
import {
  createObjective,
  objectiveParameters,
  shownMetrics,
  taskOf,
  trainableObjectives,
} from "../../src/objective/registry.ts";
import { catchError, catchRejection } from "../oracle/catch-error.ts";

test("every objective's default metric exists under its name and judges its task, and so do those shown", () => {
  for (const name of trainableObjectives) {
    const { defaultMetric } = createObjective(name, name.startsWith("multi:") ? { numClass: 3 } : {});
    expect(createMetric(defaultMetric).name).toBe(defaultMetric);
    for (const shown of [defaultMetric, ...(shownMetrics(name) ?? [])]) {
      const metric = metricModules.find((module) => module.name === shown.split("@")[0]);
      expect(metric?.tasks).toContain(taskOf(name));
    }
  }
});

test.each([
  ["rmse", "root"],
  ["error@0.7", "mean"],
  ["mlogloss", "mean"],
  ["auc", undefined],
  ["ndcg@5-", undefined],
  ["unknown", undefined],
])("parts of a table give %s as their %s", (spec, rule) => {
  expect(partRuleOf(spec)).toBe(rule);
});

test("metrics share the parameters of objectives", () => {
  expect(metricParameters.huberSlope).toBe(objectiveParameters.huberSlope);
});

test.each([
  ["error@0.5", "error"],
  ["error@0.70", "error@0.7"],
  ["tweedie-nloglik@1.25", "tweedie-nloglik@1.25"],
  ["ndcg@5-", "ndcg@5-"],
  ["map-", "map-"],
  ["pre@07", "pre@7"],
])("%s is called %s, as XGBoost prints it", (spec, name) => {
  expect(createMetric(spec).name).toBe(name);
});

test("areas and rankings are better when higher, losses when lower", () => {
  const higher = knownMetrics.filter(
    (name) => createMetric(name === "tweedie-nloglik" ? "tweedie-nloglik@1.5" : name).isHigherBetter,
  );
  expect(higher).toEqual(["auc", "aucpr", "map", "ndcg", "pre"]);
});

test.each([
  ["logless", "unknown metric `logless`; did you mean `logloss`?"],
  ["rmse@3", "the metric `rmse` takes no argument, got `rmse@3`"],
  ["rmse-", "the metric `rmse` takes no argument, got `rmse-`"],
  ["error@0.7-", 'the metric `error` needs a threshold, as in `error@0.7`, got "0.7-"'],
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
