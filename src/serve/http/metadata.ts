// What a server says about itself and its models: metadata of the Open Inference Protocol v2, with the
// features, their types and categories in `parameters`.

import { outputDatatype, outputShape } from "../outputs.ts";
import type { ServedModel } from "../served-model.ts";

export const protocolExtensions: readonly string[] = [
  "binary_tensor_data",
  "model_repository",
  "coppice_rows",
  "coppice_arrow_stream",
  "coppice_drift",
];

export function modelMetadata(model: ServedModel, versions: readonly string[]): Record<string, unknown> {
  const { objective, trees, groupCount, featureCount } = model.booster.model;
  return {
    name: model.name,
    versions,
    platform: "coppice_xgboost",
    inputs: inputsOf(model, featureCount),
    outputs: model.outputKinds.map((kind) => ({
      name: kind,
      datatype: outputDatatype(model, kind),
      shape: outputShape(model, kind),
    })),
    parameters: {
      version: model.version,
      objective: objective.name,
      trees: trees.length,
      groups: groupCount,
      named: model.booster.model.featureNames.length > 0,
      classes: model.booster.labelClasses ?? null,
      features: model.featureNames.map((name, f) => featureOf(model, name, f)),
    },
  };
}

/** One matrix, unless a feature can only be named: then an input per feature. */
function inputsOf(model: ServedModel, featureCount: number): Record<string, unknown>[] {
  const isTextual = model.featureNames.map((_, f) => model.isTextual(f));
  if (!isTextual.includes(true)) return [{ name: "input", datatype: "FP32", shape: [-1, featureCount] }];
  return model.featureNames.map((name, f) => {
    return { name, datatype: isTextual[f] ? "BYTES" : "FP32", shape: [-1] };
  });
}

function featureOf(model: ServedModel, name: string, f: number): Record<string, unknown> {
  const { featureTypes, categories } = model.booster.model;
  return { name, type: featureTypes[f] ?? "q", categories: categories[f] ?? null };
}
