import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Declaration } from "../../src/core/declaration.ts";
import { xgboostNames } from "../../src/core/parameter.ts";
import {
  fromXGBoostParams,
  parseValue,
  resolveTrainParameters,
  type TrainParameters,
  trainParameterDeclarations,
} from "../../src/training/parameters.ts";
import { catchError } from "../oracle/catch-error.ts";

const seed = 19;
const declared = Object.entries<Declaration>(trainParameterDeclarations);
const table = { featureCount: 3, featureNames: ["a", "b", "c"] };

const resolve = (parameters: TrainParameters, features: typeof table = table) =>
  resolveTrainParameters(parameters, features);
/** The message with which a value is refused. */
function refusal(parameters: object): string {
  const error = catchError(() => resolve(parameters as TrainParameters));
  expect(error.code).toBe("INVALID_PARAMETER");
  return error.message;
}

describe("the declarations", () => {
  test("name every parameter and alias once, and give a default that keeps its own rule", () => {
    const names = xgboostNames(trainParameterDeclarations);
    expect(new Set(names).size).toBe(names.length);
    const defaults = Object.fromEntries(
      declared.filter(([, d]) => d.default !== undefined).map(([name, d]) => [name, d.default]),
    );
    expect(() => resolve(defaults)).not.toThrow();
  });

  test("give XGBoost's defaults, as float32", () => {
    expect(resolve({})).toMatchObject({
      objective: "reg:squarederror",
      baseScore: undefined,
      evalMetrics: [],
      maxBin: 256,
      tree: {
        eta: Math.fround(0.3),
        gamma: 0,
        maxDepth: 6,
        maxLeaves: 0,
        growPolicy: "depthwise",
        minChildWeight: 1,
        lambda: 1,
        alpha: 0,
        maxDeltaStep: 0,
        maxCatToOnehot: 4,
        maxCatThreshold: 64,
        monotoneConstraints: undefined,
        interactionConstraints: undefined,
        subsample: 1,
        colsampleBytree: 1,
        colsampleBylevel: 1,
        colsampleBynode: 1,
        numParallelTree: 1,
        seed: 0,
      },
    });
  });
});

