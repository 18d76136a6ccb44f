// Laws of grown trees that hold whatever the numbers are: limits, and what must not matter.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tree } from "../../src/tree/tree.ts";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { type PlainNode, plainNodes } from "../oracle/naive-grower.ts";
import {
  denseOf,
  makeGradients,
  makeTable,
  shuffledOrder,
  type TableCase,
  tableCases,
  typesOf,
} from "../oracle/plain-table.ts";
import { growTrees, treeParameters } from "./growing.ts";
import { parameterCases } from "./parameter-cases.ts";

const seed = 7;
const tables = tableCases(200, 5);

function depthsOf(nodes: readonly PlainNode[]): number[] {
  const depths: number[] = [];
  for (const { id, parent } of nodes) depths[id] = parent < 0 ? 0 : depths[parent] + 1;
  return depths;
}

const inner = (nodes: readonly PlainNode[]) => nodes.filter((node) => node.left >= 0);
const leaves = (nodes: readonly PlainNode[]) => nodes.filter((node) => node.left < 0);

async function growOne(tableCase: TableCase, parameters: TreeParameters): Promise<Tree> {
  const { data, cuts } = makeTable(tableCase, 12);
  const { trees } = await growTrees(data, cuts, makeGradients(tableCase.seed, data.rowCount), { parameters });
  return trees[0];
}

describe(`a grown tree (seed ${seed})`, () => {
  test("keeps every limit", async () => {
    const property = fc.asyncProperty(tables, parameterCases(5), async (tableCase, parameters) => {
      const nodes = plainNodes(await growOne(tableCase, parameters));
      const { maxDepth, maxLeaves, gamma, minChildWeight } = parameters;
      if (maxDepth > 0) expect(Math.max(...depthsOf(nodes))).toBeLessThanOrEqual(maxDepth);
      if (maxLeaves > 0) expect(leaves(nodes).length).toBeLessThanOrEqual(maxLeaves);
      for (const { gain, left, right } of inner(nodes)) {
        expect(gain).toBeGreaterThanOrEqual(Math.max(Math.fround(gamma), 1e-6));
        for (const child of [left, right]) {
          expect(nodes[child].cover).toBeGreaterThanOrEqual(Math.fround(minChildWeight));
        }
      }
    });
    await fc.assert(property, { seed, numRuns: 150 });
  });

  test("is well formed: children follow parents, each node has one parent, covers add up", async () => {
    const property = fc.asyncProperty(tables, parameterCases(5), async (tableCase, parameters) => {
      const nodes = plainNodes(await growOne(tableCase, parameters));
      expect(nodes[0].parent).toBe(-1);
      expect(nodes.length).toBe(2 * leaves(nodes).length - 1);
      for (const { id, left, right, cover } of inner(nodes)) {
        expect(right).toBe(left + 1);
        expect(left).toBeGreaterThan(id);
        expect([nodes[left].parent, nodes[right].parent]).toEqual([id, id]);
        const sum = nodes[left].cover + nodes[right].cover;
        expect(Math.abs(cover - sum)).toBeLessThanOrEqual(1e-6 * sum);
      }
    });
    await fc.assert(property, { seed, numRuns: 100 });
  });

  test("numbers its nodes level by level when grown depthwise", async () => {
    const property = fc.asyncProperty(tables, parameterCases(5), async (tableCase, given) => {
      const nodes = plainNodes(await growOne(tableCase, { ...given, growPolicy: "depthwise" }));
      const depths = depthsOf(nodes);
      expect(depths).toEqual([...depths].sort((a, b) => a - b));
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test("splits the node of the largest gain first when grown by lossguide", async () => {
    const property = fc.asyncProperty(tables, async (tableCase) => {
      const small = treeParameters({ growPolicy: "lossguide", maxDepth: 0, maxLeaves: 4 });
      const nodes = plainNodes(await growOne(tableCase, small));
      const whole = plainNodes(await growOne(tableCase, { ...small, maxLeaves: 0 }));
      // The small tree is what the whole tree was after three splits.
      for (const { id, left, right, feature, gain } of inner(nodes)) {
        expect(whole[id]).toMatchObject({ left, right, feature, gain });
      }
      // Ids of children tell when a node was split; what was open then gained no more.
      const bySplit = inner(whole).sort((a, b) => a.left - b.left);
      bySplit.forEach((node) => {
        const open = bySplit.filter(({ id, left }) => left > node.left && id < node.left);
        for (const other of open) expect(other.gain).toBeLessThanOrEqual(node.gain);
      });
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test("does not depend on the order of rows", async () => {
    const property = fc.asyncProperty(
      tables,
      parameterCases(5),
      fc.nat(),
      async (tableCase, given, order) => {
        const { plain, data, cuts } = makeTable(tableCase, 12);
        const gradients = makeGradients(tableCase.seed, data.rowCount);
        const rows = shuffledOrder(order, data.rowCount);
        const shuffled = denseOf(
          rows.map((row) => plain.rows[row]),
          { featureTypes: typesOf(tableCase.kinds) },
        );
        const moved = Float32Array.from(rows.flatMap((row) => [gradients[2 * row], gradients[2 * row + 1]]));
        const expected = await growTrees(data, cuts, gradients, { parameters: given });
        const found = await growTrees(shuffled, cuts, moved, { parameters: given });
        expect(found.trees).toEqual(expected.trees);
        expect(found.margins).toEqual(expected.margins.map((_, i) => expected.margins[rows[i]]));
      },
    );
    await fc.assert(property, { seed, numRuns: 100 });
  });

  test("is the same for a pair of weight 2 as for its row twice", async () => {
    const property = fc.asyncProperty(tables, parameterCases(5), async (tableCase, parameters) => {
      const { plain, data, cuts } = makeTable(tableCase, 12);
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const isHeavy = (row: number) => row % 3 === 0;
      const weighted = gradients.map((value, i) => (isHeavy(i >> 1) ? 2 * value : value));
      const rows = [...plain.rows.keys()].flatMap((row) => (isHeavy(row) ? [row, row] : [row]));
      const repeated = denseOf(
        rows.map((row) => plain.rows[row]),
        { featureTypes: typesOf(tableCase.kinds) },
      );
      const twice = Float32Array.from(rows.flatMap((row) => [gradients[2 * row], gradients[2 * row + 1]]));
      const expected = await growTrees(repeated, cuts, twice, { parameters });
      expect((await growTrees(data, cuts, weighted, { parameters })).trees).toEqual(expected.trees);
    });
    await fc.assert(property, { seed, numRuns: 100 });
  });

  test("ignores rows without gradient and hessian", async () => {
    const property = fc.asyncProperty(tables, parameterCases(5), async (tableCase, parameters) => {
      const { plain, data, cuts } = makeTable(tableCase, 12);
      const isKept = (row: number) => row % 4 !== 1;
      const gradients = makeGradients(tableCase.seed, data.rowCount);
      const zeroed = gradients.map((value, i) => (isKept(i >> 1) ? value : 0));
      const kept = denseOf(
        plain.rows.filter((_, row) => isKept(row)),
        {
          featureTypes: typesOf(tableCase.kinds),
        },
      );
      const rest = gradients.filter((_, i) => isKept(i >> 1));
      const expected = await growTrees(kept, cuts, rest, { parameters });
      expect((await growTrees(data, cuts, zeroed, { parameters })).trees).toEqual(expected.trees);
    });
    await fc.assert(property, { seed, numRuns: 100 });
  });
});
