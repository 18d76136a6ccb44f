import { expect, test } from "vitest";
import { outputs } from "../../src/objective/outputs.ts";
import { baseMargins, checkBaseScore, transformMargins } from "../../src/objective/transform.ts";
import { catchError } from "../oracle/catch-error.ts";

test("a transform works in place and gives a view of its input", () => {
  for (const name of Object.keys(outputs)) {
    const margins = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
    const values = transformMargins(name, margins, 2, 3);
    expect(values.buffer).toBe(margins.buffer);
    expect(values.length).toBe(name === "multi:softmax" ? 3 : 6);
  }
});

test("of equal margins the first class wins", () => {
  expect(transformMargins("multi:softmax", Float32Array.of(1, 5, 1, 5, 0, 5), 3, 2)).toEqual(
    Float32Array.of(0, 0),
  );
});

test("one base score serves all groups, several serve one each", () => {
  expect(baseMargins("multi:softprob", Float32Array.of(0.25), 3)).toEqual(Float32Array.of(0.25, 0.25, 0.25));
  expect(baseMargins("multi:softprob", Float32Array.of(1, 2, 3), 3)).toEqual(Float32Array.of(1, 2, 3));
});

test("the base score is what the margin of a model without trees predicts", () => {
  for (const name of ["binary:logistic", "count:poisson", "reg:gamma", "reg:squarederror"]) {
    const margins = baseMargins(name, Float32Array.of(0.3), 1);
    expect(transformMargins(name, margins, 1, 1)[0]).toBeCloseTo(0.3, 6);
  }
});

test("a logistic base score of 0 or 1 has a finite margin", () => {
  expect(baseMargins("binary:logistic", Float32Array.of(0), 1)[0]).toBeCloseTo(-13.8155, 3);
  expect(baseMargins("binary:logistic", Float32Array.of(1), 1)[0]).toBeCloseTo(13.745, 3);
});

test("an objective that is not known is refused", () => {
  const error = catchError(() => transformMargins("my:loss", new Float32Array(1), 1, 1));
  expect([error.code, error.message]).toEqual(["UNSUPPORTED", "the objective `my:loss` is not known"]);
});

test.each([
  ["binary:logistic", 1.5, "`baseScore` must be in [0, 1] for `binary:logistic`, got 1.5"],
  ["count:poisson", 0, "`baseScore` must be above 0 for `count:poisson`, got 0"],
  ["reg:squarederror", Infinity, "`baseScore` must be a finite number for `reg:squarederror`, got Infinity"],
])("a base score for %s of %f is refused", (name, value, message) => {
  const error = catchError(() => checkBaseScore(name, Float32Array.of(0.5, value)));
  expect([error.code, error.message]).toEqual(["INVALID_PARAMETER", message]);
});
