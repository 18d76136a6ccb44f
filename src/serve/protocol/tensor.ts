// Tensors of the Open Inference Protocol v2. What comes in is turned into float32 at once, because that
// is what a model reads: numbers become a Float32Array with NaN for missing, BYTES a list of texts.

import { showValue } from "../../core/errors.ts";
import { requestError } from "./request-error.ts";

/** Sizes in bytes of one element; BYTES has none. */
const ELEMENT_BYTES = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
} as const;

export type Datatype = keyof typeof ELEMENT_BYTES;

/** A tensor that a request brought. */
export interface InputTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** Row-major; texts for BYTES, where null is missing. */
  readonly data: Float32Array | readonly (string | null)[];
}

/** A tensor that an answer carries. */
export interface OutputTensor {
  readonly name: string;
  readonly datatype: "FP32" | "FP64" | "INT32" | "INT64" | "BYTES";
  readonly shape: readonly number[];
  /** Row-major; INT64 as doubles that hold integers. */
  readonly data: Float32Array | Float64Array | Int32Array | readonly string[];
}

export function isDatatype(value: unknown): value is Datatype {
  return typeof value === "string" && Object.hasOwn(ELEMENT_BYTES, value);
}

/** Bytes of one element, 0 for BYTES. */
export function elementBytes(datatype: Datatype): number {
  return ELEMENT_BYTES[datatype];
}

/** The range of integers of a type; undefined for other types. */
export function integerRange(datatype: Datatype): readonly [number, number] | undefined {
  const match = /^(U?)INT(\d+)$/.exec(datatype);
  if (!match) return undefined;
  const bits = Math.min(Number(match[2]), 54);
  const isUnsigned = match[1] === "U";
  // Beyond 2^53 a JSON number has lost its last digits already.
  if (bits === 54) return [isUnsigned ? 0 : -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  return isUnsigned ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** The largest number of elements that one tensor may have. */
const MAX_ELEMENTS = 2 ** 31;

/**
 * The number of elements of a shape.
 *
 * @throws {CoppiceError} INVALID_DATA when it is not a list of integers of at least 0
 */
export function countElements(name: string, shape: unknown): number {
  const isShape =
    Array.isArray(shape) &&
    shape.length > 0 &&
    shape.length <= 8 &&
    shape.every((size) => Number.isInteger(size) && size >= 0 && size <= MAX_ELEMENTS);
  const count = isShape ? (shape as number[]).reduce((product, size) => product * size, 1) : -1;
  if (count >= 0 && count <= MAX_ELEMENTS) return count;
  throw requestError(
    `\`shape\` of input ${showValue(name)} must be a list of 1 to 8 integers of at least 0, got ${showValue(shape)}`,
    "wrong_shape",
  );
}
