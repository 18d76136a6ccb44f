import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Declarations, describeRule } from "../../src/core/declaration.ts";
import {
  camelCase,
  findParameter,
  kebabCase,
  nearestName,
  resolveParameters,
  snakeCase,
  unknownName,
} from "../../src/core/parameter.ts";
import { catchError } from "../oracle/catch-error.ts";

const seed = 31;

const declarations: Declarations = {
  maxBin: { type: "integer", default: 256, minimum: 2, maximum: 65535 },
  eta: { aliases: ["learning_rate"], type: "number", default: 0.3, minimum: 0 },
  share: {
    type: "number",
    default: 1,
    minimum: 0,
    exclusiveMinimum: true,
    maximum: 1,
    exclusiveMaximum: true,
  },
  growPolicy: { type: "string", default: "a", choices: ["a", "b"] },
  isLoud: { type: "boolean", default: false },
  label: { type: "string" },
  weights: { type: "numbers", minimum: 0 },
  names: { type: "strings" },
  free: { type: "any" },
};

const resolve = (input: Record<string, unknown>) => resolveParameters(declarations, input);

describe("spellings", () => {
  test("camelCase undoes snakeCase and kebabCase", () => {
    const word = fc.stringMatching(/^[a-z]+[0-9]?$/);
    const name = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => camelCase(words.join("_")));
    const property = fc.property(name, (camel) => {
      expect(camelCase(snakeCase(camel))).toBe(camel);
      expect(camelCase(kebabCase(camel))).toBe(camel);
    });
    fc.assert(property, { seed });
  });

  test("every spelling of a name finds the same declaration", () => {
    for (const name of ["maxBin", "max_bin", "max-bin"]) {
      expect(findParameter(declarations, name)).toBe("maxBin");
    }
    for (const name of ["eta", "learning_rate", "learningRate", "learning-rate"]) {
      expect(findParameter(declarations, name)).toBe("eta");
    }
    expect(findParameter(declarations, "toString")).toBeUndefined();
  });
});

describe("resolveParameters", () => {
  test("fills in defaults and leaves out what has neither value nor default", () => {
    expect(resolve({})).toEqual({ maxBin: 256, eta: 0.3, share: 1, growPolicy: "a", isLoud: false });
  });

  test("takes undefined for not given", () => {
    expect(resolve({ maxBin: undefined, label: undefined })).toEqual(resolve({}));
  });

  test("stores values under the camelCase name", () => {
    expect(resolve({ max_bin: 16, "learning-rate": 0.1 })).toMatchObject({ maxBin: 16, eta: 0.1 });
  });

  test("refuses a parameter that is given twice under two names", () => {
    const error = catchError(() => resolve({ eta: 1, learning_rate: 1 }));
    expect(error).toMatchObject({ code: "INVALID_PARAMETER", details: { parameter: "eta" } });
    expect(error.message).toBe("`eta` and `learning_rate` are the same parameter; give one of them");
  });

  test("refuses an unknown name and gives the nearest known one", () => {
    const error = catchError(() => resolve({ maxBins: 3 }));
    expect(error.message).toBe("unknown parameter `maxBins`; did you mean `maxBin`?");
    expect(error.details).toEqual({ parameter: "maxBins", nearest: "maxBin" });
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["maxBin", 1, "`maxBin` must be an integer in [2, 65535], got 1"],
    ["maxBin", 65536, "`maxBin` must be an integer in [2, 65535], got 65536"],
    ["maxBin", 2.5, "`maxBin` must be an integer in [2, 65535], got 2.5"],
    ["maxBin", "16", '`maxBin` must be an integer in [2, 65535], got "16"'],
    ["eta", -0.1, "`eta` must be a number in [0, infinity), got -0.1"],
    ["eta", Number.NaN, "`eta` must be a number in [0, infinity), got NaN"],
    ["eta", Infinity, "`eta` must be a number in [0, infinity), got Infinity"],
    ["eta", null, "`eta` must be a number in [0, infinity), got null"],
    ["share", 0, "`share` must be a number in (0, 1), got 0"],
    ["share", 1, "`share` must be a number in (0, 1), got 1"],
    ["growPolicy", "c", '`growPolicy` must be one of "a", "b", got "c"'],
    ["isLoud", 1, "`isLoud` must be true or false, got 1"],
    ["label", 3, "`label` must be a string, got 3"],
    ["weights", [1, -1], "`weights` must be an array of numbers in [0, infinity), got [1, -1]"],
    ["weights", ["a"], '`weights` must be an array of numbers in [0, infinity), got ["a"]'],
    ["names", ["a", 1], '`names` must be an array of strings, got ["a", 1]'],
  ];
  test.each(refused)("refuses `%s` = %j, naming rule and value", (name, value, message) => {
    expect(catchError(() => resolve({ [name]: value }))).toMatchObject({
      code: "INVALID_PARAMETER",
      message,
      details: { parameter: name },
    });
  });

  test("accepts the ends of a closed range and typed arrays of numbers", () => {
    const weights = Float32Array.of(0, 2);
    const given = { maxBin: 65535, eta: 0, weights, names: [], free: { a: 1 } };
    expect(resolve(given)).toMatchObject(given);
  });
});

test("describeRule writes one-sided and open ranges", () => {
  const base = { type: "integer" } as const;
  expect(describeRule(base)).toBe("an integer");
  expect(describeRule({ ...base, maximum: 4 })).toBe("an integer in (-infinity, 4]");
  expect(describeRule({ ...base, minimum: 1, exclusiveMinimum: true })).toBe("an integer in (1, infinity)");
});

describe("nearestName", () => {
  const known = ["maxDepth", "maxLeaves", "minChildWeight", "lambda"];

  test("finds a name despite one slip, another case or another spelling", () => {
    expect(nearestName("maxDeph", known)).toBe("maxDepth");
    expect(nearestName("MAX_DEPTH", known)).toBe("maxDepth");
    expect(nearestName("min_child_wieght", known)).toBe("minChildWeight");
  });

  test("takes two slips of a short name, and one of every three letters of a long one", () => {
    expect(nearestName("lmda", known)).toBe("lambda");
    expect(nearestName("lmd", known)).toBeUndefined();
    expect(nearestName("minimalChildWeights", known)).toBe("minChildWeight");
    expect(nearestName("minimalChildsWeightings", known)).toBeUndefined();
  });

  test("suggests nothing for a word that is far from all", () => {
    expect(nearestName("objective", known)).toBeUndefined();
    expect(unknownName("parameter", "zzzzzz", known)).toMatchObject({
      message: "unknown parameter `zzzzzz`",
      details: { nearest: null },
    });
  });
});