describe("resolveTrainParameters", () => {
  test("remembers which parameters were given, under their own names", () => {
    const given = { max_depth: 3, learningRate: 0.1, gamma: undefined } as TrainParameters;
    const resolved = resolve(given);
    expect([...resolved.given].sort()).toEqual(["eta", "maxDepth"]);
    expect(resolved.tree).toMatchObject({ maxDepth: 3, eta: Math.fround(0.1) });
  });

  test("takes one base score or several, one metric or several", () => {
    expect(resolve({ baseScore: 0.25 }).baseScore).toEqual(Float32Array.of(0.25));
    expect(resolve({ baseScore: [1, 2] }).baseScore).toEqual(Float32Array.of(1, 2));
    expect(resolve({ evalMetric: "auc" }).evalMetrics).toEqual(["auc"]);
    expect(resolve({ evalMetric: ["auc", "error"] }).evalMetrics).toEqual(["auc", "error"]);
  });

  test("takes monotone constraints as an array, a shorter one, or by name", () => {
    const monotone = (monotoneConstraints: TrainParameters["monotoneConstraints"]) =>
      Array.from(resolve({ monotoneConstraints }).tree.monotoneConstraints!);
    expect(monotone([1, 0, -1])).toEqual([1, 0, -1]);
    expect(monotone([1])).toEqual([1, 0, 0]);
    expect(monotone({ c: -1 })).toEqual([0, 0, -1]);
  });

  test("takes interaction constraints by index or name", () => {
    const sets = (interactionConstraints: TrainParameters["interactionConstraints"]) =>
      resolve({ interactionConstraints }).tree.interactionConstraints;
    expect(sets([[0, "c"], ["b"]])).toEqual([[0, 2], [1]]);
    expect(sets([])).toBeUndefined();
  });

  const ranges: readonly (readonly [keyof TrainParameters, readonly unknown[], string])[] = [
    ["eta", [-0.1, NaN, "0.3"], "a number in [0, infinity)"],
    ["gamma", [-1], "a number in [0, infinity)"],
    ["maxDepth", [-1, 2.5], "an integer in [0, infinity)"],
    ["maxLeaves", [-1], "an integer in [0, infinity)"],
    ["minChildWeight", [-1], "a number in [0, infinity)"],
    ["lambda", [-1], "a number in [0, infinity)"],
    ["alpha", [-1], "a number in [0, infinity)"],
    ["maxDeltaStep", [-1], "a number in [0, infinity)"],
    ["maxBin", [1, 65536], "an integer in [2, 65535]"],
    ["maxCatToOnehot", [0], "an integer in [1, infinity)"],
    ["maxCatThreshold", [0], "an integer in [1, infinity)"],
    ["subsample", [0, 1.1], "a number in (0, 1]"],
    ["colsampleBytree", [0, 1.1], "a number in (0, 1]"],
    ["colsampleBylevel", [0], "a number in (0, 1]"],
    ["colsampleBynode", [0], "a number in (0, 1]"],
    ["numParallelTree", [0, 1.5], "an integer in [1, infinity)"],
    ["seed", [-1, 2 ** 32], "an integer in [0, 4294967295]"],
    ["growPolicy", ["leafwise"], 'one of "depthwise", "lossguide"'],
    ["tweedieVariancePower", [0.5, 2], "a number in [1, 2)"],
    ["huberSlope", [0], "a number in (0, infinity)"],
    ["scalePosWeight", [-1], "a number in [0, infinity)"],
  ];
  test.each(ranges)("refuses `%s` outside its range", (name, values, rule) => {
    for (const value of values) {
      const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
      expect(refusal({ [name]: value })).toBe(`\`${name}\` must be ${rule}, got ${shown}`);
    }
  });

  test("refuses an unknown parameter with the nearest known one", () => {
    expect(refusal({ maxDeph: 3 })).toBe("unknown parameter `maxDeph`; did you mean `maxDepth`?");
    expect(refusal({ n_estimators: 3 })).toMatch(/^unknown parameter `n_estimators`/);
  });

  test.each([
    [{ baseScore: "x" }, '`baseScore` must be a number or an array of numbers, got "x"'],
    [{ baseScore: [] }, "`baseScore` must be a number or an array of numbers, got []"],
    [{ baseScore: [1, NaN] }, "`baseScore` must be a number or an array of numbers, got [1, NaN]"],
    [{ evalMetric: 3 }, "`evalMetric` must be the name of a metric or an array of names, got 3"],
    [{ monotoneConstraints: [2] }, "`monotoneConstraints` must be made of -1, 0 and 1, got 2"],
    [
      { monotoneConstraints: [0, 0, 0, 1] },
      "`monotoneConstraints` must be at most 3 values, one per feature, got 4",
    ],
    [{ monotoneConstraints: { d: 1 } }, "unknown feature in `monotoneConstraints` `d`; did you mean `a`?"],
    [
      { monotoneConstraints: "up" },
      '`monotoneConstraints` must be an array, or an object by feature name, got "up"',
    ],
    [
      { interactionConstraints: [0, 1] },
      "`interactionConstraints` must be an array of arrays of features, got [0, 1]",
    ],
    [
      { interactionConstraints: [[3]] },
      "`interactionConstraints` must be made of feature names or indices in [0, 3), got 3",
    ],
    [{ interactionConstraints: [["zzzzzz"]] }, "unknown feature in `interactionConstraints` `zzzzzz`"],
  ])("refuses %j", (parameters, message) => {
    expect(refusal(parameters)).toBe(message);
  });
});

