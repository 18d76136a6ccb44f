import { describe, expect, it } from "vitest";
import {
  type Declarations,
  declarationsThatReach,
  valuesThatReach,
  without,
} from "../../src/core/declaration.ts";
import { checkOptionNames, checkOptions, type OptionNames } from "../../src/core/options.ts";
import { catchError } from "../oracle/catch-error.ts";

interface Options {
  label?: string;
  earlyStopping?: object;
}
const names: OptionNames<Options> = { label: true, earlyStopping: true };

describe("checkOptionNames", () => {
  it("passes known names and an unknown name without a value", () => {
    checkOptionNames("f()", { label: "y" }, names);
    checkOptionNames("f()", { lable: undefined }, names);
  });

  it("names the unknown option, the place and the nearest known one", () => {
    const error = catchError(() => checkOptionNames("readTable()", { lable: "y" }, names));
    expect(error).toMatchObject({
      code: "INVALID_PARAMETER",
      message: "unknown option `lable` of readTable(); did you mean `label`?",
      details: { parameter: "lable" },
    });
  });

  it("lists the known options when none is near", () => {
    expect(() => checkOptionNames("f()", { verbosity: 1 }, names)).toThrow(
      "unknown option `verbosity` of f(); known: label, earlyStopping",
    );
  });

  it("does not take names of Object.prototype for options", () => {
    expect(() => checkOptionNames("f()", { toString: 1 }, names)).toThrow("unknown option `toString`");
  });

  it("refuses what is no object", () => {
    expect(() => checkOptionNames("f()", 5 as unknown as object, names)).toThrow("must be an object, got 5");
    expect(() => checkOptionNames("f()", null as unknown as object, names)).toThrow("got null");
    expect(() => checkOptionNames("f()", undefined as unknown as object, names)).toThrow("got undefined");
  });
});

const inner = {
  rounds: { type: "integer", minimum: 1, isRequired: true },
  word: { type: "any", of: "", rule: "a word", accepts: (value: unknown) => /^[a-z]+$/.test(String(value)) },
} as const satisfies Declarations;
const table = {
  share: { type: "number", minimum: 0, maximum: 1 },
  inner: { type: "options", options: inner },
  onEnd: { type: "function", of: undefined as unknown as () => void },
  here: { type: "boolean", reach: "caller" },
  near: { type: "boolean", reach: "thread" },
} as const satisfies Declarations;

describe("checkOptions", () => {
  it("passes what follows the rules, and what is undefined", () => {
    checkOptions("f()", table, { share: 0.5, inner: { rounds: 1, word: "a" }, onEnd: () => {} });
    checkOptions("f()", table, { share: undefined, inner: undefined });
  });

  it.each([
    [{ shares: 1 }, "shares", "unknown option `shares` of f(); did you mean `share`?"],
    [{ share: 2 }, "share", "`share` must be a number in [0, 1], got 2"],
    [{ onEnd: 1 }, "onEnd", "`onEnd` must be a function, got 1"],
    [{ inner: {} }, "inner.rounds", "`inner.rounds` must be an integer in [1, infinity), got undefined"],
    [{ inner: { rounds: 1, words: 1 } }, "words", "unknown option `words` of inner; did you mean `word`?"],
    [{ inner: { rounds: 1, word: "A" } }, "inner.word", '`inner.word` must be a word, got "A"'],
    [{ inner: 5 }, "inner", "`inner` must be an object such as { rounds: 5 }, got 5"],
    [{ inner: true }, "inner", "`inner` must be an object, got true"],
  ])("refuses %j, naming option, rule and value", (options, parameter, message) => {
    expect(catchError(() => checkOptions("f()", table, options))).toMatchObject({
      code: "INVALID_PARAMETER",
      message,
      details: { parameter },
    });
  });
});

describe("a table", () => {
  it("gives what reaches a thread, and what reaches a process", () => {
    expect(Object.keys(declarationsThatReach(table, "process"))).toEqual(["share", "inner"]);
    expect(Object.keys(declarationsThatReach(table, "thread"))).toEqual(["share", "inner", "near"]);
    const values = { share: 1, inner: undefined, onEnd: () => {}, here: true, near: true };
    expect(valuesThatReach(table, values, "process")).toEqual({ share: 1 });
    expect(valuesThatReach(table, values, "thread")).toEqual({ share: 1, near: true });
  });

  it("goes without some entries", () => {
    expect(Object.keys(without(table, ["inner", "here"]))).toEqual(["share", "onEnd", "near"]);
  });
});
