// Random tree parameters for tables of a given width: every one that decides on splits, with values at
// which it takes effect on small tables.

import fc from "fast-check";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { treeParameters } from "./growing.ts";

const regularisation: fc.Arbitrary<Partial<TreeParameters>> = fc.record({
  eta: fc.constantFrom(0.3, 1, 0.05),
  gamma: fc.constantFrom(0, 0, 0.1, 1),
  minChildWeight: fc.constantFrom(1, 0, 0.5, 4),
  lambda: fc.constantFrom(1, 0, 0.3),
  alpha: fc.constantFrom(0, 0, 0.5),
  maxDeltaStep: fc.constantFrom(0, 0, 0.2),
});

const limits: fc.Arbitrary<Partial<TreeParameters>> = fc.record({
  maxDepth: fc.constantFrom(0, 1, 3, 5),
  maxLeaves: fc.constantFrom(0, 0, 2, 3, 7),
  growPolicy: fc.constantFrom("depthwise", "lossguide"),
  maxCatToOnehot: fc.constantFrom(1, 4, 20),
  maxCatThreshold: fc.constantFrom(64, 1, 2, 3),
  numParallelTree: fc.constantFrom(1, 1, 3),
});

/** Parameters for a table of `featureCount` features; a third with constraints of each kind. */
export function parameterCases(featureCount: number): fc.Arbitrary<TreeParameters> {
  const feature = fc.nat(featureCount - 1);
  const monotone = fc
    .array(fc.constantFrom(-1, 0, 1), { minLength: featureCount, maxLength: featureCount })
    .map((list) => Int8Array.from(list));
  const sets = fc.array(fc.uniqueArray(feature, { minLength: 1 }), { minLength: 1, maxLength: 3 });
  const constraints = fc.record({
    monotoneConstraints: fc.option(monotone, { nil: undefined, freq: 2 }),
    interactionConstraints: fc.option(sets, { nil: undefined, freq: 2 }),
  });
  return fc
    .tuple(regularisation, limits, constraints)
    .map((parts) => treeParameters(Object.assign({}, ...parts)));
}
