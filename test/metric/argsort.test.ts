import fc from "fast-check";
import { expect, test } from "vitest";
import { argsortDescending } from "../../src/metric/argsort.ts";

const seed = 20240612;

test(`argsort equals a stable comparison sort (seed ${seed})`, () => {
  const values = fc.array(
    fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1, Infinity, -Infinity, 1e-45)),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(values, (list) => {
      const floats = Float32Array.from(list);
      const expected = list
        .map((_, i) => i)
        .sort((a, b) => (floats[a] === floats[b] ? a - b : floats[b] > floats[a] ? 1 : -1));
      expect(Array.from(argsortDescending(floats))).toEqual(expected);
    }),
    { seed, numRuns: 200 },
  );
});
