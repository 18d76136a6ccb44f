// Reads JSON through the runtime's own parser, many times as fast as a program that has just begun can read
// bytes. It does not tell the text of a number, so what depends on it is left to json-reader.ts: NaN and
// Infinity, numbers between two float32 that must not be rounded twice, and every error.

import { checkDepth, type DocumentValue, strictDecoder } from "./document.ts";

/** The document, or undefined where only the text can tell it or what is wrong with it. */
export function readJsonNatively(bytes: Uint8Array): DocumentValue | undefined {
  try {
    return convert(JSON.parse(strictDecoder.decode(bytes)), 0);
  } catch {
    return undefined;
  }
}

/** Objects become maps; lists stay the arrays that they are. */
function convert(value: unknown, depth: number): DocumentValue {
  checkDepth(depth, 0);
  if (typeof value === "number" && isMidpoint(value)) throw value;
  if (typeof value !== "object" || value === null) return value as DocumentValue;
  if (!Array.isArray(value)) {
    return new Map(Object.entries(value).map(([key, item]) => [key, convert(item, depth + 1)]));
  }
  for (let i = 0; i < value.length; i++) {
    const item: unknown = value[i];
    if (typeof item !== "number" || isMidpoint(item)) value[i] = convert(item, depth + 1);
  }
  return value;
}

/** Whether a number lies exactly between two float32 numbers. */
export function isMidpoint(value: number): boolean {
  const nearest = Math.fround(value);
  if (nearest === value) return false;
  // Where `nearest` is infinite this is no number, which equals nothing.
  const other = nearest + 2 * (value - nearest);
  return Math.fround(other) === other;
}
