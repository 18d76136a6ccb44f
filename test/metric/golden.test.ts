import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { createMetric } from "../../src/metric/registry.ts";
import { evaluationTransform } from "../../src/objective/transform.ts";

// Made by fixtures/metrics.py with XGBoost 3.4.1; null stands for NaN.
const golden = JSON.parse(readFileSync(new URL("../../fixtures/metrics.json", import.meta.url), "utf8"));

// biome-ignore lint/suspicious/noExplicitAny: the shape is that of the file
type Case = any;

function inputOf(c: Case) {
  const rowCount = c.label.length;
  const groupCount = c.margins[0].length;
  const margins = Float32Array.from({ length: rowCount * groupCount }, (_, i) => {
    return c.margins[i % rowCount][Math.floor(i / rowCount)];
  });
  let end = 0;
  return {
    rowCount,
    groupCount,
    predictions: evaluationTransform(c.objective, margins, groupCount, rowCount),
    label: Float32Array.from(c.label),
    weight: c.weight ? Float32Array.from(c.weight) : undefined,
    queryOffsets: c.sizes ? Uint32Array.of(0, ...c.sizes.map((size: number) => (end += size))) : undefined,
  };
}

const titled = golden.cases.map((c: Case, i: number): [string, Case] => [
  `${i}: ${c.kind}, ${c.label.length} rows${c.weight ? ", weighted" : ""}`,
  c,
]);

/** One row: the loss itself, a float32, to the last of the 17 decimals that XGBoost prints. */
function tolerance(c: Case, name: string): number {
  if (c.label.length === 1) return 2e-17;
  // XGBoost counts the first row of the ROC curve in double, the others in float32.
  if (name === "auc" && c.kind === "soft share") return 1e-9;
  return 1e-14;
}

test.each<[string, Case]>(titled)("metrics equal XGBoost's: %s", async (_, c) => {
  const input = inputOf(c);
  for (const [name, value] of Object.entries<number | null>(c.values)) {
    const metric = createMetric(name, c.parameters);
    expect(metric.name).toBe(name);
    const ours = await metric.evaluate(input, solo);
    if (value === null) {
      expect(ours).toBeNaN();
      continue;
    }
    expect(Math.abs(ours - value) / Math.max(1, Math.abs(value)), name).toBeLessThanOrEqual(
      tolerance(c, name),
    );
  }
});
