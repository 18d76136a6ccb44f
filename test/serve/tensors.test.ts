// Tensors of every datatype, in their binary form and in JSON.

import { describe, expect, test } from "vitest";
import { decodeBinaryData, encodeBinaryTensor } from "../../src/serve/protocol/binary-tensor.ts";
import { decodeJsonData } from "../../src/serve/protocol/json-tensor.ts";
import type { Datatype } from "../../src/serve/protocol/tensor.ts";
import { catchError } from "../oracle/catch-error.ts";

type Elements = ArrayBufferView<ArrayBuffer> & { readonly length: number };

const tensors: readonly [Datatype, Elements, readonly number[]][] = [
  ["BOOL", Uint8Array.of(0, 1, 255), [0, 1, 1]],
  ["UINT8", Uint8Array.of(0, 200, 255), [0, 200, 255]],
  ["UINT16", Uint16Array.of(0, 65535), [0, 65535]],
  ["UINT32", Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1), [0, 2 ** 31, 2 ** 32]],
  ["UINT64", BigUint64Array.of(0n, 2n ** 53n - 1n), [0, 2 ** 53]],
  ["INT8", Int8Array.of(-128, 127), [-128, 127]],
  ["INT16", Int16Array.of(-32768, 32767), [-32768, 32767]],
  ["INT32", Int32Array.of(-(2 ** 31), 5), [-(2 ** 31), 5]],
  ["INT64", BigInt64Array.of(-(2n ** 53n) + 1n, 7n), [-(2 ** 53), 7]],
  [
    "FP16",
    Uint16Array.of(0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00),
    [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, 65504, -65504, Infinity, -Infinity, NaN],
  ],
  ["FP32", Float32Array.of(1.5, -0, NaN), [1.5, -0, NaN]],
  ["FP64", Float64Array.of(0.1, 1e300, NaN), [Math.fround(0.1), Infinity, NaN]],
];

describe.each(tensors)("binary %s", (datatype, elements, numbers) => {
  const bytes = new Uint8Array(elements.buffer);

  test("becomes float32, wherever in the body it begins", () => {
    for (let offset = 0; offset < 9; offset++) {
      const body = new Uint8Array(offset + bytes.length);
      body.set(bytes, offset);
      const data = decodeBinaryData("x", datatype, elements.length, body.subarray(offset));
      expect(data).toEqual(Float32Array.from(numbers));
    }
  });

  test("with more or fewer bytes than elements is refused", () => {
    for (const count of [elements.length - 1, elements.length + 1]) {
      const error = catchError(() => decodeBinaryData("x", datatype, count, bytes));
      expect((error as Error).message).toMatch(/^input "x" must have \d+ bytes for \d+ values of /);
    }
  });
});

test("integers that a double does not hold are refused with their place", () => {
  for (const [datatype, elements] of [
    ["INT64", BigInt64Array.of(1n, -(2n ** 53n))],
    ["UINT64", BigUint64Array.of(1n, 2n ** 53n)],
  ] as const) {
    const error = catchError(() => decodeBinaryData("x", datatype, 2, new Uint8Array(elements.buffer)));
    expect((error as Error).message).toMatch(/within ±\(2\^53 - 1\), got -?9007199254740992 at position 1/);
  }
});

test("an answer's INT64 and texts come back as they were", () => {
  const texts = ["", "pine", "Föhre"];
  const encoded = encodeBinaryTensor({ name: "y", datatype: "BYTES", shape: [3], data: texts });
  expect(decodeBinaryData("y", "BYTES", 3, encoded)).toEqual(texts);
  for (const count of [2, 4]) expect(() => decodeBinaryData("y", "BYTES", count, encoded)).toThrow(/texts/);
  expect(() => decodeBinaryData("y", "BYTES", 3, encoded.subarray(0, -1))).toThrow(/got 2 in \d+ bytes/);
  const numbers = { name: "y", datatype: "INT64", shape: [2], data: Float64Array.of(-3, 2 ** 40) } as const;
  expect(decodeBinaryData("y", "INT64", 2, encodeBinaryTensor(numbers))).toEqual(
    Float32Array.of(-3, 2 ** 40),
  );
});

test("BOOL in JSON is true, false, 1, 0 or null", () => {
  const place = { name: "x", datatype: "BOOL", shape: [5] } as const;
  expect(decodeJsonData(place, 5, [true, false, 1, 0, null])).toEqual(Float32Array.of(1, 0, 1, 0, NaN));
  expect(() => decodeJsonData(place, 5, [true, false, 1, 0, 2])).toThrow(/true, false or null/);
});
