import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createObjective, trainableObjectives } from "../../src/objective/registry.ts";
import { hessianFactors, losses } from "../oracle/losses.ts";

const seed = 20240611;
const classCount = 4;

const isClasses = (name: string) => name.startsWith("multi:");
const parametersOf = (name: string) => (isClasses(name) ? { numClass: classCount } : {});
const names = trainableObjectives.filter((name) => name !== "reg:linear");

/** Random margins, labels that the objective accepts, weights. */
function tableArbitrary(name: string) {
  const groupCount = isClasses(name) ? classCount : 1;
  const margin = fc
    .integer({ min: name === "reg:squaredlogerror" ? -50 : -300, max: 300 })
    .map((n) => n / 100);
  const labels = isClasses(name)
    ? fc.integer({ min: 0, max: classCount - 1 })
    : name.startsWith("binary:")
      ? fc.integer({ min: 0, max: 1 })
      : fc.integer({ min: 1, max: 100 }).map((n) => n / 100);
  const row = fc.record({
    margins: fc.array(margin, { minLength: groupCount, maxLength: groupCount }),
    label: labels,
    weight: fc.integer({ min: 0, max: 40 }).map((n) => n / 8),
  });
  return fc.array(row, { minLength: 1, maxLength: 20 }).map((rows) => ({
    groupCount,
    rows,
    margins: Float32Array.from({ length: rows.length * groupCount }, (_, i) => {
      return rows[i % rows.length].margins[Math.floor(i / rows.length)];
    }),
    labels: {
      rowCount: rows.length,
      label: Float32Array.from(rows, (r) => r.label),
      weight: Float32Array.from(rows, (r) => r.weight),
    },
  }));
}

describe(`gradients (seed ${seed})`, () => {
  test.each(names.filter((name) => name in losses))("of %s are the derivatives of its loss", (name) => {
    const objective = createObjective(name, parametersOf(name));
    const loss = losses[name];
    fc.assert(
      fc.property(tableArbitrary(name), ({ groupCount, rows, margins, labels }) => {
        const gradients = new Float32Array(2 * margins.length);
        objective.computeGradients(margins, labels, 0, rows.length, gradients);
        for (let i = 0; i < margins.length; i++) {
          const row = i % rows.length;
          const group = Math.floor(i / rows.length);
          const at = (shift: number) => {
            const own = Array.from({ length: groupCount }, (_, g) => margins[g * rows.length + row]);
            own[group] += shift;
            return loss(own, labels.label[row]);
          };
          const h = 1e-4;
          const weight = labels.weight[row];
          const slope = (at(h) - at(-h)) / (2 * h);
          const bend = ((at(h) - 2 * at(0) + at(-h)) / h ** 2) * (hessianFactors[name] ?? 1);
          expect(gradients[2 * i]).toBeCloseTo(slope * weight, 3);
          if (name !== "reg:squaredlogerror") expect(gradients[2 * i + 1]).toBeCloseTo(bend * weight, 2);
        }
      }),
      { seed, numRuns: 40 },
    );
  });

  test.each(names)("of %s do not depend on how rows are cut into ranges", (name) => {
    const objective = createObjective(name, parametersOf(name));
    const ranges = tableArbitrary(name).chain((table) =>
      fc.tuple(fc.constant(table), fc.array(fc.nat({ max: table.rows.length }), { maxLength: 4 })),
    );
    fc.assert(
      fc.property(ranges, ([{ rows, margins, labels }, cuts]) => {
        const whole = new Float32Array(2 * margins.length);
        objective.computeGradients(margins, labels, 0, rows.length, whole);
        const parts = new Float32Array(2 * margins.length);
        const ends = [...cuts, rows.length].sort((a, b) => a - b);
        let begin = 0;
        for (const end of ends) {
          objective.computeGradients(margins, labels, begin, end, parts);
          begin = end;
        }
        expect(parts).toEqual(whole);
      }),
      { seed, numRuns: 30 },
    );
  });

  test.each(names)("of %s without weights are those with weights of 1", (name) => {
    const objective = createObjective(name, parametersOf(name));
    fc.assert(
      fc.property(tableArbitrary(name), ({ rows, margins, labels }) => {
        const ones = new Float32Array(2 * margins.length);
        const none = new Float32Array(2 * margins.length);
        const weight = new Float32Array(rows.length).fill(1);
        objective.computeGradients(margins, { ...labels, weight }, 0, rows.length, ones);
        objective.computeGradients(margins, { ...labels, weight: undefined }, 0, rows.length, none);
        expect(none).toEqual(ones);
      }),
      { seed, numRuns: 20 },
    );
  });

  test("more rows than a block of softmax give what row by row gives", () => {
    const rowCount = 700;
    const objective = createObjective("multi:softprob", { numClass: 3 });
    const margins = Float32Array.from({ length: 3 * rowCount }, (_, i) => ((i * 37) % 101) / 20 - 2);
    const labels = { rowCount, label: Float32Array.from({ length: rowCount }, (_, i) => i % 3) };
    const whole = new Float32Array(6 * rowCount);
    const single = new Float32Array(6 * rowCount);
    objective.computeGradients(margins, labels, 0, rowCount, whole);
    for (let row = 0; row < rowCount; row++)
      objective.computeGradients(margins, labels, row, row + 1, single);
    expect(single).toEqual(whole);
  });
});
