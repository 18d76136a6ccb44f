import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GainEvaluator, MAX_FLOAT, type SplitBounds } from "../../src/tree/gain.ts";
import { naiveGain, naiveSplitGain, naiveWeight, type Sums, unbounded } from "../oracle/naive-gain.ts";
import { treeParameters } from "./growing.ts";
import { parameterCases } from "./parameter-cases.ts";

const seed = 16;
const free = [-MAX_FLOAT, MAX_FLOAT] as const;

const sums = fc.record({
  grad: fc.double({ min: -50, max: 50, noNaN: true }),
  hess: fc.oneof(fc.double({ min: 1e-3, max: 40, noNaN: true }), fc.constantFrom(0, -1, 1, 4)),
});
const bounds = fc
  .tuple(fc.float({ min: -2, max: 2, noNaN: true }), fc.float({ min: -2, max: 2, noNaN: true }))
  .map(([a, b]) => ({ lower: Math.min(a, b), upper: Math.max(a, b) }));

/** A node with these children. */
function nodeOf(left: Sums, right: Sums, [lower, upper]: readonly [number, number] = free): SplitBounds {
  return { sumGrad: left.grad + right.grad, sumHess: left.hess + right.hess, lower, upper };
}

describe(`GainEvaluator (seed ${seed})`, () => {
  test("weighs and gains as the formulas say, bit for bit", () => {
    const property = fc.property(parameterCases(2), sums, bounds, (parameters, s, given) => {
      const evaluator = new GainEvaluator(parameters);
      const active = evaluator.hasMonotone ? given : unbounded;
      const weight = evaluator.weight(s.grad, s.hess, given.lower, given.upper);
      expect(weight).toBe(naiveWeight(s, parameters, active));
      expect(evaluator.gain(s.grad, s.hess, weight)).toBe(naiveGain(s, weight, parameters));
    });
    fc.assert(property, { seed, numRuns: 1000 });
  });

  test("gains by a split as the formulas say, bit for bit, also on its short path", () => {
    const property = fc.property(parameterCases(2), sums, sums, bounds, (parameters, left, right, given) => {
      const evaluator = new GainEvaluator(parameters);
      const active = evaluator.hasMonotone ? given : unbounded;
      const node = nodeOf(left, right, [given.lower, given.upper]);
      // What is left of sums that are not exact.
      const rest = { grad: node.sumGrad - left.grad, hess: node.sumHess - left.hess };
      for (const feature of [0, 1]) {
        const gain = evaluator.splitGain(node, feature, left.grad, left.hess);
        expect(gain).toBe(naiveSplitGain(feature, left, rest, parameters, active));
      }
    });
    fc.assert(property, { seed, numRuns: 1000 });
  });

  test("gives the weight that minimises G w + (H + lambda) w^2 / 2 + alpha |w|", () => {
    const property = fc.property(sums, fc.constantFrom(0, 0.5), (s, alpha) => {
      fc.pre(s.hess > 0);
      const parameters = treeParameters({ alpha });
      const loss = (w: number) => s.grad * w + ((s.hess + 1) * w * w) / 2 + alpha * Math.abs(w);
      const weight = new GainEvaluator(parameters).weight(s.grad, s.hess, ...free);
      for (const step of [-0.01, 0.01]) expect(loss(weight)).toBeLessThanOrEqual(loss(weight + step));
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  test("gives nothing for a node without hessian", () => {
    const evaluator = new GainEvaluator(treeParameters({ lambda: 0, minChildWeight: 0 }));
    expect(evaluator.weight(3, 0, ...free)).toBe(0);
    expect(evaluator.gain(3, 0, 0)).toBe(0);
    expect(evaluator.splitGain(nodeOf({ grad: 3, hess: 0 }, { grad: 1, hess: 1 }), 0, 3, 0)).toBe(-Infinity);
  });

  test("keeps weights within maxDeltaStep", () => {
    const evaluator = new GainEvaluator(treeParameters({ maxDeltaStep: 0.5 }));
    expect(evaluator.weight(-10, 1, ...free)).toBe(0.5);
    expect(evaluator.weight(10, 1, ...free)).toBe(-0.5);
    expect(evaluator.weight(0.5, 1, ...free)).toBe(-0.25);
  });

  test("minds bounds only where monotone constraints are active", () => {
    const zero = new GainEvaluator(treeParameters({ monotoneConstraints: Int8Array.of(0, 0) }));
    const active = new GainEvaluator(treeParameters({ monotoneConstraints: Int8Array.of(0, 1) }));
    expect([zero.hasMonotone, active.hasMonotone]).toEqual([false, true]);
    expect(zero.weight(-10, 1, -1, 1)).toBe(5);
    expect(active.weight(-10, 1, -1, 1)).toBe(1);
  });

  test("refuses a split against its feature's direction", () => {
    const evaluator = new GainEvaluator(treeParameters({ monotoneConstraints: Int8Array.of(1, -1, 0) }));
    const node = nodeOf({ grad: 2, hess: 1 }, { grad: -2, hess: 1 });
    const gains = [0, 1, 2].map((feature) => evaluator.splitGain(node, feature, 2, 1));
    // Left weighs -1, right 1: rising.
    expect(gains.map(Number.isFinite)).toEqual([true, false, true]);
  });
});
