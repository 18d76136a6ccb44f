import { describe, expect, it } from "vitest";
import { checkOptionNames, type OptionNames } from "../../src/core/options.ts";
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
