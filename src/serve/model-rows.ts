// From what a request holds to the rows a model reads: one matrix, a tensor per feature, or rows of JSON.
// Names of categories become the model's codes. What does not fit is refused with the feature's name.

import { showValue } from "../core/errors.ts";
import { DMatrix } from "../data/dmatrix.ts";
import { isJsonObject, type JsonObject, property } from "./protocol/inference-request.ts";
import { requestError } from "./protocol/request-error.ts";
import type { InputTensor } from "./protocol/tensor.ts";
import type { ServedModel } from "./served-model.ts";

/** Names under which a matrix of all features is accepted. */
const matrixNames: readonly string[] = ["input", "input__0", "input-0", "X"];

export interface ModelRows {
  readonly rowCount: number;
  /** [rowCount × featureCount] row-major, NaN for missing, categories as the model's codes. */
  readonly matrix: Float32Array;
  readonly width: number;
  /** Values per feature with an unknown category, taken as missing. */
  readonly unseen: ReadonlyMap<number, number> | undefined;
}

/** The table that the booster is asked to predict. */
export function tableOf(model: ServedModel, { matrix, rowCount, width }: ModelRows): DMatrix {
  const types = model.booster.model.featureTypes;
  const featureTypes = types.includes("c") && types.length === width ? types : undefined;
  return DMatrix.fromDense(matrix, { rowCount, featureCount: width, featureTypes });
}

/**
 * Rows from tensors: one of shape [rows, features], or one of shape [rows] or [rows, 1] for each feature,
 * in any order.
 *
 * @throws {CoppiceError} INVALID_DATA naming the input that does not fit
 */
export function rowsOfTensors(
  model: ServedModel,
  inputs: readonly InputTensor[],
  unseenAsMissing: boolean,
): ModelRows {
  if (inputs.length === 0) throw requestError("`inputs` must have at least one tensor", "missing_input");
  const [first] = inputs;
  const isMatrix =
    inputs.length === 1 && matrixNames.includes(first.name) && !model.featureIndex.has(first.name);
  return isMatrix ? rowsOfMatrix(model, first) : rowsOfColumns(model, inputs, unseenAsMissing);
}

function rowsOfMatrix(model: ServedModel, input: InputTensor): ModelRows {
  const { featureCount } = model.booster.model;
  const { name, shape, data, datatype } = input;
  if (shape.length !== 2 || shape[1] !== featureCount) {
    throw requestError(
      `\`shape\` of input ${showValue(name)} must be [rows, ${featureCount}], got [${shape}]`,
      "wrong_shape",
    );
  }
  if (!(data instanceof Float32Array)) {
    throw requestError(
      `input ${showValue(name)} must hold numbers, got ${datatype}: give each feature its own input to send texts`,
      "wrong_type",
    );
  }
  return checkFinite(model, { rowCount: shape[0], matrix: data, width: featureCount, unseen: undefined });
}

function rowsOfColumns(
  model: ServedModel,
  inputs: readonly InputTensor[],
  unseenAsMissing: boolean,
): ModelRows {
  const builder = new RowBuilder(model, inputs[0].shape[0], unseenAsMissing);
  const seen = new Set<number>();
  for (const input of inputs) {
    const f = model.featureIndex.get(input.name);
    if (f === undefined) throw unknownInput(model, input.name);
    if (seen.has(f)) throw requestError(`input ${showValue(input.name)} is given twice`, "wrong_shape");
    seen.add(f);
    const { shape } = input;
    const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
    if (!isColumn || shape[0] !== builder.rowCount) {
      throw requestError(
        `\`shape\` of input ${showValue(input.name)} must be [${builder.rowCount}] or [${builder.rowCount}, 1] ` +
          `like the first input's, got [${shape}]`,
        "wrong_shape",
      );
    }
    if (input.data instanceof Float32Array && !model.codesOf(f)) builder.setNumbers(f, input.data);
    else for (let row = 0; row < builder.rowCount; row++) builder.set(row, f, input.data[row]);
  }
  if (seen.size < model.featureNames.length) {
    const missing = model.featureNames.filter((_, f) => !seen.has(f));
    throw requestError(
      `\`inputs\` must have every feature of the model, missing ${listNames(missing)}`,
      "missing_input",
    );
  }
  return builder.finish();
}