describe(`fromXGBoostParams (seed ${seed})`, () => {
  test("takes every name in XGBoost's spelling, and every alias", () => {
    const withDefault = declared.filter(([, d]) => d.default !== undefined);
    const property = fc.property(fc.constantFrom(...withDefault), ([own, d]) => {
      for (const name of xgboostNames({ [own]: d })) {
        expect(fromXGBoostParams({ [name]: d.default })).toEqual({ [own]: d.default });
      }
    });
    fc.assert(property, { seed });
    expect(fromXGBoostParams({ reg_lambda: 2, min_split_loss: 1, random_state: 7 })).toEqual({
      lambda: 2,
      gamma: 1,
      seed: 7,
    });
  });

  test("reads values given as text, and True and False for 1 and 0", () => {
    expect(
      fromXGBoostParams({ max_depth: "6", learning_rate: "0.1", num_parallel_tree: true, gamma: "1e-3" }),
    ).toEqual({ maxDepth: 6, eta: 0.1, numParallelTree: 1, gamma: 0.001 });
  });

  test("reads constraints as text, in Python's spelling too", () => {
    expect(fromXGBoostParams({ monotone_constraints: "(1,-1,0)" })).toEqual({
      monotoneConstraints: [1, -1, 0],
    });
    expect(fromXGBoostParams({ monotone_constraints: "(1,)" })).toEqual({ monotoneConstraints: [1] });
    expect(fromXGBoostParams({ monotone_constraints: "{'a': 1}" })).toEqual({
      monotoneConstraints: { a: 1 },
    });
    expect(fromXGBoostParams({ interaction_constraints: "[[0, 1], [2]]" })).toEqual({
      interactionConstraints: [[0, 1], [2]],
    });
    expect(fromXGBoostParams({ interaction_constraints: "[['a', 'b']]" })).toEqual({
      interactionConstraints: [["a", "b"]],
    });
    expect(fromXGBoostParams({ eval_metric: "auc", base_score: "0.25" })).toEqual({
      evalMetric: "auc",
      baseScore: 0.25,
    });
  });

  test("passes over what is not given, and over what changes nothing here", () => {
    const ignored = {
      tree_method: "hist",
      booster: "gbtree",
      device: "cpu",
      nthread: 8,
      n_jobs: -1,
      verbosity: 0,
      validate_parameters: true,
    };
    expect(fromXGBoostParams({ max_depth: null, eta: undefined, ...ignored })).toEqual({});
  });

  test("gives parameters that training takes", () => {
    const given = { max_depth: 3, monotone_constraints: "(1,0,-1)", eval_metric: ["auc"], nthread: 2 };
    expect(resolve(fromXGBoostParams(given))).toMatchObject({
      tree: { maxDepth: 3, monotoneConstraints: Int8Array.of(1, 0, -1) },
      evalMetrics: ["auc"],
    });
  });

  test.each([
    [{ max_deph: 3 }, "unknown parameter `max_deph`; did you mean `max_depth`?"],
    [{ tree_metod: "hist" }, "unknown parameter `tree_metod`; did you mean `tree_method`?"],
    [{ maxDepth: 3 }, "unknown parameter `maxDepth`; did you mean `max_depth`?"],
    [{ max_depth: "deep" }, '`maxDepth` must be an integer in [0, infinity), got "deep"'],
    [{ max_depth: "" }, '`maxDepth` must be an integer in [0, infinity), got ""'],
    [
      { monotone_constraints: "(1,x)" },
      '`monotoneConstraints` must be a list such as [1, 0, -1], got "(1,x)"',
    ],
    [{ eta: 0.1, learning_rate: 0.2 }, "`eta` and `learning_rate` are the same parameter; give one of them"],
  ])("refuses %j as a wrong parameter", (parameters, message) => {
    expect(catchError(() => fromXGBoostParams(parameters))).toMatchObject({
      code: "INVALID_PARAMETER",
      message,
    });
  });

  test.each([
    [{ tree_method: "exact" }, '`tree_method` must be "hist" or "auto", got "exact"'],
    [{ booster: "dart" }, '`booster` must be "gbtree", got "dart"'],
    [{ device: "cuda" }, '`device` must be "cpu", got "cuda"'],
    [
      { multi_strategy: "multi_output_tree" },
      '`multi_strategy` must be "one_output_per_tree", got "multi_output_tree"',
    ],
  ])("refuses %j as unsupported", (parameters, message) => {
    expect(catchError(() => fromXGBoostParams(parameters))).toMatchObject({ code: "UNSUPPORTED", message });
  });
});

describe("parseValue", () => {
  const { eta, monotoneConstraints } = trainParameterDeclarations;

  test("leaves values that are not text", () => {
    expect(parseValue("eta", eta, 0.5)).toBe(0.5);
    expect(parseValue("monotoneConstraints", monotoneConstraints, [1])).toEqual([1]);
  });

  test("undoes writing a number as text", () => {
    const property = fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(parseValue("eta", eta, String(value))).toBe(value + 0);
    });
    fc.assert(property, { seed });
  });

  test("reads truth values", () => {
    const flag = { type: "boolean" } as const;
    expect(
      ["true", "True", "1", "false", "FALSE", "0"].map((text) => parseValue("flag", flag, text)),
    ).toEqual([true, true, true, false, false, false]);
    expect(catchError(() => parseValue("flag", flag, "yes")).message).toBe(
      '`flag` must be true or false, got "yes"',
    );
  });
});
