// The JSON of model files: what is a value, how numbers are rounded, what is refused and where.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DocumentValue } from "../../../src/model/format/document.ts";
import { readJson, readJsonText } from "../../../src/model/format/json-reader.ts";

const SEED = 20250103;
const encode = (text: string) => new TextEncoder().encode(text);

/** A document as plain JavaScript values. */
function plain(value: DocumentValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  return Array.isArray(value) ? value.map(plain) : value;
}

describe.each([
  ["readJson", readJson],
  ["readJsonText", readJsonText],
])("%s", (_name, readBytes) => {
  const read = (text: string) => readBytes(encode(text));

  test("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const object = JSON.parse(text, (key, value) => (key === "__proto__" ? undefined : value));
        const spaced = JSON.stringify(object, null, 2);
        const expected = JSON.parse(JSON.stringify(object));
        expect(plain(read(JSON.stringify(object)))).toEqual(expected);
        expect(plain(read(`\r\n\t ${spaced}\n`))).toEqual(expected);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test("reads NaN and infinities as bare words", () => {
    expect(plain(read("[NaN,Infinity,-Infinity,1]"))).toEqual([NaN, Infinity, -Infinity, 1]);
    expect(read("-Infinity")).toBe(-Infinity);
  });

  test("reads text with escapes and any characters", () => {
    expect(read('"a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00é😀"')).toBe('a"\\/\b\f\n\r\té😀é😀');
  });

  test("keeps the last of two equal keys, and keys that objects inherit", () => {
    expect(plain(read('{"a":1,"a":2}'))).toEqual({ a: 2 });
    const map = read('{"__proto__":1,"constructor":2}') as ReadonlyMap<string, DocumentValue>;
    expect([...map.keys()]).toEqual(["__proto__", "constructor"]);
  });

  test("reads the double nearest to any decimal", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // Numbers halfway between two float32 may move by one double, see below.
        const isHalfway = Math.abs(value) < 3.4e38 && Math.fround(value) !== value;
        const text = Object.is(value, -0) ? "-0" : String(value).replace("+", "");
        if (!isHalfway) expect(read(text)).toBe(value);
        expect(Math.fround(read(text) as number)).toBe(Math.fround(value));
      }),
      { seed: SEED, numRuns: 5000 },
    );
  });

  test("rounds to float32 once, beside and on the middle of two float32 numbers", () => {
    // 1 + 2^-24 lies halfway between 1 and 1 + 2^-23; a double cannot tell the digits after the 30th.
    const middle = "1.000000059604644775390625";
    const above = 1 + 2 ** -23;
    expect(Math.fround(read(middle) as number)).toBe(1);
    expect(Math.fround(read(`${middle}0000000001`) as number)).toBe(above);
    expect(Math.fround(read("1.0000000596046447753906249999") as number)).toBe(1);
    expect(Math.fround(read(`-${middle}0000000001`) as number)).toBe(-above);
    expect(Math.fround(read("10000000596046447753906250000001E-31") as number)).toBe(above);
    // Half of the smallest float32 is 7.0064923216240853546186...E-46; that tie would go to zero.
    expect(Math.fround(read("7.0064923216240853546187e-46") as number)).toBe(2 ** -149);
    expect(Math.fround(read("7.0064923216240853546186e-46") as number)).toBe(0);
  });

  test.each([
    ["", "ends at byte 0"],
    ['{"a":[1,2', "ends at byte 9"],
    ['{"a":1,}', '"}" at byte 7'],
    ["[1,]", '"]" at byte 3'],
    ["[1 2]", '"2" at byte 3'],
    ["[1.]", '"]" at byte 3 where a digit'],
    ["[-]", "a digit"],
    ["[1e]", "a digit"],
    ["[.5]", '"." at byte 1 where a value'],
    ["[nul]", '"null"'],
    ["[Nan]", '"NaN"'],
    ['{"a" 1}', '"1" at byte 5 where ":"'],
    ["{a:1}", "a key in quotes"],
    ['"abc', "ends at byte 4 where the rest of a string"],
    ['"\\x"', "at byte 1 where text with the escapes of JSON"],
    ['"\\u12"', "at byte 1 where text with the escapes of JSON"],
    ['"a\\', "ends at byte 3"],
    ["{} x", '"x" at byte 3 where the end of the file'],
    ["[".repeat(1000), "nests deeper than 256 levels"],
  ])("refuses %s", (text, message) => {
    expect(() => read(text.replace("1000", ""))).toThrow(message);
  });

  test("refuses text that is not UTF-8, naming the place", () => {
    const bytes = Uint8Array.of(34, 97, 0xff, 34);
    expect(() => readBytes(bytes)).toThrow("not UTF-8 at byte 1");
  });
});

test("the runtime's parser and the text give the same document, to the bit", () => {
  const float32 = fc
    .float({ noNaN: true, noDefaultInfinity: true })
    .map((value) => String(Math.fround(value)));
  const middle = fc.constantFrom(
    "1.000000059604644775390625",
    "-1.0000000596046447753906250000000001",
    "16777217",
  );
  const word = fc.constantFrom("NaN", "-Infinity", "true", "null", '"a"', "[1,2]", "{}", "-0", "1e-46");
  const number = fc.oneof({ weight: 20, arbitrary: float32 }, { weight: 1, arbitrary: middle }, word);
  const property = fc.property(fc.array(number, { maxLength: 12 }), (items) => {
    const bytes = encode(`{"list":[${items.join(",").replaceAll("+", "")}],"nested":[[1.5],[]]}`);
    expect(plain(readJson(bytes))).toEqual(plain(readJsonText(bytes)));
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});