function unknownInput(model: ServedModel, name: string): Error {
  const few = model.featureNames.slice(0, 5).map(showValue).join(", ");
  return requestError(
    `input ${showValue(name)} is neither a matrix ("input") nor a feature of the model, whose features are ${few}` +
      (model.featureNames.length > 5 ? ` and ${model.featureNames.length - 5} more` : ""),
    "unknown_input",
  );
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(showValue).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/**
 * Rows of JSON: objects by feature name, where an absent feature is missing, or lists of all features.
 *
 * @throws {CoppiceError} INVALID_DATA naming the row and the feature that does not fit
 */
export function rowsOfJson(model: ServedModel, rows: unknown, unseenAsMissing: boolean): ModelRows {
  if (!Array.isArray(rows)) throw requestError("`rows` must be a list of objects or of lists", "wrong_shape");
  const builder = new RowBuilder(model, rows.length, unseenAsMissing);
  const { featureCount } = model.booster.model;
  rows.forEach((row: unknown, r) => {
    if (isJsonObject(row)) setObject(builder, model, row, r);
    else if (Array.isArray(row) && row.length === featureCount) {
      for (let f = 0; f < featureCount; f++) builder.set(r, f, row[f]);
    } else {
      const got = Array.isArray(row) ? `${row.length} values` : showValue(row);
      throw requestError(
        `row ${r} must be an object, or a list of the ${featureCount} features, got ${got}`,
        "wrong_shape",
      );
    }
  });
  return builder.finish();
}

function setObject(builder: RowBuilder, model: ServedModel, row: JsonObject, r: number): void {
  for (const name of Object.keys(row)) {
    const f = model.featureIndex.get(name);
    if (f === undefined) throw unknownInput(model, name);
    builder.set(r, f, property(row, name));
  }
}

/** A matrix that is filled value by value; what is never set is missing. */
export class RowBuilder {
  readonly rowCount: number;
  readonly #model: ServedModel;
  readonly #matrix: Float32Array;
  readonly #width: number;
  readonly #unseenAsMissing: boolean;
  #unseen: Map<number, number> | undefined;

  constructor(model: ServedModel, rowCount: number, unseenAsMissing: boolean) {
    this.#model = model;
    this.rowCount = rowCount;
    this.#width = model.booster.model.featureCount;
    this.#matrix = new Float32Array(rowCount * this.#width).fill(NaN);
    this.#unseenAsMissing = unseenAsMissing;
  }

  /** @throws {CoppiceError} INVALID_DATA when the value is not of the feature's type */
  set(row: number, f: number, value: unknown): void {
    if (value === null || value === undefined) return;
    const codes = this.#model.codesOf(f);
    // As an empty cell of a text table, unless the model was trained with it as a category.
    if (value === "" && !codes?.has("")) return;
    const isName = codes !== undefined && (typeof value === "string" || !this.#model.isTextual(f));
    if (isName) {
      if (typeof value === "number" && Number.isNaN(value)) return;
      const code = codes.get(value as string | number);
      if (code === undefined) this.#refuseUnseen(row, f, value);
      else this.#matrix[row * this.#width + f] = code;
      return;
    }
    if (typeof value === "boolean") value = value ? 1 : 0;
    if (typeof value !== "number") {
      const wanted = codes ? "a text or a code" : "a number";
      throw requestError(
        `feature ${showValue(this.#model.featureNames[f])} must be ${wanted}, got ${showValue(value)} in row ${row}`,
        "wrong_type",
      );
    }
    this.#matrix[row * this.#width + f] = value;
  }

  /** Sets feature f of all rows at once; for features without a dictionary. NaN is missing. */
  setNumbers(f: number, values: ArrayLike<number>): void {
    for (let row = 0, at = f; row < this.rowCount; row++, at += this.#width) this.#matrix[at] = values[row];
  }

  #refuseUnseen(row: number, f: number, value: unknown): void {
    if (!this.#unseenAsMissing) {
      const name = showValue(this.#model.featureNames[f]);
      throw requestError(
        `feature ${name} has the category ${showValue(value)} in row ${row}, which the model does not know`,
        "unseen_category",
      );
    }
    this.#unseen ??= new Map();
    this.#unseen.set(f, (this.#unseen.get(f) ?? 0) + 1);
  }

  /** @throws {CoppiceError} INVALID_DATA when a value is infinite in float32 */
  finish(): ModelRows {
    const rows = { rowCount: this.rowCount, matrix: this.#matrix, width: this.#width, unseen: this.#unseen };
    return checkFinite(this.#model, rows);
  }
}

function checkFinite(model: ServedModel, rows: ModelRows): ModelRows {
  const { matrix, width } = rows;
  for (let i = 0; i < matrix.length; i++) {
    const value = matrix[i];
    if (value === Infinity || value === -Infinity) {
      const name = showValue(model.featureNames[i % width]);
      throw requestError(
        `feature ${name} must be finite in float32, got ${value} in row ${Math.floor(i / width)}`,
        "invalid_value",
      );
    }
  }
  return rows;
}
