import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { createObjective } from "../../src/objective/registry.ts";
import { baseMargins, evaluationTransform, transformMargins } from "../../src/objective/transform.ts";

// Made by fixtures/objectives.py with XGBoost 3.4.1.
const golden = JSON.parse(readFileSync(new URL("../../fixtures/objectives.json", import.meta.url), "utf8"));

/** Row-major rows as a group-major array. */
function groupMajor(rows: number[][]): Float32Array {
  const groupCount = rows[0].length;
  return Float32Array.from({ length: rows.length * groupCount }, (_, i) => {
    return rows[i % rows.length][Math.floor(i / rows.length)];
  });
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is that of the file
type Case = any;

function title(c: Case): string {
  return `${c.objective} ${JSON.stringify(c.parameters ?? {})}`;
}

describe("gradients equal XGBoost's to the last bit", () => {
  test.each<[string, Case]>(golden.gradients.map((c: Case): [string, Case] => [title(c), c]))(
    "%s",
    (_, c) => {
      const objective = createObjective(c.objective, c.parameters);
      const rowCount = c.label.length;
      const gradients = new Float32Array(2 * rowCount * objective.groupCount);
      const labels = { rowCount, label: Float32Array.from(c.label), weight: Float32Array.from(c.weight) };
      objective.checkLabels(labels);
      objective.computeGradients(groupMajor(c.margins), labels, 0, rowCount, gradients);
      expect(gradients.filter((_, i) => i % 2 === 0)).toEqual(groupMajor(c.grad));
      expect(gradients.filter((_, i) => i % 2 === 1)).toEqual(groupMajor(c.hess));
    },
  );
});

describe("base scores and model parameters equal XGBoost's", () => {
  const cases: [string, Case][] = golden.base_scores.map((c: Case) => [
    `${title(c)}, ${c.label.length} rows${c.weight ? ", weighted" : ""}`,
    c,
  ]);
  test.each<[string, Case]>(cases)("%s", async (_, c) => {
    const objective = createObjective(c.objective, c.parameters);
    const labels = {
      rowCount: c.label.length,
      label: Float32Array.from(c.label),
      weight: c.weight ? Float32Array.from(c.weight) : undefined,
    };
    expect(await objective.estimateBaseScore(labels, solo)).toEqual(Float32Array.from(c.base_score));
    expect(objective.modelParameters).toEqual(c.model_parameters);
  });
});

describe("predictions equal XGBoost's to the last bit", () => {
  test.each<[string, Case]>(golden.transforms.map((c: Case): [string, Case] => [title(c), c]))(
    "%s",
    (_, c) => {
      const rowCount = c.margins.length;
      const values = transformMargins(c.objective, groupMajor(c.margins), c.groups, rowCount);
      const expected = c.predictions.map((row: number | number[]) => (Array.isArray(row) ? row : [row]));
      expect(values).toEqual(groupMajor(expected));
    },
  );
});

test("the margin of a base score equals XGBoost's", () => {
  for (const c of golden.margins) {
    const margin = baseMargins(c.objective, Float32Array.of(c.base_score), 1)[0];
    expect({ ...c, margin }).toEqual(c);
  }
});

test("metrics of multi:softmax see probabilities, those of survival:aft margins", () => {
  const margins = () => Float32Array.of(1, 2, 3, 4);
  expect(evaluationTransform("multi:softmax", margins(), 2, 2)).toEqual(
    transformMargins("multi:softprob", margins(), 2, 2),
  );
  expect(evaluationTransform("survival:aft", margins(), 1, 4)).toEqual(margins());
});
