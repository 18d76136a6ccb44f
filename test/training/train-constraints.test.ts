import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import { allowedFeatures } from "../../src/tree/feature-sets.ts";
import { isLeaf, type Tree } from "../../src/tree/tree.ts";
import { denseOf, type TableCase } from "../oracle/plain-table.ts";
import { hashUniform } from "../parity/cases/case-table.ts";
import { type LabelKind, labelledTable } from "./labelled-table.ts";

const seed = 404;

const tables = fc.record({
  seed: fc.nat(10_000),
  rowCount: fc.integer({ min: 20, max: 300 }),
  kinds: fc.constant<TableCase["kinds"]>(["dense", "gappy", "few", "dense"]),
});

const settings: fc.Arbitrary<TrainParameters> = fc.record({
  maxDepth: fc.constantFrom(2, 4, 6),
  growPolicy: fc.constantFrom<("depthwise" | "lossguide")[]>("depthwise", "lossguide"),
  minChildWeight: fc.constantFrom(0, 1),
  alpha: fc.constantFrom(0, 0.1),
  maxDeltaStep: fc.constantFrom(0, 0.3),
});

describe(`monotone constraints (seed ${seed})`, () => {
  const kinds = fc.constantFrom<LabelKind[]>("regression", "binary");
  const directions = fc.array(fc.constantFrom(-1, 0, 1), { minLength: 4, maxLength: 4 });

  test("hold for predictions along every feature, with the others fixed anywhere", async () => {
    const property = fc.asyncProperty(
      tables,
      kinds,
      settings,
      directions,
      async (tableCase, kind, given, monotone) => {
        const { rows, info, parameters } = labelledTable(tableCase, kind);
        const all = { ...parameters, ...given, monotoneConstraints: monotone };
        const { booster } = await trainBooster(all, denseOf(rows, info), { rounds: 4 });
        for (let f = 0; f < 4; f++) {
          if (monotone[f] === 0) continue;
          for (let sample = 0; sample < 5; sample++) {
            const fixed = rows[Math.floor(hashUniform(tableCase.seed, f, sample) * rows.length)];
            const line = Array.from({ length: 40 }, (_, i) =>
              fixed.map((v, j) => (j === f ? i / 8 - 2.5 : v)),
            );
            const margins = booster.predict(denseOf(line), { kind: "margin" });
            margins.forEach((margin, i) => {
              if (i > 0) expect(monotone[f] * (margin - margins[i - 1])).toBeGreaterThanOrEqual(0);
            });
          }
        }
      },
    );
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("change nothing when all are 0, and may be given by name or for the first features only", async () => {
    const { rows, info, parameters } = labelledTable(
      { seed: 1, rowCount: 150, kinds: ["dense", "gappy", "dense"] },
      "regression",
    );
    const data = denseOf(rows, { ...info, featureNames: ["a", "b", "c"] });
    const treesOf = async (monotoneConstraints?: TrainParameters["monotoneConstraints"]) =>
      (await trainBooster({ ...parameters, monotoneConstraints }, data, { rounds: 3 })).booster.model.trees;
    expect(await treesOf([0, 0, 0])).toEqual(await treesOf());
    const byIndex = await treesOf([-1, 0, 1]);
    expect(byIndex).not.toEqual(await treesOf());
    expect(await treesOf({ c: 1, a: -1 })).toEqual(byIndex);
    expect(await treesOf([-1])).toEqual(await treesOf({ a: -1 }));
  });
});

describe(`interaction constraints (seed ${seed})`, () => {
  const sets = fc.array(fc.uniqueArray(fc.nat(3), { minLength: 1 }), { minLength: 1, maxLength: 3 });

  /** The features on the way to every inner node, that of the node last. */
  function pathsOf(tree: Tree): number[][] {
    const paths: number[][] = [];
    const visit = (node: number, path: number[]) => {
      if (isLeaf(tree, node)) return;
      const own = [...path, tree.splitFeature[node]];
      paths.push(own);
      visit(tree.left[node], own);
      visit(tree.right[node], own);
    };
    visit(0, []);
    return paths;
  }

  test("hold on every path: what follows is on it already or in a set that holds all of it", async () => {
    const property = fc.asyncProperty(tables, settings, sets, async (tableCase, given, interaction) => {
      const { rows, info, parameters } = labelledTable(tableCase, "regression");
      const all = { ...parameters, ...given, interactionConstraints: interaction };
      const { booster } = await trainBooster(all, denseOf(rows, info), { rounds: 3 });
      for (const tree of booster.model.trees) {
        for (const path of pathsOf(tree).filter((list) => list.length > 1)) {
          const above = path.slice(0, -1);
          expect(allowedFeatures(interaction, above)).toContain(path[path.length - 1]);
          // So the whole path lies in one set, or is one feature again and again.
          const used = new Set(path);
          const isInOneSet = interaction.some((set) => [...used].every((f) => set.includes(f)));
          expect(used.size === 1 || isInOneSet).toBe(true);
        }
      }
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test("may name features, and none are no constraint", async () => {
    const { rows, info, parameters } = labelledTable(
      { seed: 6, rowCount: 150, kinds: ["dense", "gappy", "dense"] },
      "regression",
    );
    const data = denseOf(rows, { ...info, featureNames: ["a", "b", "c"] });
    const treesOf = async (interactionConstraints?: TrainParameters["interactionConstraints"]) =>
      (await trainBooster({ ...parameters, interactionConstraints }, data, { rounds: 3 })).booster.model
        .trees;
    expect(await treesOf([["a", "c"]])).toEqual(await treesOf([[0, 2]]));
    expect(await treesOf([])).toEqual(await treesOf());
  });
});
