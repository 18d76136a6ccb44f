// The `data` of tensors in JSON: flat and row-major, or nested to the depth of the shape. JSON has no NaN,
// so null means missing, in and out.

import { showValue } from "../../core/errors.ts";
import { requestError } from "./request-error.ts";
import { type Datatype, type InputTensor, integerRange, type OutputTensor } from "./tensor.ts";

interface Place {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/**
 * The elements of `data`, `count` of them.
 *
 * @throws {CoppiceError} INVALID_DATA when they do not fit shape and datatype
 */
export function decodeJsonData(place: Place, count: number, data: unknown): InputTensor["data"] {
  if (!Array.isArray(data)) {
    throw requestError(`\`data\` of input ${showValue(place.name)} must be a list`, "wrong_shape");
  }
  const flat = Array.isArray(data[0]) ? flatten(place, data) : data;
  if (flat.length !== count) {
    throw requestError(
      `\`data\` of input ${showValue(place.name)} must have the ${count} values of its shape ` +
        `[${place.shape}], got ${flat.length}`,
      "wrong_shape",
    );
  }
  if (place.datatype === "BYTES") return checkTexts(place, flat);
  return place.datatype === "BOOL" ? toBooleans(place, flat) : toNumbers(place, flat);
}

function flatten({ name, shape }: Place, data: readonly unknown[]): unknown[] {
  const flat: unknown[] = [];
  const descend = (items: readonly unknown[], depth: number): void => {
    if (items.length !== shape[depth]) {
      throw requestError(
        `nested \`data\` of input ${showValue(name)} must follow its shape [${shape}], ` +
          `got a list of ${items.length} at depth ${depth}`,
        "wrong_shape",
      );
    }
    if (depth === shape.length - 1) {
      for (const item of items) flat.push(item);
      return;
    }
    for (const item of items) {
      if (!Array.isArray(item)) {
        throw requestError(
          `nested \`data\` of input ${showValue(name)} must follow its shape [${shape}], ` +
            `got ${showValue(item)} at depth ${depth + 1}`,
          "wrong_shape",
        );
      }
      descend(item, depth + 1);
    }
  };
  descend(data, 0);
  return flat;
}

function toNumbers(place: Place, flat: readonly unknown[]): Float32Array {
  const range = integerRange(place.datatype);
  const values = new Float32Array(flat.length);
  for (let i = 0; i < flat.length; i++) {
    const value = flat[i];
    if (value === null) values[i] = NaN;
    else if (typeof value !== "number") throw wrongValue(place, "numbers or null", value, i);
    else if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1])) {
      throw wrongValue(place, `integers in [${range}] or null`, value, i);
    } else values[i] = value;
  }
  return values;
}

function toBooleans(place: Place, flat: readonly unknown[]): Float32Array {
  return Float32Array.from(flat, (value, i) => {
    if (value === null) return NaN;
    if (value === true || value === 1) return 1;
    if (value === false || value === 0) return 0;
    throw wrongValue(place, "true, false or null", value, i);
  });
}

function checkTexts(place: Place, flat: readonly unknown[]): readonly (string | null)[] {
  const wrong = flat.findIndex((value) => typeof value !== "string" && value !== null);
  if (wrong >= 0) throw wrongValue(place, "texts or null", flat[wrong], wrong);
  return flat as readonly (string | null)[];
}

function wrongValue({ name, datatype }: Place, rule: string, value: unknown, at: number): Error {
  return requestError(
    `values of input ${showValue(name)} of type ${datatype} must be ${rule}, ` +
      `got ${showValue(value)} at position ${at}`,
    "wrong_type",
  );
}

/** A tensor as JSON text, without the braces' content being parsed again. */
export function encodeJsonTensor({ name, datatype, shape, data }: OutputTensor): string {
  const values = Array.isArray(data) ? JSON.stringify(data) : numbersText(data as Float32Array);
  return `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape}],"data":${values}}`;
}

/** Digits that a double needs: read as a double and rounded to float32 they are the value again. */
function numbersText(values: Float32Array | Float64Array | Int32Array): string {
  let text = "[";
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ",";
    const value = values[i];
    // JSON parses -0 right, but String drops its sign.
    if (Object.is(value, -0)) text += "-0.0";
    else text += Number.isFinite(value) ? String(value) : "null";
  }
  return `${text}]`;
}
