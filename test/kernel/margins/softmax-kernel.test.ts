// The softmax in WebAssembly against the one in TypeScript.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena, measureArena } from "../../../src/core/arena.ts";
import { softmaxRows } from "../../../src/core/math/softmax.ts";
import {
  createSoftmaxKernel,
  LEAST_ROWS,
  SOFTMAX_WORDS,
} from "../../../src/kernel/margins/softmax-kernel.ts";
import { fillGradientConstants, GRADIENT_CONSTANTS } from "../../../src/kernel/wasm/gradient-constants.ts";
import { allocateKernelMemory } from "../../../src/kernel/wasm/kernel-memory.ts";

const seed = 913;

test(`the softmax kernel equals softmaxRows bit for bit (seed ${seed})`, () => {
  const margin = fc.oneof(
    fc.float({ min: -20, max: 20, noNaN: true }),
    fc.constantFrom(0, -0, 1e-30, -104, -87.5, 88, 300, -3e38, 3e38),
  );
  const shape = fc.integer({ min: 1, max: 5 }).chain((groupCount) =>
    fc.integer({ min: LEAST_ROWS, max: 40 }).chain((rowCount) =>
      fc.record({
        margins: fc.array(margin, { minLength: groupCount * rowCount, maxLength: groupCount * rowCount }),
        groupCount: fc.constant(groupCount),
        begin: fc.integer({ min: 0, max: rowCount - LEAST_ROWS }),
      }),
    ),
  );
  const property = fc.property(shape, ({ margins, groupCount, begin }) => {
    const rowCount = margins.length / groupCount;
    const place = (arena: Arena) => ({
      source: arena.f32(margins.length),
      target: arena.f32(margins.length),
      powers: arena.f32(4 * groupCount),
      job: arena.u32(SOFTMAX_WORDS),
      constants: arena.f64(GRADIENT_CONSTANTS),
    });
    const { buffer, wasm } = allocateKernelMemory(measureArena(place), false, "webassembly");
    const { source, target, powers, job, constants } = place(new Arena(buffer));
    fillGradientConstants(constants);
    source.set(margins);
    const places = { begin, stride: rowCount };
    createSoftmaxKernel(
      wasm!,
      groupCount,
      { powers, job },
      constants,
    )({ array: source, ...places }, { array: target, ...places }, rowCount - begin);
    const expected = Float32Array.from(margins);
    softmaxRows(expected, groupCount, rowCount, begin, rowCount);
    for (let i = 0; i < expected.length; i++) if (i % rowCount < begin) expected[i] = 0;
    expect(target).toEqual(expected);
  });
  fc.assert(property, { seed, numRuns: 200 });
});
