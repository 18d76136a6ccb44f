import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Tasks, taskWords } from "../../../src/core/tasks.ts";
import type { GrowMemory } from "../../../src/kernel/grow/grow-memory.ts";
import { type GrowPhase, growTasks } from "../../../src/kernel/grow/grow-tasks.ts";
import { resolveTrainParameters } from "../../../src/training/parameters.ts";
import { TaskList } from "../../../src/tree/backend/task-list.ts";
import { GainEvaluator } from "../../../src/tree/gain.ts";
import { GrowNode, rowCountOf } from "../../../src/tree/grow-node.ts";

const seed = 77;
const { tree } = resolveTrainParameters({}, { featureCount: 1 });
const evaluator = new GainEvaluator(tree);

function nodeWithRows(rowCount: number): GrowNode {
  const node = new GrowNode({ evaluator, group: 0, id: 0, depth: 0, sumGrad: 0, sumHess: 0, rootGain: 0 });
  node.rowEnd = rowCount;
  return node;
}

/** A list with room for `capacity` tasks whose executor notes what it is given. */
function makeList(memberCount: number, capacity = 8) {
  const shape = { layout: { rowCount: 40_000 }, groupCount: 1, memberCount, nodeCapacity: 1 };
  const memory = { shape, tasks: new Int32Array(taskWords(growTasks, capacity)) } as unknown as GrowMemory;
  const tasks = new Tasks(growTasks, memory.tasks);
  const runs: number[][] = [];
  const list = new TaskList(memory, {
    memberCount,
    run: (phase: GrowPhase, count) => {
      // The first field of each task.
      runs.push(
        Array.from({ length: count }, (_, task) => Object.values<number>(tasks.read(phase, task))[0]),
      );
    },
    runEach: () => {},
  });
  return { list, runs };
}

describe(`TaskList (seed ${seed})`, () => {
  test("shares nodes largest first and cuts only those that are large beside all", () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 30 }),
      fc.integer({ min: 2, max: 16 }),
      (rowCounts, memberCount) => {
        const { list } = makeList(memberCount);
        const nodes = rowCounts.map((rowCount, slot) => ({ node: nodeWithRows(rowCount), slot }));
        const { inOrder, mostRows } = list.shareOut(nodes);
        const counts = inOrder.map(({ node }) => rowCountOf(node));
        expect(counts).toEqual([...rowCounts].sort((a, b) => b - a));
        const total = rowCounts.reduce((sum, count) => sum + count, 0);
        for (const count of counts.filter((count) => count > mostRows)) {
          expect(count * 2 * memberCount).toBeGreaterThan(total);
        }
      },
    );
    fc.assert(property, { seed, numRuns: 200 });
  });

  test("cuts nothing for a member alone", () => {
    const { list, runs } = makeList(1);
    expect(list.shareOut([{ node: nodeWithRows(1e6), slot: 0 }]).mostRows).toBe(Infinity);
    list.runOverRows("gradients");
    expect(runs).toEqual([[0]]);
  });

  test("covers all rows by ranges when there are several members", () => {
    const { list, runs } = makeList(2);
    list.runOverRows("gradients");
    expect(runs).toEqual([[0, 16_384, 32_768]]);
  });

  test("runs what waits when there is no room", () => {
    const { list, runs } = makeList(2, 4);
    for (let slot = 0; slot < 9; slot++) list.add("build", { slot, rowBegin: 0, rowEnd: 1, isShared: 0 });
    list.run("build");
    expect(runs).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
  });

  test("is refused where answers would be overwritten before they are read", () => {
    expect(() => makeList(2, 3)).toThrow("tasks need room for 4, got 3");
  });
});
