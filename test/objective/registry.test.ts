import { expect, test } from "vitest";
import {
  createObjective,
  namesOf,
  objectiveModules,
  taskOf,
  trainableObjectives,
} from "../../src/objective/registry.ts";
import { isClassifier, labelKindOf } from "../../src/objective/task.ts";
import { catchError } from "../oracle/catch-error.ts";

test("every objective that can be trained says its own name", () => {
  for (const name of trainableObjectives) {
    const objective = createObjective(name, name.startsWith("multi:") ? { numClass: 3 } : {});
    expect(objective.name).toBe(name === "reg:linear" ? "reg:squarederror" : name);
    expect(objective.groupCount).toBe(name.startsWith("multi:") ? 3 : 1);
  }
});

test("an unknown objective is refused with the nearest known one", () => {
  const error = catchError(() => createObjective("binary:logistics"));
  expect([error.code, error.message]).toEqual([
    "INVALID_PARAMETER",
    "unknown objective `binary:logistics`; did you mean `binary:logistic`?",
  ]);
  expect(catchError(() => createObjective("toString")).message).toBe("unknown objective `toString`");
});

test("an objective that can only be predicted with says so", () => {
  const known = objectiveModules.flatMap(namesOf).filter((name) => !trainableObjectives.includes(name));
  expect(known).toContain("rank:ndcg");
  for (const name of known) {
    expect(catchError(() => createObjective(name))).toMatchObject({ code: "UNSUPPORTED" });
  }
});

test.each([
  ["multi:softprob", {}, "`numClass` must be at least 2 for `multi:softprob`, got 0"],
  [
    "multi:softmax",
    { numClass: 1 },
    "`numClass` must be at least 2 for `multi:softmax`, got 1: labels of a single class leave nothing to learn",
  ],
  [
    "reg:squarederror",
    { numClass: 3 },
    "`numClass` is for `multi:softprob` and `multi:softmax` only, got 3 with `reg:squarederror`",
  ],
  ["reg:tweedie", { tweedieVariancePower: 2 }, "`tweedieVariancePower` must be a number in [1, 2), got 2"],
  ["binary:logistic", { scalePosWeight: -1 }, "`scalePosWeight` must be a number in [0, infinity), got -1"],
  ["reg:pseudohubererror", { huberSlope: 0 }, "`huberSlope` must be a number in (0, infinity), got 0"],
])("%s with %j is refused", (name, parameters, message) => {
  const error = catchError(() => createObjective(name, parameters));
  expect([error.code, error.message]).toEqual(["INVALID_PARAMETER", message]);
});

test("count:poisson limits the leaves of the tree unless the user does", () => {
  expect(createObjective("count:poisson").treeDefaults).toEqual({ maxDeltaStep: Math.fround(0.7) });
  const own = createObjective("count:poisson", { maxDeltaStep: 0 });
  expect(own.modelParameters).toEqual({ poisson_regression_param: { max_delta_step: "0" } });
});

test("a parameter that several objectives read is declared once", () => {
  const tables = objectiveModules.flatMap((module) =>
    "parameters" in module ? [module.parameters as object] : [],
  );
  const declared = tables.flatMap((table) => Object.entries(table));
  expect(new Set(declared.map(([, declaration]) => declaration)).size).toBe(
    new Set(declared.map(([name]) => name)).size,
  );
});

test("classes and binary objectives are classifiers, an unknown name is of no task", () => {
  const classifiers = objectiveModules.map(({ name }) => name).filter(isClassifier);
  expect(classifiers.sort()).toEqual([
    "binary:hinge",
    "binary:logistic",
    "binary:logitraw",
    "multi:softmax",
    "multi:softprob",
  ]);
  expect([taskOf("reg:linear"), taskOf("toString"), labelKindOf("rank:map")]).toEqual([
    "regression",
    undefined,
    "number",
  ]);
});
