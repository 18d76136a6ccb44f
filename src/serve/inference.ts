// Answers one inference request from the bytes of its body to the bytes of its answer. Pure and
// synchronous, so that it runs the same on the thread that took the request and on a thread of its own.

import { showValue } from "../core/errors.ts";
import { unknownName } from "../core/parameter.ts";
import { joinBytes } from "../core/typed-bytes.ts";
import { type ObservedRows, observeRows } from "./drift/drift-monitor.ts";
import { type ModelRows, rowsOfJson, rowsOfTensors, tableOf } from "./model-rows.ts";
import { computeOutput, outputKindOf, valuesPerRow } from "./outputs.ts";
import { encodeBinaryTensor } from "./protocol/binary-tensor.ts";
import {
  type InferenceRequest,
  isJsonObject,
  parseInferenceRequest,
  parseJsonObject,
  property,
  rawInferenceRequest,
} from "./protocol/inference-request.ts";
import { encodeJsonTensor } from "./protocol/json-tensor.ts";
import { requestError } from "./protocol/request-error.ts";
import type { OutputTensor } from "./protocol/tensor.ts";
import type { OutputKind, ServedModel } from "./served-model.ts";

/** What one answer may hold: 64 MiB of float32, or some hundred megabytes of JSON. */
const MAX_OUTPUT_VALUES = 1 << 24;

/** A request to a model: in the protocol's form, or rows of JSON. */
export interface InferenceJob {
  readonly form: "protocol" | "rows";
  readonly body: Uint8Array;
  /** Bytes of JSON before binary tensors; 0 for a raw body, undefined for JSON alone. */
  readonly headerLength: number | undefined;
  readonly maxRows: number;
}

/** A request that was read and fits the model. */
export interface Inference {
  readonly form: InferenceJob["form"];
  readonly id: string | undefined;
  readonly rows: ModelRows;
  readonly outputs: readonly WantedOutput[];
}

interface WantedOutput {
  readonly name: string;
  readonly kind: OutputKind;
  readonly isBinary: boolean;
}

export interface InferenceAnswer {
  readonly body: Uint8Array;
  /** Bytes of JSON at the start of the body; undefined when it is JSON alone. */
  readonly headerLength: number | undefined;
}

/** What a thread of its own gives back. */
export interface InferenceOutcome extends InferenceAnswer {
  readonly rowCount: number;
  /** Counts for the drift monitor, when the model has a profile. */
  readonly counts: Uint32Array | undefined;
}

/** Rows that have been read and the outputs that are wanted of them. */
export interface BlockJob {
  /** [rowCount × width] row-major, categories as the model's codes. */
  readonly matrix: Float32Array;
  readonly rowCount: number;
  readonly width: number;
  readonly kinds: readonly OutputKind[];
}

export interface BlockOutcome {
  /** One per kind. */
  readonly outputs: readonly OutputTensor[];
  /** As in InferenceOutcome. */
  readonly counts: Uint32Array | undefined;
}

/** Predicts rows. @throws {CoppiceError} INVALID_DATA as `predict` */
export function runBlock(model: ServedModel, { matrix, rowCount, width, kinds }: BlockJob): BlockOutcome {
  const rows = { matrix, rowCount, width, unseen: undefined };
  const data = tableOf(model, rows);
  const outputs = kinds.map((kind) => computeOutput(model, data, kind));
  const { bins } = model.monitor;
  const counts = bins && new Uint32Array(bins.size);
  const predictions = outputs[kinds.indexOf("predict")]?.data as Float32Array | undefined;
  if (bins && counts) observeRows(bins, { ...rows, predictions }, counts);
  return { outputs, counts };
}

/**
 * Reads a request.
 *
 * @throws {CoppiceError} INVALID_DATA when it does not follow the protocol or does not fit the model
 */
export function readInference(model: ServedModel, job: InferenceJob): Inference {
  const inference = job.form === "rows" ? readRows(model, job.body) : readProtocol(model, job);
  const { rows, outputs } = inference;
  if (rows.rowCount > job.maxRows) {
    throw requestError(
      `a request must have at most ${job.maxRows} rows, got ${rows.rowCount}`,
      undefined,
      413,
    );
  }
  const names = outputs.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  // Otherwise a short request could ask for the same work a million times.
  if (repeated !== undefined) throw requestError(`output ${showValue(repeated)} is asked for twice`);
  const values = outputs.reduce((sum, { kind }) => sum + rows.rowCount * valuesPerRow(model, kind), 0);
  if (values > MAX_OUTPUT_VALUES) {
    throw requestError(
      `an answer must have at most ${MAX_OUTPUT_VALUES} values, asked for ${values}: send fewer rows at a time`,
      undefined,
      413,
    );
  }
  return inference;
}

function readProtocol(model: ServedModel, { body, headerLength }: InferenceJob): Inference {
  const request: InferenceRequest =
    headerLength === 0
      ? rawInferenceRequest(body, model.booster.model.featureCount)
      : parseInferenceRequest(body, headerLength);
  const wanted = request.outputs ?? [{ name: "predict", isBinary: request.isBinary }];
  const outputs = wanted.map(({ name, isBinary }) => ({ name, isBinary, kind: outputKindOf(model, name) }));
  const rows = rowsOfTensors(model, request.inputs, request.unseenAsMissing);
  return { form: "protocol", id: request.id, rows, outputs };
}

