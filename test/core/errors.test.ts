import { describe, expect, test } from "vitest";
import { CoppiceError, fromWire, showValue, throwIfAborted, toWire } from "../../src/core/errors.ts";
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

describe("the form of an error on the wire", () => {
  const cross = (error: unknown) => fromWire(JSON.parse(JSON.stringify(toWire(error))));

  test("keeps code, message, details and the stacks of where it and its cause arose", () => {
    const error = new CoppiceError("UNSUPPORTED", "no room", { sizeBytes: 12 }, new Error("below"));
    const copy = cross(error);
    expect(copy).toBeInstanceOf(CoppiceError);
    expect([copy.code, copy.message, copy.details]).toEqual(["UNSUPPORTED", "no room", { sizeBytes: 12 }]);
    expect(copy.stack).toMatch(/errors\.test.*caused by Error: below/s);
  });

  test("is INTERNAL when it is not one of ours", () => {
    expect(cross(new RangeError("too long"))).toMatchObject({ code: "INTERNAL", message: "too long" });
    expect(cross("text")).toMatchObject({ code: "INTERNAL", message: "text" });
  });

  test.each([
    [undefined],
    [null],
    ["text"],
    [[]],
    [{ code: "toString", message: 7, details: "abc", stack: {} }],
  ])("is not believed when it is %j", (wire) => {
    const { code, message, details } = fromWire(wire);
    expect([code, message, details]).toEqual(["INTERNAL", "an error without a message", {}]);
  });

  test("has scalars as details, and bounds on all lengths", () => {
    const long = "x".repeat(100_000);
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i}${long}`, long]));
    const wire = {
      code: "INVALID_DATA",
      message: long,
      details: { nested: {}, list: [1], ...many },
      stack: long,
    };
    const { message, details, stack } = fromWire(wire);
    expect([message.length, stack!.length, Object.keys(details).length]).toEqual([2000, 2000, 16]);
    expect(JSON.stringify(details).length).toBeLessThan(10_000);
    expect(fromWire({ details: { a: 1, b: null, c: true, d: "e", f: [] } }).details).toEqual({
      a: 1,
      b: null,
      c: true,
      d: "e",
    });
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
