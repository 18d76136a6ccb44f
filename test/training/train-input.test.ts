// Bad input to training: refused before anything is grown, with a message that names it.

import { describe, expect, test } from "vitest";
import type { CoppiceError } from "../../src/core/errors.ts";
import { explicitCuts } from "../../src/data/cuts.ts";
import { DMatrix, type DMatrixInfo } from "../../src/data/dmatrix.ts";
import type { TrainParameters } from "../../src/training/parameters.ts";
import { trainBooster } from "../../src/training/train.ts";
import type { TrainOptions } from "../../src/training/train-options.ts";
import { catchRejection } from "../oracle/catch-error.ts";

const rows = [
  [1, 5],
  [2, 6],
  [3, 7],
  [4, 8],
];
const tableOf = (info: DMatrixInfo = {}) => DMatrix.fromRows(rows, { label: [0, 1, 1, 0], ...info });

/** The error of a training that should not start. */
function refusal(
  parameters: TrainParameters,
  data: DMatrix,
  options: Partial<TrainOptions> = {},
): Promise<CoppiceError> {
  return catchRejection(trainBooster(parameters, data, { rounds: 2, ...options }));
}

describe("a table", () => {
  test.each([
    ["without rows", DMatrix.fromRows([], { label: [] }), "the training table has no rows"],
    ["without features", DMatrix.fromRows([[], []], { label: [0, 1] }), "the training table has no features"],
    ["without labels", DMatrix.fromRows(rows), "the training table has no labels"],
    [
      "with too few base margins",
      tableOf({ baseMargin: new Float32Array(8) }),
      "`baseMargin` must have 4 × 1 values, got 8",
    ],
    [
      "without any weight",
      tableOf({ weight: [0, 0, 0, 0] }),
      /^`weight` must be above 0 in at least one row/,
    ],
  ])("%s", async (_what, data, message) => {
    const error = await refusal({}, data);
    expect(error.code).toBe("INVALID_DATA");
    if (typeof message === "string") expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  test.each<[string, number[], RegExp]>([
    ["binary:logistic", [0, 1, 2, 0], /got 2 in row 2$/],
    ["multi:softprob", [0, 1, 1.5, 0], /got 1.5 in row 2$/],
    ["multi:softprob", [0, 1, -1, 0], /got -1 in row 2$/],
    ["count:poisson", [0, 1, 2, -3], /got -3 in row 3$/],
    ["reg:gamma", [1, 0, 2, 3], /got 0 in row 1$/],
    ["reg:tweedie", [1, -1, 2, 3], /got -1 in row 1$/],
    ["reg:squaredlogerror", [1, -1, 2, 3], /got -1 in row 1$/],
  ])("whose labels do not suit %s", async (objective, label, message) => {
    const error = await refusal({ objective }, tableOf({ label }));
    expect(error.code).toBe("INVALID_DATA");
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`\`${objective}\``);
  });

  test("with labels of numClass and above", async () => {
    const error = await refusal(
      { objective: "multi:softprob", numClass: 2 },
      tableOf({ label: [0, 1, 2, 0] }),
    );
    expect(error.message).toBe("`label` must be an integer in [0, 2) for `multi:softprob`, got 2 in row 2");
  });

  test("of one class, for an objective that divides classes", async () => {
    const error = await refusal({ objective: "multi:softprob" }, tableOf({ label: [0, 0, 0, 0] }));
    expect(error.message).toBe(
      "`numClass` must be at least 2 for `multi:softprob`, got 1: labels of a single class leave nothing to learn",
    );
  });

  test("whose labels and weights give gradients beyond float32", async () => {
    const huge = tableOf({ label: [3e38, -3e38, 0, 0], weight: [1e30, 1, 1, 1] });
    const error = await refusal({ baseScore: 0 }, huge);
    expect(error.code).toBe("INVALID_DATA");
    expect(error.message).toMatch(/^gradients must be finite in float32/);
  });

  test("on which training diverges, when gradients are no longer finite: no model with NaN is made", async () => {
    const table = DMatrix.fromRows(rows, { label: [1, 5, 2, 9] });
    const error = await refusal({ objective: "count:poisson", eta: 50, maxDeltaStep: 0 }, table, {
      rounds: 9,
    });
    expect(error.code).toBe("INVALID_DATA");
    expect(error.message).toMatch(/or it diverges \(a smaller `eta` may help\)$/);
  });
});

describe("an evaluation set", () => {
  const named = tableOf({ featureNames: ["a", "b"] });

  test.each([
    ["without rows", DMatrix.fromRows([], { label: [] }), 'evaluation set "valid" has no rows'],
    ["without labels", DMatrix.fromRows(rows), 'evaluation set "valid" has no labels'],
    [
      "with more features than the training table",
      DMatrix.fromRows([[1, 2, 3]], { label: [0] }),
      "the data must have at most the 2 features of the model, got 3",
    ],
    [
      "with features of other names",
      tableOf({ featureNames: ["b", "a"] }),
      "the feature names of the data must be those of the model in the same order: " +
        'at position 0 the model has "a", the data "b"',
    ],
  ])("%s", async (_what, valid, message) => {
    const error = await refusal({}, named, { evals: { train: named, valid } });
    expect(error).toMatchObject({ code: "INVALID_DATA", message });
  });

  test("is read by the category names of the training table, whatever its codes", async () => {
    const coded = (categories: string[], codes: number[]) =>
      DMatrix.fromRows(
        codes.map((code) => [code]),
        { label: [0, 1, 2, 3], featureTypes: ["c"], categories: [categories] },
      );
    const data = coded(["x", "y", "z", "w"], [0, 1, 2, 3]);
    const valid = coded(["w", "z", "y", "x"], [3, 2, 1, 0]);
    const { history } = await trainBooster({ minChildWeight: 0 }, data, {
      rounds: 5,
      evals: { data, valid },
    });
    expect(history.valid).toEqual(history.data);
    const unknown = coded(["x", "y", "z", "v"], [0, 1, 2, 3]);
    expect((await refusal({}, data, { evals: { unknown } })).message).toBe(
      'feature 0 has the category "v" in row 3, which the model does not know',
    );
  });

  test("whose labels do not suit the objective", async () => {
    const valid = tableOf({ label: [0, 1, 7, 0] });
    const error = await refusal({ objective: "binary:logistic" }, tableOf(), { evals: { valid } });
    expect(error).toMatchObject({ code: "INVALID_DATA" });
    expect(error.message).toMatch(/got 7 in row 2$/);
  });
});

describe("parameters and options", () => {
  test.each<[string, TrainParameters, string]>([
    [
      "an unknown parameter",
      { maxDeph: 2 } as TrainParameters,
      "unknown parameter `maxDeph`; did you mean `maxDepth`?",
    ],
    [
      "an unknown objective",
      { objective: "binary:logistics" },
      "unknown objective `binary:logistics`; did you mean `binary:logistic`?",
    ],
    ["an unknown metric", { evalMetric: "loglos" }, "unknown metric `loglos`; did you mean `logloss`?"],
    [
      "classes for an objective without",
      { numClass: 3 },
      "`numClass` is for `multi:softprob` and `multi:softmax` only, got 3 with `reg:squarederror`",
    ],
    [
      "as many base scores as there are not outputs",
      { baseScore: [1, 2] },
      "`baseScore` must have 1 or 1 values, got 2",
    ],
    [
      "a base score outside the objective's range",
      { objective: "binary:logistic", baseScore: 2 },
      "`baseScore` must be in [0, 1] for `binary:logistic`, got 2",
    ],
  ])("%s", async (_what, parameters, message) => {
    expect(await refusal(parameters, tableOf())).toMatchObject({ code: "INVALID_PARAMETER", message });
  });

  test("an objective whose models can be used but not trained", async () => {
    expect(await refusal({ objective: "survival:cox" }, tableOf())).toMatchObject({ code: "UNSUPPORTED" });
  });

  test.each([-1, 1.5, NaN, "3", undefined])("%j rounds", async (rounds) => {
    const error = await refusal({}, tableOf(), { rounds: rounds as number });
    expect(error.code).toBe("INVALID_PARAMETER");
    expect(error.message).toMatch(/^`rounds` must be an integer in \[0, infinity\), got /);
  });

  test.each([0, 1.5, 2000])("%j threads", async (threads) => {
    expect((await refusal({}, tableOf(), { threads })).message).toBe(
      `\`threads\` must be an integer in [1, 1024], got ${threads}`,
    );
  });

  test("cuts that are not those of the table", async () => {
    const one = await refusal({}, tableOf(), { cuts: explicitCuts([[3]]) });
    expect(one).toMatchObject({
      code: "INVALID_PARAMETER",
      message: "`cuts` must have a list for each of the 2 features, got 1",
    });
    const categorical = tableOf({ featureTypes: ["q", "c"] });
    const numeric = await refusal({}, categorical, { cuts: explicitCuts([[3], [9]]) });
    expect(numeric).toMatchObject({
      code: "INVALID_PARAMETER",
      message: "`cuts` of feature 1 must be category codes, as its type is, got numbers",
    });
  });

  test("a custom objective of the wrong length, or not finite", async () => {
    const short = () => ({ grad: [1], hess: [1, 1, 1, 1] });
    expect((await refusal({}, tableOf(), { objective: short })).message).toBe(
      "`grad` of a custom objective must have 4 values, got 1",
    );
    const broken = () => ({ grad: [1, 1, 1, 1], hess: [1, 1, NaN, 1] });
    expect((await refusal({}, tableOf(), { objective: broken })).message).toBe(
      "`hess` of a custom objective must be finite, got NaN at position 2",
    );
  });
});

test("an evaluation set whose labels are coded by another dictionary is refused", async () => {
  const valid = tableOf({ labelClasses: ["yes", "no"] });
  const error = await refusal({}, tableOf({ labelClasses: ["no", "yes"] }), { evals: { valid } });
  expect([error.code, error.message]).toEqual([
    "INVALID_DATA",
    'evaluation set "valid" codes its labels as ["yes", "no"], the training table as ["no", "yes"]; ' +
      "read it with `labelClasses` of the training table",
  ]);
  await expect(
    trainBooster({}, tableOf({ labelClasses: ["no", "yes"] }), { rounds: 1, evals: { valid: tableOf() } }),
  ).resolves.toBeDefined();
});

describe("a column of numbers with a word for missing", () => {
  const messagesOf = async (names: readonly string[]) => {
    const messages: string[] = [];
    const data = DMatrix.fromRows([[0], [1], [1], [0]], {
      label: [0, 1, 1, 0],
      featureNames: ["age"],
      featureTypes: ["c"],
      categories: [names],
    });
    await trainBooster({}, data, { rounds: 1, onWarning: (message) => messages.push(message) });
    return messages;
  };

  test("gives a warning with its name, the word and what to do", async () => {
    const advice = (word: string, flag: string) =>
      `feature "age" is categorical, for beside numbers it holds "${word}"; if "${word}" means missing, ` +
      `read the table with \`missing: "${word}"\` (--missing ${flag})`;
    expect(await messagesOf(["1.5", "NA"])).toEqual([advice("NA", "NA")]);
    expect(await messagesOf(["?", "-3"])).toEqual([advice("?", "'?'")]);
    expect(await messagesOf(["nan", "NULL", "7"])).toEqual([advice("nan", "nan")]);
  });

  test("is none when there are other texts, no numbers, or no such word", async () => {
    for (const names of [["NA", "EU"], ["1", "NA", "EU"], ["1", "2"], ["NA"]])
      expect(await messagesOf(names)).toEqual([]);
  });
});
