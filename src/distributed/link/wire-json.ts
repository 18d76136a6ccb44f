// Messages as JSON, with typed arrays among their values: { typedArray: "Float32Array", values: [..] }. Numbers
// that JSON lacks are text in there.

import { decodeNumber, encodeNumber } from "../../run/sealed-json.ts";

const kinds = { Int8Array, Uint8Array, Int32Array, Uint32Array, Float32Array, Float64Array };

interface ArrayWire {
  readonly typedArray: keyof typeof kinds;
  readonly values: readonly (number | string)[];
}

export function encodeJson(message: unknown): string {
  return JSON.stringify(message, (_, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    const values = Array.from(value as unknown as ArrayLike<number>, encodeNumber);
    return { typedArray: value.constructor.name, values };
  });
}

/** @throws SyntaxError when it is no JSON */
export function decodeJson(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) =>
    isArrayWire(value) ? new kinds[value.typedArray](value.values.map(decodeNumber)) : value,
  );
}

function isArrayWire(value: unknown): value is ArrayWire {
  const { typedArray, values } = (value ?? {}) as Partial<ArrayWire>;
  return typeof typedArray === "string" && Object.hasOwn(kinds, typedArray) && Array.isArray(values);
}