const rowsFields = ["rows", "outputs", "unseen_categories", "parameters"];

/**
 * `{"rows": [..], "outputs"?: ["predict", ..], "unseen_categories"?: "missing"}`; the last may stand in
 * `parameters`, as in the protocol's form.
 */
function readRows(model: ServedModel, body: Uint8Array): Inference {
  const request = parseJsonObject(body);
  const unknown = Object.keys(request).find((field) => !rowsFields.includes(field));
  if (unknown !== undefined) throw requestError(unknownName("field", unknown, rowsFields).message);
  const parameters = property(request, "parameters");
  const inParameters = isJsonObject(parameters) ? property(parameters, "unseen_categories") : undefined;
  const unseen = property(request, "unseen_categories") ?? inParameters ?? "error";
  if (unseen !== "error" && unseen !== "missing") {
    throw requestError('`unseen_categories` must be "error" or "missing"');
  }
  const names = property(request, "outputs") ?? (model.isClassifier ? ["predict", "class"] : ["predict"]);
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
    throw requestError("`outputs` must be a list of names");
  }
  const rows = rowsOfJson(model, property(request, "rows"), unseen === "missing");
  const outputs = (names as string[]).map((name) => {
    return { name, kind: outputKindOf(model, name), isBinary: false };
  });
  return { form: "rows", id: undefined, rows, outputs };
}

/** The work of an inference, roughly: steps down trees. */
export function estimateSteps(model: ServedModel, { rows, outputs }: Inference): number {
  const { trees, featureCount, linearWeights } = model.booster.model;
  const perRow = linearWeights ? featureCount : trees.length * 6;
  const factor = outputs.reduce((sum, { kind }) => sum + (kind === "contributions" ? 200 : 1), 0);
  return rows.rowCount * perRow * factor;
}

/** Computes what the inference asks for. @throws {CoppiceError} INVALID_DATA as `predict` */
export function computeOutputs(model: ServedModel, { rows, outputs }: Inference): OutputTensor[] {
  const data = tableOf(model, rows);
  return outputs.map(({ kind, name }) => computeOutput(model, data, kind, name));
}

/** What the drift monitor sees of an inference. */
export function observedRows(inference: Inference, outputs: readonly OutputTensor[]): ObservedRows {
  const { rows } = inference;
  const predict = inference.outputs.findIndex(({ kind }) => kind === "predict");
  const predictions = outputs[predict]?.data as Float32Array | undefined;
  return { ...rows, predictions };
}

/** Runs a whole request, for a thread that only answers. */
export function runInference(model: ServedModel, job: InferenceJob): InferenceOutcome {
  const inference = readInference(model, job);
  const outputs = computeOutputs(model, inference);
  const { bins } = model.monitor;
  const counts = bins && new Uint32Array(bins.size);
  if (bins && counts) observeRows(bins, observedRows(inference, outputs), counts);
  return { ...encodeAnswer(model, inference, outputs), rowCount: inference.rows.rowCount, counts };
}

const encoder = new TextEncoder();

/** The bytes of the answer. */
export function encodeAnswer(
  model: ServedModel,
  inference: Inference,
  outputs: readonly OutputTensor[],
): InferenceAnswer {
  if (inference.form === "rows") {
    return { body: encoder.encode(rowsText(model, inference, outputs)), headerLength: undefined };
  }
  const id = inference.id === undefined ? "" : `,"id":${JSON.stringify(inference.id)}`;
  const start = `{"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)}${id}`;
  const parts: Uint8Array[] = [];
  const texts = outputs.map((output, i) => {
    if (!inference.outputs[i].isBinary) return encodeJsonTensor(output);
    const bytes = encodeBinaryTensor(output);
    parts.push(bytes);
    const { name, datatype, shape } = output;
    return (
      `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape}],` +
      `"parameters":{"binary_data_size":${bytes.length}}}`
    );
  });
  const header = encoder.encode(`${start},"outputs":[${texts.join(",")}]}`);
  if (parts.length === 0) return { body: header, headerLength: undefined };
  return { body: joinBytes([header, ...parts]), headerLength: header.length };
}

/** One list per output with an entry per row; an entry is a list when the row has several values. */
function rowsText(model: ServedModel, { rows }: Inference, outputs: readonly OutputTensor[]): string {
  const columns = outputs.map(({ name, shape, data }) => {
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    const values = Array.from(data as ArrayLike<number | string>);
    const entries =
      shape.length === 1
        ? values
        : Array.from({ length: rows.rowCount }, (_, row) => values.slice(row * width, (row + 1) * width));
    return `,${JSON.stringify(name)}:${JSON.stringify(entries)}`;
  });
  const { name, version } = model;
  const start = `{"model":${JSON.stringify(name)},"version":${JSON.stringify(version)},"row_count":${rows.rowCount}`;
  return `${start}${columns.join("")}}`;
}
