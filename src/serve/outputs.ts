// The outputs that a request may ask for, computed from the table it brought. Each is what the booster
// itself gives, in the shape of a tensor.

import { CoppiceError, showValue } from "../core/errors.ts";
import type { DMatrix, LabelClass } from "../data/dmatrix.ts";
import { requestError } from "./protocol/request-error.ts";
import type { OutputTensor } from "./protocol/tensor.ts";
import { type OutputKind, outputKinds, type ServedModel } from "./served-model.ts";

/** Names that other servers give to the prediction. */
const aliases: Readonly<Record<string, OutputKind>> = { output__0: "predict", "output-0": "predict" };

/** @throws {CoppiceError} INVALID_DATA when the model has no such output */
export function outputKindOf(model: ServedModel, name: string): OutputKind {
  const kind = Object.hasOwn(aliases, name) ? aliases[name] : outputKinds.find((known) => known === name);
  if (kind !== undefined && model.outputKinds.includes(kind)) return kind;
  throw requestError(
    `output ${showValue(name)} is not one of the model's, which are ${model.outputKinds.join(", ")}`,
  );
}

/** The type of an output's values. */
export function outputDatatype(model: ServedModel, kind: OutputKind): OutputTensor["datatype"] {
  if (kind === "leaf") return "INT32";
  return kind === "class" ? classDatatype(model.booster.labelClasses) : "FP32";
}

/** The shape of an output as metadata gives it, -1 for the rows. */
export function outputShape(model: ServedModel, kind: OutputKind): number[] {
  const { groupCount, featureCount, trees } = model.booster.model;
  const perGroup = groupCount > 1 ? [groupCount] : [];
  switch (kind) {
    case "predict":
      return model.predictWidth > 1 ? [-1, model.predictWidth] : [-1];
    case "class":
      return [-1];
    case "leaf":
      return [-1, trees.length];
    case "contributions":
      return [-1, ...perGroup, featureCount + 1];
    default:
      return [-1, ...perGroup];
  }
}

/** Numbers or texts that an output has for one row. */
export function valuesPerRow(model: ServedModel, kind: OutputKind): number {
  return outputShape(model, kind).reduce((product, size) => (size === -1 ? product : product * size), 1);
}

/** The output `kind` for every row of `data`, called `name`. */
export function computeOutput(
  model: ServedModel,
  data: DMatrix,
  kind: OutputKind,
  name: string = kind,
): OutputTensor {
  const shape = outputShape(model, kind).map((size) => (size === -1 ? data.rowCount : size));
  const datatype = outputDatatype(model, kind);
  if (kind === "leaf") {
    return { name, datatype, shape, data: Int32Array.from(model.booster.predict(data, { kind: "leaf" })) };
  }
  if (kind === "class") {
    const codes = model.booster.predict(data, { kind: "class" });
    return { name, datatype, shape, data: classValues(codes, model.booster.labelClasses) };
  }
  return { name, datatype, shape, data: numbersOf(model, data, kind) };
}

function numbersOf(model: ServedModel, data: DMatrix, kind: OutputKind): Float32Array {
  const { booster } = model;
  if (kind === "predict") return booster.predict(data);
  if (kind === "probability") return model.probabilities.predict(data);
  if (kind === "margin" || kind === "contributions") return booster.predict(data, { kind });
  throw new CoppiceError("INTERNAL", `no such output: ${kind}`);
}

function classDatatype(classes: readonly LabelClass[] | undefined): "INT64" | "FP64" | "BYTES" {
  if (classes === undefined || classes.every((label) => Number.isSafeInteger(label))) return "INT64";
  return classes.every((label) => typeof label === "number") ? "FP64" : "BYTES";
}

function classValues(codes: Float32Array, classes: readonly LabelClass[] | undefined): OutputTensor["data"] {
  if (classDatatype(classes) === "BYTES") return Array.from(codes, (code) => String(classes?.[code] ?? code));
  return Float64Array.from(codes, (code) => (classes?.[code] as number | undefined) ?? code);
}

/** Rows [begin, end) of an output. */
export function sliceOutput(output: OutputTensor, begin: number, end: number): OutputTensor {
  const { shape, data } = output;
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  return {
    ...output,
    shape: [end - begin, ...shape.slice(1)],
    data: data.slice(begin * width, end * width) as OutputTensor["data"],
  };
}
