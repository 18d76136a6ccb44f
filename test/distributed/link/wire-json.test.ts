import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeJson, encodeJson } from "../../../src/distributed/link/wire-json.ts";

const seed = 41;

test("typed arrays come back as they were, to the bit, wherever they stand", () => {
  const arrays = fc.oneof(
    fc.float32Array(),
    fc.float64Array(),
    fc.uint32Array(),
    fc.uint8Array(),
    fc.int8Array(),
  );
  const property = fc.property(arrays, fc.json(), (array, json) => {
    const message = { job: { cuts: array, list: [array] }, rest: JSON.parse(json) as unknown };
    const { job, rest } = decodeJson(encodeJson(message)) as typeof message;
    for (const back of [job.cuts, job.list[0]]) {
      expect(back.constructor).toBe(array.constructor);
      expect(new Uint8Array(back.buffer)).toEqual(new Uint8Array(array.buffer));
    }
    expect(JSON.stringify(rest)).toBe(JSON.stringify(message.rest));
  });
  fc.assert(property, { seed });
});

test("an object that only looks like one stays what it is", () => {
  for (const value of [{ typedArray: "toString", values: [] }, { typedArray: "Float32Array" }]) {
    expect(decodeJson(encodeJson(value))).toEqual(value);
  }
});
