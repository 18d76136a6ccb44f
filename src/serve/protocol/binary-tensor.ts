// The binary form of tensors: little-endian elements, row-major; BYTES as a u32 length and the bytes of
// each. The JSON header says how many bytes of the body belong to which tensor. Typed arrays of this
// runtime are little-endian on every machine that runs one.

import { showValue } from "../../core/errors.ts";
import { requestError } from "./request-error.ts";
import { type Datatype, elementBytes, type InputTensor, type OutputTensor } from "./tensor.ts";

/**
 * Elements from their bytes.
 *
 * @throws {CoppiceError} INVALID_DATA when there are more or fewer bytes than elements
 */
export function decodeBinaryData(
  name: string,
  datatype: Datatype,
  count: number,
  bytes: Uint8Array,
): InputTensor["data"] {
  if (datatype === "BYTES") return decodeTexts(name, count, bytes);
  const expected = count * elementBytes(datatype);
  if (bytes.length !== expected) {
    throw requestError(
      `input ${showValue(name)} must have ${expected} bytes for ${count} values of ${datatype}, got ${bytes.length}`,
      "wrong_shape",
    );
  }
  return readNumbers(name, datatype, aligned(bytes, elementBytes(datatype)), count);
}

/** The same bytes at a position where a typed array may start. */
function aligned(bytes: Uint8Array, step: number): Uint8Array {
  return bytes.byteOffset % step === 0 ? bytes : bytes.slice();
}

function readNumbers(name: string, datatype: Datatype, bytes: Uint8Array, count: number): Float32Array {
  const { buffer, byteOffset } = bytes;
  switch (datatype) {
    case "FP32":
      return new Float32Array(buffer, byteOffset, count);
    case "FP64":
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case "FP16":
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count), halfToNumber);
    case "INT64":
    case "UINT64":
      return readLongs(name, datatype, bytes, count);
    case "INT32":
      return Float32Array.from(new Int32Array(buffer, byteOffset, count));
    case "UINT32":
      return Float32Array.from(new Uint32Array(buffer, byteOffset, count));
    case "INT16":
      return Float32Array.from(new Int16Array(buffer, byteOffset, count));
    case "UINT16":
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count));
    case "INT8":
      return Float32Array.from(new Int8Array(buffer, byteOffset, count));
    case "BOOL":
      return Float32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
    default:
      return Float32Array.from(bytes);
  }
}

function readLongs(name: string, datatype: Datatype, bytes: Uint8Array, count: number): Float32Array {
  const { buffer, byteOffset } = bytes;
  const longs =
    datatype === "INT64"
      ? new BigInt64Array(buffer, byteOffset, count)
      : new BigUint64Array(buffer, byteOffset, count);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = Number(longs[i]);
    // Rounding to a double and then to float32 would round twice.
    if (!Number.isSafeInteger(value)) {
      throw requestError(
        `values of input ${showValue(name)} of type ${datatype} must lie within ±(2^53 - 1), got ${longs[i]} at position ${i}`,
        "invalid_value",
      );
    }
    values[i] = value;
  }
  return values;
}

/** The number of an IEEE half. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function decodeTexts(name: string, count: number, bytes: Uint8Array): string[] {
  const decoder = new TextDecoder();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.length && texts.length < count) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Infinity;
    if (at + 4 + length > bytes.length) break;
    texts.push(decoder.decode(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  if (texts.length === count && at === bytes.length) return texts;
  throw requestError(
    `input ${showValue(name)} must hold ${count} texts, each after its length as 4 bytes; ` +
      `got ${texts.length} in ${bytes.length} bytes, of which ${at} were read`,
    "wrong_shape",
  );
}

/** The bytes of a tensor. */
export function encodeBinaryTensor({ datatype, data }: OutputTensor): Uint8Array {
  if (datatype === "BYTES") return encodeTexts(data as readonly string[]);
  const numbers = data as Float32Array | Float64Array | Int32Array;
  if (datatype === "INT64") {
    return new Uint8Array(BigInt64Array.from(numbers as Float64Array, (value) => BigInt(value)).buffer);
  }
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function encodeTexts(texts: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}
