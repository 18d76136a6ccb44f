import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowedFeatures, FeatureSets } from "../../src/tree/feature-sets.ts";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { treeParameters } from "./growing.ts";

const seed = 11;

function featureSets(
  given: Partial<TreeParameters>,
  featureCount: number,
  options: { weights?: Float32Array; round?: number; tree?: number } = {},
): FeatureSets {
  const { weights, round = 0, tree = 0 } = options;
  return new FeatureSets(treeParameters(given), featureCount, weights, round, tree);
}

const shares = fc.constantFrom(0.01, 0.3, 0.5, 0.7, 1);

describe(`column sampling (seed ${seed})`, () => {
  test("draws floor(share * count) features, at least one, at each of its three steps", () => {
    const property = fc.property(fc.integer({ min: 1, max: 60 }), shares, shares, shares, (n, a, b, c) => {
      const sets = featureSets({ colsampleBytree: a, colsampleBylevel: b, colsampleBynode: c }, n);
      const take = (count: number, share: number) =>
        Math.max(1, Math.floor(Math.fround(Math.fround(share) * count)));
      expect(sets.ofNode(0, 0, []).length).toBe(take(take(take(n, a), b), c));
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  test("counts a share of whole features as such: 0.29 of 100 are 29", () => {
    for (const [share, featureCount] of [
      [0.29, 100],
      [0.7, 10],
      [0.1, 30],
      [0.57, 100],
    ]) {
      const sets = featureSets({ colsampleBytree: share }, featureCount);
      expect(sets.ofNode(0, 0, []).length).toBe(Math.round(share * featureCount));
    }
  });

  test("draws ascending lists without repetition", () => {
    const sets = featureSets({ colsampleBytree: 0.5, colsampleBynode: 0.5 }, 40);
    for (let node = 0; node < 30; node++) {
      const drawn = Array.from(sets.ofNode(node, 1, []));
      expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
    }
  });

  test("draws a level's features among the tree's, a node's among the level's", () => {
    const given = { colsampleBytree: 0.6, colsampleBylevel: 0.6 };
    const tree = new Set(featureSets({ colsampleBytree: 0.6 }, 50).ofNode(0, 0, []));
    const sets = featureSets(given, 50);
    const narrowed = featureSets({ ...given, colsampleBynode: 0.5 }, 50);
    for (let depth = 0; depth < 5; depth++) {
      const level = new Set(sets.ofNode(depth, depth, []));
      for (const f of level) expect(tree.has(f)).toBe(true);
      for (const f of narrowed.ofNode(10 + depth, depth, [])) expect(level.has(f)).toBe(true);
    }
  });

  test("gives the nodes of a level one list, and each node its own only by colsampleBynode", () => {
    const sets = featureSets({ colsampleBylevel: 0.5 }, 20);
    expect(sets.ofNode(1, 1, [])).toEqual(sets.ofNode(2, 1, []));
    const own = featureSets({ colsampleBynode: 0.5 }, 20);
    expect(own.ofNode(1, 1, [])).not.toEqual(own.ofNode(2, 1, []));
  });

  test("does not depend on the order in which nodes ask", () => {
    const given = { colsampleBylevel: 0.5, colsampleBynode: 0.5 };
    const nodes = [0, 1, 2, 3, 4, 5, 6].map((id) => [id, Math.floor(Math.log2(id + 1))]);
    const ask = (order: number[][]) => {
      const sets = featureSets(given, 30);
      return new Map(order.map(([id, depth]) => [id, sets.ofNode(id, depth, [])]));
    };
    const forwards = ask(nodes);
    for (const [id, list] of ask([...nodes].reverse())) expect(list).toEqual(forwards.get(id));
  });

  test("differs by seed, round and tree", () => {
    const drawn = [
      featureSets({ colsampleBytree: 0.5, seed: 1 }, 40),
      featureSets({ colsampleBytree: 0.5, seed: 2 }, 40),
      featureSets({ colsampleBytree: 0.5, seed: 1 }, 40, { round: 1 }),
      featureSets({ colsampleBytree: 0.5, seed: 1 }, 40, { tree: 1 }),
    ].map((sets) => sets.ofNode(0, 0, []).join());
    expect(new Set(drawn).size).toBe(4);
  });

  test("draws every feature equally often", () => {
    const rounds = 2000;
    const counts = new Float64Array(10);
    for (let round = 0; round < rounds; round++) {
      for (const f of featureSets({ colsampleBytree: 0.3 }, 10, { round }).ofNode(0, 0, [])) counts[f]++;
    }
    // Each is 2,000 draws of probability 0.3: standard deviation 20.5.
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(5 * 20.5);
  });

  test("draws features in proportion to their weights, those of weight 0 only when no other is left", () => {
    const rounds = 2000;
    const weights = Float32Array.of(1, 3, 0, 0);
    const counts = new Float64Array(4);
    for (let round = 0; round < rounds; round++) {
      for (const f of featureSets({ colsampleBytree: 0.25 }, 4, { weights, round }).ofNode(0, 0, []))
        counts[f]++;
    }
    expect(counts[2] + counts[3]).toBe(0);
    // Probability 3/4: standard deviation 19.4.
    expect(Math.abs(counts[1] - 1500)).toBeLessThan(5 * 19.4);
    const three = featureSets({ colsampleBytree: 0.75 }, 4, { weights }).ofNode(0, 0, []);
    expect(three.length).toBe(3);
    expect(Array.from(three.slice(0, 2))).toEqual([0, 1]);
  });
});

describe("interaction constraints", () => {
  test("allow the path itself and every member of a set that holds all of it", () => {
    const sets = [
      [1, 2],
      [2, 3, 4],
    ];
    const allowed = (path: number[]) => [...allowedFeatures(sets, path)].sort((a, b) => a - b);
    expect(allowed([2])).toEqual([1, 2, 3, 4]);
    expect(allowed([2, 3])).toEqual([2, 3, 4]);
    expect(allowed([1])).toEqual([1, 2]);
    expect(allowed([5])).toEqual([5]);
    expect(allowed([1, 3])).toEqual([1, 3]);
  });

  test("let the root use any feature, and nodes below what is allowed and drawn", () => {
    const interactionConstraints = [[0, 1]];
    const sets = featureSets({ interactionConstraints }, 4);
    expect(Array.from(sets.ofNode(0, 0, []))).toEqual([0, 1, 2, 3]);
    expect(Array.from(sets.ofNode(1, 1, [0]))).toEqual([0, 1]);
    expect(Array.from(sets.ofNode(2, 1, [3]))).toEqual([3]);
    const sampled = featureSets({ interactionConstraints, colsampleBytree: 0.5 }, 4);
    const root = sampled.ofNode(0, 0, []);
    expect(Array.from(sampled.ofNode(1, 1, [0]))).toEqual(Array.from(root).filter((f) => f <= 1));
  });
});
