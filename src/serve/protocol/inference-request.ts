// Parses the body of an inference request: JSON alone, JSON followed by the bytes of binary tensors, or
// (a header length of 0) the raw bytes of the only input. Source: Open Inference Protocol v2 with the
// binary tensor data extension.

import { showValue } from "../../core/errors.ts";
import { decodeBinaryData } from "./binary-tensor.ts";
import { decodeJsonData } from "./json-tensor.ts";
import { requestError } from "./request-error.ts";
import { countElements, type InputTensor, isDatatype } from "./tensor.ts";

export interface RequestedOutput {
  readonly name: string;
  readonly isBinary: boolean;
}

export interface InferenceRequest {
  readonly id: string | undefined;
  readonly inputs: readonly InputTensor[];
  /** Undefined when the request names none. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Whether outputs that say nothing are binary. */
  readonly isBinary: boolean;
  /** Whether categories that the model does not know count as missing instead of being refused. */
  readonly unseenAsMissing: boolean;
}

/** An object of parsed JSON. Keys are only ever looked up as own properties. */
export type JsonObject = { readonly [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own property: nothing is inherited, whatever the names in a request are. */
export function property(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * The JSON text in `bytes`.
 *
 * @throws {CoppiceError} INVALID_DATA when it is no JSON object
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw requestError(`the request must be JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isJsonObject(value)) throw requestError("the request must be a JSON object");
  return value;
}

/**
 * The request in `body`.
 *
 * @param headerLength bytes of JSON at the start, when the body goes on with binary tensors
 * @throws {CoppiceError} INVALID_DATA naming the part that breaks a rule
 */
export function parseInferenceRequest(body: Uint8Array, headerLength: number | undefined): InferenceRequest {
  if (headerLength !== undefined && headerLength > body.length) {
    throw requestError(
      `\`Inference-Header-Content-Length\` must be at most the ${body.length} bytes of the body, got ${headerLength}`,
    );
  }
  const request = parseJsonObject(body.subarray(0, headerLength ?? body.length));
  const parameters = optionalObject(property(request, "parameters"), "parameters");
  const isBinary = booleanOf(parameters, "binary_data_output", false);
  const tail = new BinaryTail(body.subarray(headerLength ?? body.length));
  const inputs = listOf(property(request, "inputs"), "inputs").map((input) => parseInput(input, tail));
  tail.checkFinished();
  return {
    id: parseId(property(request, "id")),
    inputs,
    outputs: parseOutputs(property(request, "outputs"), isBinary),
    isBinary,
    unseenAsMissing: parseUnseen(property(parameters, "unseen_categories")),
  };
}

/** The request that consists of the bytes of a matrix alone. */
export function rawInferenceRequest(body: Uint8Array, featureCount: number): InferenceRequest {
  const rowBytes = 4 * featureCount;
  if (body.length === 0 || body.length % rowBytes !== 0) {
    throw requestError(
      `a raw body must be rows of ${featureCount} FP32 values (${rowBytes} bytes), got ${body.length} bytes`,
      "wrong_shape",
    );
  }
  const shape = [body.length / rowBytes, featureCount];
  const data = decodeBinaryData("input", "FP32", body.length / 4, body);
  const input: InputTensor = { name: "input", datatype: "FP32", shape, data };
  return { id: undefined, inputs: [input], outputs: undefined, isBinary: true, unseenAsMissing: false };
}

/** The binary part of a body, taken tensor by tensor. */
class BinaryTail {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(name: string, size: unknown): Uint8Array {
    const left = this.#bytes.length - this.#at;
    if (!(typeof size === "number" && Number.isInteger(size) && size >= 0 && size <= left)) {
      throw requestError(
        `\`binary_data_size\` of input ${showValue(name)} must be an integer in [0, ${left}], the bytes that ` +
          `are left, got ${showValue(size)}`,
      );
    }
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  checkFinished(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw requestError(`the body has ${left} bytes after its last tensor`);
  }
}

function parseInput(value: unknown, tail: BinaryTail): InputTensor {
  if (!isJsonObject(value)) throw requestError("each of `inputs` must be an object");
  const name = property(value, "name");
  if (typeof name !== "string")
    throw requestError(`\`name\` of an input must be a text, got ${showValue(name)}`);
  const datatype = property(value, "datatype");
  if (!isDatatype(datatype)) {
    throw requestError(
      `\`datatype\` of input ${showValue(name)} must be one of BOOL, UINT8 to UINT64, INT8 to INT64, FP16, FP32, ` +
        `FP64, BYTES, got ${showValue(datatype)}`,
      "wrong_type",
    );
  }
  const shape = property(value, "shape") as readonly number[];
  const count = countElements(name, shape);
  return { name, datatype, shape, data: parseData(value, { name, datatype, shape }, count, tail) };
}

function parseData(
  input: JsonObject,
  tensor: Omit<InputTensor, "data">,
  count: number,
  tail: BinaryTail,
): InputTensor["data"] {
  const { name, datatype } = tensor;
  const parameters = optionalObject(property(input, "parameters"), `parameters of input ${showValue(name)}`);
  const size = property(parameters, "binary_data_size");
  const data = property(input, "data");
  if (size === undefined) return decodeJsonData(tensor, count, data);
  if (data !== undefined) {
    throw requestError(
      `input ${showValue(name)} must have either \`data\` or \`binary_data_size\`, not both`,
    );
  }
  return decodeBinaryData(name, datatype, count, tail.take(name, size));
}

function parseOutputs(value: unknown, isBinary: boolean): readonly RequestedOutput[] | undefined {
  if (value === undefined || value === null) return undefined;
  const outputs = listOf(value, "outputs");
  // An empty list asks for the outputs of no list.
  if (outputs.length === 0) return undefined;
  return outputs.map((output) => {
    const name = isJsonObject(output) ? property(output, "name") : undefined;
    if (typeof name !== "string") throw requestError("each of `outputs` must be an object with a `name`");
    const parameters = optionalObject(
      property(output as JsonObject, "parameters"),
      `parameters of output ${showValue(name)}`,
    );
    if (property(parameters, "classification") !== undefined) {
      throw requestError('the classification extension is not supported: ask for the output "class"');
    }
    return { name, isBinary: booleanOf(parameters, "binary_data", isBinary) };
  });
}

function parseId(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw requestError(`\`id\` must be a text, got ${showValue(value)}`);
}

function parseUnseen(value: unknown): boolean {
  if (value === undefined || value === "error") return false;
  if (value === "missing") return true;
  throw requestError(`\`unseen_categories\` must be "error" or "missing", got ${showValue(value)}`);
}

function booleanOf(parameters: JsonObject, name: string, byDefault: boolean): boolean {
  const value = property(parameters, name);
  if (value === undefined) return byDefault;
  if (typeof value === "boolean") return value;
  throw requestError(`\`${name}\` must be true or false, got ${showValue(value)}`);
}

function optionalObject(value: unknown, what: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  throw requestError(`\`${what}\` must be an object, got ${showValue(value)}`);
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw requestError(`\`${what}\` must be a list, got ${showValue(value)}`);
}
