import { expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { createObjective } from "../../src/objective/registry.ts";
import { catchError, catchRejection } from "../oracle/catch-error.ts";

function check(name: string, label: number[], parameters = {}) {
  const labels = { rowCount: label.length, label: Float32Array.from(label) };
  return () => createObjective(name, parameters).checkLabels(labels);
}

test.each([
  ["binary:logistic", [0, 1, 2], "`label` must be in [0, 1] for `binary:logistic`, got 2 in row 2"],
  ["reg:logistic", [0, -0.5], "`label` must be in [0, 1] for `reg:logistic`, got -0.5 in row 1"],
  ["binary:hinge", [0.5], "`label` must be 0 or 1 for `binary:hinge`, got 0.5 in row 0"],
  ["count:poisson", [3, -1], "`label` must be at least 0 for `count:poisson`, got -1 in row 1"],
  ["reg:gamma", [1, 0], "`label` must be above 0 for `reg:gamma`, got 0 in row 1"],
  ["reg:tweedie", [-1], "`label` must be at least 0 for `reg:tweedie`, got -1 in row 0"],
  ["reg:squaredlogerror", [-1], "`label` must be above -1 for `reg:squaredlogerror`, got -1 in row 0"],
  ["reg:squarederror", [1, Number.NaN], "`label` must be a number for `reg:squarederror`, got NaN in row 1"],
])("a label that breaks the rule of %s is named with its row", (name, label, message) => {
  const error = catchError(check(name, label));
  expect([error.code, error.message]).toEqual(["INVALID_DATA", message]);
  expect(error.details.row).toBe(label.length - 1);
});

test.each([3, -1, 1.5])("a class must be an integer below numClass: %s is refused", (label) => {
  const error = catchError(check("multi:softprob", [0, label], { numClass: 3 }));
  expect(error.message).toBe(
    `\`label\` must be an integer in [0, 3) for \`multi:softprob\`, got ${label} in row 1`,
  );
});

test("labels at the ends of the range are accepted", () => {
  check("binary:logistic", [0, 1])();
  check("reg:logistic", [0, 0.5, 1])();
  check("count:poisson", [0])();
  check("multi:softmax", [0, 2], { numClass: 3 })();
});

test("a label or weight array of another length than the rows is refused", () => {
  const objective = createObjective("reg:squarederror");
  const label = new Float32Array(3);
  expect(catchError(() => objective.checkLabels({ rowCount: 2, label })).message).toBe(
    "`label` must have 2 values, got 3",
  );
  const weight = new Float32Array(1);
  expect(catchError(() => objective.checkLabels({ rowCount: 3, label, weight })).message).toBe(
    "`weight` must have 3 values, got 1",
  );
});

test.each(["reg:squarederror", "multi:softprob"])(
  "weights that are all 0 are refused by %s",
  async (name) => {
    const objective = createObjective(name, name === "multi:softprob" ? { numClass: 2 } : {});
    const labels = { rowCount: 2, label: Float32Array.of(0, 1), weight: new Float32Array(2) };
    const error = await catchRejection(Promise.resolve(objective.estimateBaseScore(labels, solo)));
    expect(error.message).toBe("`weight` must be above 0 in at least one row, got a sum of 0");
  },
);
