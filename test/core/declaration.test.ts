import { describe, expect, test } from "vitest";
import {
  checkValue,
  type Declaration,
  type Declarations,
  describeRule,
  type ValuesOf,
  valuesThatReach,
} from "../../src/core/declaration.ts";
import { catchError } from "../oracle/catch-error.ts";

/** Declaration, its rule in words, values that keep it, values that break it. */
const rules: readonly [Declaration, string, readonly unknown[], readonly unknown[]][] = [
  [{ type: "number" }, "a number", [0, -1.5, 1e300], [NaN, Infinity, "1", null, undefined, [1]]],
  [{ type: "number", minimum: 0 }, "a number in [0, infinity)", [0, 1], [-1e-9]],
  [{ type: "number", minimum: 0, exclusiveMinimum: true }, "a number in (0, infinity)", [1e-9], [0]],
  [{ type: "number", maximum: 1, exclusiveMaximum: true }, "a number in (-infinity, 1)", [-9, 0.5], [1]],
  [{ type: "integer", minimum: 2, maximum: 65535 }, "an integer in [2, 65535]", [2, 65535], [1, 65536, 2.5]],
  [{ type: "boolean" }, "true or false", [true, false], [0, "true"]],
  [{ type: "string" }, "a string", ["", "x"], [1, null]],
  [{ type: "string", choices: ["min", "max"] }, 'one of "min", "max"', ["min"], ["Min", "", 1]],
  [
    { type: "numbers", minimum: 0 },
    "an array of numbers in [0, infinity)",
    [[], [0, 2], Float32Array.of(1)],
    [[-1], [NaN], ["1"], 1],
  ],
  [{ type: "strings" }, "an array of strings", [[], ["a"]], [["a", 1], "a"]],
  [{ type: "function" }, "a function", [() => 0], [{}]],
  [{ type: "any" }, "a value", [undefined, null, -1, {}], []],
];

describe.each(rules)("%o", (declaration, words, kept, broken) => {
  test("is said in words", () => expect(describeRule(declaration)).toBe(words));

  test("accepts what keeps it", () => {
    for (const value of kept) expect(() => checkValue("x", declaration, value)).not.toThrow();
  });

  test("refuses what breaks it, naming parameter, rule and value", () => {
    for (const value of broken) {
      const error = catchError(() => checkValue("run.x", declaration, value));
      expect(error).toMatchObject({ code: "INVALID_PARAMETER", details: { parameter: "run.x" } });
      expect((error as Error).message).toContain(`\`run.x\` must be ${words}, got `);
    }
  });
});

const declarations = {
  rounds: { type: "integer", isRequired: true },
  order: { type: "string", choices: ["min", "max"] },
  cuts: { type: "any", of: undefined as unknown as Float32Array, reach: "thread" },
  onRound: { type: "function" },
  signal: { type: "any", reach: "caller" },
} as const satisfies Declarations;

test("the type of the options follows from the table", () => {
  const least: ValuesOf<typeof declarations> = { rounds: 3 };
  const most: ValuesOf<typeof declarations> = {
    rounds: 3,
    order: "min",
    cuts: Float32Array.of(1),
    onRound: 0,
  };
  // @ts-expect-error what is required is missing
  const none: ValuesOf<typeof declarations> = {};
  // @ts-expect-error no such choice
  const other: ValuesOf<typeof declarations> = { rounds: 3, order: "most" };
  expect([least, most, none, other]).toHaveLength(4);
});

test("values travel as far as they are declared to, and what is undefined stays away", () => {
  const cuts = Float32Array.of(1);
  const given = { rounds: 3, order: undefined, cuts, onRound: () => {}, signal: {} };
  expect(valuesThatReach(declarations, given, "process")).toEqual({ rounds: 3 });
  expect(valuesThatReach(declarations, given, "thread")).toEqual({ rounds: 3, cuts });
  expect(Object.keys(valuesThatReach(declarations, given, "thread"))).toEqual(["rounds", "cuts"]);
});
