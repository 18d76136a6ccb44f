import { describe, expect, test } from "vitest";
import { Booster } from "../../../src/booster/booster.ts";
import { solo } from "../../../src/core/collective.ts";
import { DMatrix, type DMatrixInfo } from "../../../src/data/dmatrix.ts";
import { createObjective } from "../../../src/objective/registry.ts";
import { ModelBuilder } from "../../../src/training/loop/model-builder.ts";
import { resolveTrainParameters, type TrainParameters } from "../../../src/training/parameters.ts";
import { leafTree } from "../../../src/tree/tree.ts";
import { catchRejection } from "../../oracle/catch-error.ts";

const tableOf = (info: DMatrixInfo = {}) => DMatrix.fromRows([[1], [2], [3]], { label: [0, 1, 2], ...info });

function start(given: TrainParameters, data: DMatrix = tableOf(), initial?: Booster): Promise<ModelBuilder> {
  const parameters = resolveTrainParameters(given, data);
  const objective = createObjective(parameters.objective, parameters.all);
  return ModelBuilder.start(parameters, objective, data, initial, solo);
}

const softprob = { objective: "multi:softprob", numClass: 3 };

describe("the start", () => {
  test("is the base score that is given, else what the objective estimates", async () => {
    const given = (await start({ baseScore: 0.25 })).build();
    expect([Array.from(given.baseScore), given.boostFromAverage]).toEqual([[0.25], false]);
    const estimated = (await start({})).build();
    expect([Array.from(estimated.baseScore), estimated.boostFromAverage]).toEqual([[1], true]);
  });

  test("may be one value for all groups or one for each", async () => {
    expect((await start({ ...softprob, baseScore: 0.5 })).baseScore.length).toBe(1);
    expect((await start({ ...softprob, baseScore: [1, 2, 3] })).baseScore.length).toBe(3);
    expect(await catchRejection(start({ ...softprob, baseScore: [1, 2] }))).toMatchObject({
      code: "INVALID_PARAMETER",
      message: "`baseScore` must have 1 or 3 values, got 2",
    });
  });
});

describe("rounds", () => {
  const trees = (from: number, count: number) => Array.from({ length: count }, (_, i) => leafTree(from + i));

  test("are appended with the group of each tree", async () => {
    const builder = await start({ ...softprob, numParallelTree: 2 });
    expect(builder.roundCount).toBe(0);
    expect(Array.from(builder.addRound(trees(0, 6)))).toEqual([0, 0, 1, 1, 2, 2]);
    builder.addRound(trees(6, 6));
    const model = builder.build();
    expect(builder.roundCount).toBe(2);
    expect(model.trees.map((tree) => tree.leafValue[0])).toEqual([...Array(12).keys()]);
    expect(Array.from(model.roundOffsets)).toEqual([0, 6, 12]);
    expect(model).toMatchObject({ groupCount: 3, numClass: 3, numParallelTree: 2 });
  });

  test("that come later do not change a model that was built", async () => {
    const builder = await start({});
    builder.addRound(trees(0, 1));
    const before = builder.build();
    builder.addRound(trees(1, 1));
    expect(before.trees.length).toBe(1);
    expect(before.roundOffsets.length).toBe(2);
    expect(builder.build().trees.length).toBe(2);
  });

  test("of an initial model come first", async () => {
    const first = await start({ baseScore: 0.25 });
    first.addRound(trees(0, 1));
    const initial = new Booster(first.build({ note: "kept" }));
    const second = await start({}, tableOf(), initial);
    expect(second.roundCount).toBe(1);
    second.addRound(trees(1, 1));
    const model = second.build({ more: "added" });
    expect(model.trees.map((tree) => tree.leafValue[0])).toEqual([0, 1]);
    expect(Array.from(model.baseScore)).toEqual([0.25]);
    expect(model.boostFromAverage).toBe(false);
    expect(model.attributes).toEqual({ note: "kept", more: "added" });
  });
});

test("label classes travel as an attribute", async () => {
  const builder = await start({}, tableOf({ labelClasses: ["a", 2, "c"] }));
  expect(new Booster(builder.build()).labelClasses).toEqual(["a", 2, "c"]);
});

test("models of dart and of gblinear are not continued", async () => {
  const model = (await start({})).build();
  for (const other of [{ treeWeights: Float32Array.of() }, { linearWeights: Float32Array.of(1, 2) }]) {
    const error = await catchRejection(start({}, tableOf(), new Booster({ ...model, ...other })));
    expect(error).toMatchObject({
      code: "UNSUPPORTED",
      message: "training can only continue from a gbtree model, not from dart or gblinear",
    });
  }
});
