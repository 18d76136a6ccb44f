import { describe, expect, test } from "vitest";
import { CoppiceError, showValue, throwIfAborted } from "../../src/core/errors.ts";
import { catchError } from "../oracle/catch-error.ts";

describe("CoppiceError", () => {
  test("carries code, message, details and cause", () => {
    const cause = new Error("below");
    const error = new CoppiceError("INVALID_DATA", "bad row", { row: 3 }, cause);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "CoppiceError", code: "INVALID_DATA", message: "bad row" });
    expect(error.details).toEqual({ row: 3 });
    expect(error.cause).toBe(cause);
  });

  test("has no cause where none was given", () => {
    expect("cause" in new CoppiceError("INTERNAL", "x")).toBe(false);
  });
});

describe("showValue", () => {
  test("quotes text and shortens it", () => {
    expect(showValue('a"b')).toBe('"a\\"b"');
    expect(showValue("x".repeat(1000)).length).toBeLessThanOrEqual(62);
  });

  test("shows numbers and absent values as they are written", () => {
    expect([1.5, -0, Number.NaN, Infinity, 12n, true, undefined, null].map(showValue)).toEqual([
      "1.5",
      "0",
      "NaN",
      "Infinity",
      "12n",
      "true",
      "undefined",
      "null",
    ]);
  });

  test("shows short lists in full and long ones by their length", () => {
    expect(showValue([1, "a", [2]])).toBe('[1, "a", [2]]');
    expect(showValue(new Array(9).fill(0))).toBe("[9 values]");
  });

  test("names the kind of what has no short form", () => {
    expect(showValue(new Float32Array(3))).toBe("Float32Array(12 bytes)");
    expect(showValue(() => 1)).toBe("a function");
    expect(showValue({ a: 1 })).toBe("an object");
  });
});

describe("throwIfAborted", () => {
  test("passes without a signal and with one that is not aborted", () => {
    throwIfAborted(undefined);
    throwIfAborted(new AbortController().signal);
  });

  test("throws ABORTED with the signal's reason as cause", () => {
    const error = catchError(() => throwIfAborted(AbortSignal.abort("enough")));
    expect(error).toMatchObject({ code: "ABORTED", cause: "enough" });
  });
});
