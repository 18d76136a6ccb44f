// Reads a model file, JSON or UBJSON, told apart by its first bytes.

import { CoppiceError } from "../core/errors.ts";
import { invalidModel } from "./format/document.ts";
import { readJson } from "./format/json-reader.ts";
import { readUbjson } from "./format/ubjson-reader.ts";
import type { Model } from "./model.ts";
import { decodeModel } from "./model-decoder.ts";

export type ModelFormat = "json" | "ubj";

/**
 * A model from the bytes of a file that XGBoost 1.7 to 3.x or coppice wrote, JSON or UBJSON.
 *
 * @param source the bytes, or the text of a JSON file
 * @throws {CoppiceError} INVALID_MODEL with the byte offset or the field when the file is cut off or
 *   altered; UNSUPPORTED for trees with vector leaves
 */
export function readModel(source: Uint8Array | string): Model {
  const given = typeof source === "string" ? new TextEncoder().encode(source) : source;
  if (!(given instanceof Uint8Array)) {
    throw new CoppiceError("INVALID_PARAMETER", "a model must be given as a Uint8Array or as text");
  }
  // Node's Buffer is a Uint8Array whose `slice` does not copy.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  return decodeModel(detectFormat(bytes) === "json" ? readJson(bytes) : readUbjson(bytes));
}

/**
 * @throws {CoppiceError} INVALID_MODEL when the bytes begin neither like JSON nor like UBJSON
 */
function detectFormat(bytes: Uint8Array): ModelFormat {
  let at = 0;
  while (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 10 || bytes[at] === 13) at++;
  const [first, second] = bytes.subarray(at, at + 2);
  if (first === 123) return at === 0 && (second === 76 || second === 105) ? "ubj" : "json";
  const rule = "a model file must be XGBoost's JSON or UBJSON, beginning with {";
  if (bytes.length === 0) throw invalidModel(`${rule}; it is empty`, { offset: 0 });
  const shown = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw invalidModel(`${rule}; it begins with the bytes ${shown}`, { offset: at });
}
