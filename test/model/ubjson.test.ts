// UBJSON: what is written reads back, and every announced length is held against the bytes there are.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DocumentValue, Float32Scalar } from "../../src/model/format/document.ts";
import { readUbjson } from "../../src/model/format/ubjson-reader.ts";
import { writeUbjson } from "../../src/model/format/ubjson-writer.ts";

const SEED = 20250104;

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A 64-bit length with its marker. */
const L = (value: number) => `L\0\0\0\0\0\0\0${String.fromCharCode(value)}`;

describe("what is written reads back", () => {
  const documents: DocumentValue[] = [
    null,
    true,
    false,
    "",
    "größe 😀",
    Float32Array.of(1.5, NaN, -0, Infinity, 1e-45),
    Float64Array.of(0, -1, 2 ** 40, -(2 ** 40), Number.MAX_SAFE_INTEGER),
    Int32Array.of(-2147483648, 2147483647, 0),
    Int16Array.of(-32768, 32767),
    Int8Array.of(-128, 127),
    Uint8Array.of(0, 255),
    [],
    ["a", null, [1, 2], "b"],
    new Map<string, DocumentValue>([
      ["a", 1],
      ["", new Map([["ü", "x"]])],
    ]),
  ];
  test.each(documents.map((document) => [document]))("%o", (document) => {
    expect(readUbjson(writeUbjson(document))).toEqual(document);
  });

  test("integers of every size", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 53 }), (value, shift) => {
        const integer = Math.floor(value / 2 ** shift);
        expect(readUbjson(writeUbjson(integer))).toBe(integer);
      }),
      { seed: SEED },
    );
  });
});

test("an integer takes the smallest type that holds it strictly inside its range", () => {
  const sizes: [number, string][] = [
    [0, "i"],
    [126, "i"],
    [-127, "i"],
    [127, "I"],
    [-128, "I"],
    [32766, "I"],
    [32767, "l"],
    [-32768, "l"],
    [2147483646, "l"],
    [2147483647, "L"],
    [-2147483648, "L"],
  ];
  for (const [value, marker] of sizes) expect(String.fromCharCode(writeUbjson(value)[0])).toBe(marker);
  expect(writeUbjson(new Float32Scalar(1))).toEqual(Uint8Array.of(100, 0x3f, 0x80, 0, 0));
});

test("lists without a count and double lists are read too", () => {
  expect(readUbjson(ascii("[i\x01i\x02]"))).toEqual([1, 2]);
  expect(readUbjson(ascii(`[$D#${L(1)}\x3f\xf0\0\0\0\0\0\0`))).toEqual(Float64Array.of(1));
  expect(readUbjson(ascii("[#i\x02NTF"))).toEqual([true, false]);
});

test.each([
  ["", "ends at byte 0 where a type marker"],
  ["{", "ends at byte 1"],
  [`{${L(1)}`, "announces 1 bytes of text at byte 2, with 0 bytes left"],
  [`{${L(1)}a`, "ends at byte 11"],
  [`{${L(1)}aX}`, '"X" at byte 11 where a type marker'],
  [`S${L(200)}abc`, "announces 200 bytes of text"],
  ["SL\xff\xff\xff\xff\xff\xff\xff\xff", "announces -1 bytes of text"],
  ["SL\x7f\xff\xff\xff\xff\xff\xff\xff", "integer beyond 2^53 at byte 2"],
  [`[$l#${L(3)}\0\0\0\0`, "where 3 numbers"],
  ["[$l#L\0\0\0\x0f\xff\xff\xff\xff", "announces 68719476735 items"],
  [`[$S#${L(0)}`, '"S" at byte 2 where a number type'],
  ["[$lx", 'where "#" and a count'],
  [`[#${L(2)}Z`, "announces 2 items"],
  ["[Z", "ends at byte 2"],
  [`S${L(1)}\xff`, "not UTF-8 at byte 10"],
  ["TT", '"T" at byte 1 where the end of the file'],
  ["[".repeat(1000), "nests deeper than 256 levels"],
])("refuses %j", (bytes, message) => {
  expect(() => readUbjson(ascii(bytes))).toThrow(message);
});
