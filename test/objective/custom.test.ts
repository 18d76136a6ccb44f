import { expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { customObjective } from "../../src/objective/custom.ts";
import { createObjective } from "../../src/objective/registry.ts";
import { catchError } from "../oracle/catch-error.ts";

const labels = { rowCount: 3, label: Float32Array.of(0, 1, 2) };

test("a custom objective that computes squared error gives the gradients of reg:squarederror", () => {
  const margins = Float32Array.of(0.5, -1, 2);
  const custom = customObjective((m, { label }) => ({
    grad: m.map((value, i) => value - label[i]),
    hess: m.map(() => 1),
  }));
  const ours = new Float32Array(6);
  const theirs = new Float32Array(6);
  custom.computeGradients(margins, labels, 0, 3, ours);
  createObjective("reg:squarederror").computeGradients(margins, labels, 0, 3, theirs);
  expect(ours).toEqual(theirs);
  expect(custom.name).toBe("reg:squarederror");
  expect(custom.needsAllRows).toBe(true);
});

test("a custom objective sees and gives row-major values of several groups", () => {
  const margins = Float32Array.of(1, 2, 3, 10, 20, 30);
  const custom = customObjective((m) => ({ grad: m, hess: Array.from(m, (value) => value + 0.5) }), {
    like: "multi:softprob",
    parameters: { numClass: 2 },
  });
  const seen = new Float32Array(12);
  custom.computeGradients(margins, labels, 0, 3, seen);
  expect(seen.filter((_, i) => i % 2 === 0)).toEqual(margins);
  expect(seen.filter((_, i) => i % 2 === 1)).toEqual(margins.map((value) => value + 0.5));
  expect([custom.groupCount, custom.numClass, custom.defaultMetric]).toEqual([2, 2, "mlogloss"]);
});

test("the base score of a custom objective is 0.5", async () => {
  const custom = customObjective((m) => ({ grad: m, hess: m }));
  expect(await custom.estimateBaseScore(labels, solo)).toEqual(Float32Array.of(0.5));
});

test("derivatives of a wrong length or that are not finite are refused", () => {
  const run = (grad: number[], hess: number[]) => () =>
    customObjective(() => ({ grad, hess })).computeGradients(
      new Float32Array(3),
      labels,
      0,
      3,
      new Float32Array(6),
    );
  expect(catchError(run([1, 2], [1, 1, 1])).message).toBe(
    "`grad` of a custom objective must have 3 values, got 2",
  );
  expect(catchError(run([1, 2, 3], [1, Number.NaN, 1])).message).toBe(
    "`hess` of a custom objective must be finite, got NaN at position 1",
  );
});
