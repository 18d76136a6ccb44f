// Sketching by several members against sketching alone.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena, measureArena } from "../../src/core/arena.ts";
import type { Executor } from "../../src/core/executor.ts";
import { uniform } from "../../src/core/random.ts";
import { buildCuts, countPresent } from "../../src/data/cuts.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import {
  placeSketchMemory,
  SketchMember,
  type SketchPhase,
  sketchTogether,
} from "../../src/data/sketch-member.ts";

const seed = 2711;

function sketchBy(data: DMatrix, memberCount: number, maxBin: number, blockRows: number) {
  const counts = countPresent(data);
  const isCategorical = Uint8Array.from(counts, (_, f) => (data.featureTypes?.[f] === "c" ? 1 : 0));
  const shape = { memberCount, maxBin, counts, isCategorical, blockRows };
  const sizeBytes = measureArena((arena) => placeSketchMemory(arena, shape));
  const memory = placeSketchMemory(new Arena(new ArrayBuffer(sizeBytes)), shape);
  const members = Array.from({ length: memberCount }, (_, m) => new SketchMember(m, memory));
  const executor: Executor<SketchPhase> = {
    memberCount,
    run: () => {},
    runEach: (phase) => {
      for (const member of members) member.run(phase);
    },
  };
  return sketchTogether(data, memory, executor);
}

test(`members together make the cuts of one, whatever the size of blocks (seed ${seed})`, () => {
  const cases = fc.record({
    key: fc.nat(1e6),
    rowCount: fc.integer({ min: 1, max: 900 }),
    featureCount: fc.integer({ min: 1, max: 7 }),
    memberCount: fc.integer({ min: 1, max: 9 }),
    blockRows: fc.integer({ min: 1, max: 1000 }),
    maxBin: fc.constantFrom(2, 16, 256),
    isWeighted: fc.boolean(),
  });
  const property = fc.property(
    cases,
    ({ key, rowCount, featureCount, memberCount, blockRows, maxBin, isWeighted }) => {
      const draw = (i: number, purpose: number) => uniform(seed, key, purpose, 0, i);
      const values = Float32Array.from({ length: rowCount * featureCount }, (_, i) => {
        if (i % featureCount === 0) return Math.floor(draw(i, 1) * 12);
        return draw(i, 2) < 0.1 ? Number.NaN : draw(i, 3) * 10 - 5;
      });
      const data = DMatrix.fromDense(values, {
        rowCount,
        featureCount,
        featureTypes: Array.from({ length: featureCount }, (_, f) => (f === 0 ? "c" : "q")),
        weight: isWeighted ? Float32Array.from({ length: rowCount }, (_, row) => draw(row, 4)) : undefined,
      });
      expect(sketchBy(data, memberCount, maxBin, blockRows)).toEqual(buildCuts(data, maxBin));
    },
  );
  fc.assert(property, { seed, numRuns: 150 });
});
