// Writes the compact form of a model, see compact-layout.ts. Nothing is lost: the model that is read again
// writes the same model file.

import { joinValues } from "../../tree/tree.ts";
import type { Model } from "../model.ts";
import { type CompactHeader, checksum, MAGIC, PREFIX_BYTES, placeArrays } from "./compact-layout.ts";

/**
 * The compact form of a model, for `loadCompactModel` of coppice/edge.
 *
 * @example writeCompactModel(booster.model)
 */
export function writeCompactModel(model: Model): Uint8Array<ArrayBuffer> {
  const header = headerOf(model);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / 4) * 4;
  const begin = PREFIX_BYTES + headerBytes;
  const buffer = new ArrayBuffer(placeArrays(header, undefined, begin).endBytes);
  const bytes = new Uint8Array(buffer);
  bytes.set(MAGIC);
  bytes.fill(32, PREFIX_BYTES, begin);
  bytes.set(text, PREFIX_BYTES);
  fillArrays(model, header, buffer, begin);
  const words = new Uint32Array(buffer);
  words[3] = headerBytes;
  words[2] = checksum(words.subarray(3));
  return bytes;
}

function headerOf(model: Model): CompactHeader {
  const { featureCount, featureNames, featureTypes, categories, groupCount, numClass } = model;
  const { boostFromAverage, numParallelTree, attributes, objective } = model;
  return {
    featureCount,
    featureNames,
    featureTypes,
    categories,
    groupCount,
    numClass,
    boostFromAverage,
    numParallelTree,
    attributes,
    objective: { name: objective.name, parameters: objective.parameters },
    categoryTypes: model.categoryTypes ? [...model.categoryTypes] : null,
    nodeCounts: model.trees.map((tree) => tree.nodeCount),
    categoryCount: model.trees.reduce((sum, tree) => sum + tree.categories.length, 0),
    roundCount: model.roundOffsets.length - 1,
    baseScoreCount: model.baseScore.length,
    hasTreeWeights: model.treeWeights !== null,
    linearWeightCount: model.linearWeights?.length ?? null,
    objectiveArrays: Object.entries(objective.arrays ?? {}).map(([name, values]) => [name, values.length]),
  };
}

const NODE_ARRAYS = [
  "left",
  "right",
  "parent",
  "splitFeature",
  "lossChange",
  "sumHessian",
  "baseWeight",
  "defaultLeft",
  "splitType",
] as const;

function fillArrays(model: Model, header: CompactHeader, buffer: ArrayBuffer, begin: number): void {
  const arrays = placeArrays(header, buffer, begin);
  let node = 0;
  let category = 0;
  model.trees.forEach((tree, t) => {
    for (const name of NODE_ARRAYS) arrays[name].set(tree[name], node);
    arrays.splitCondition.set(joinValues(tree), node);
    arrays.categoryOffsets.set(tree.categoryOffsets, node + t);
    arrays.categories.set(tree.categories, category);
    node += tree.nodeCount;
    category += tree.categories.length;
  });
  arrays.treeGroup.set(model.treeGroup);
  arrays.roundOffsets.set(model.roundOffsets);
  arrays.baseScore.set(model.baseScore);
  if (model.treeWeights) arrays.treeWeights.set(model.treeWeights);
  if (model.linearWeights) arrays.linearWeights.set(model.linearWeights);
  Object.values(model.objective.arrays ?? {}).forEach((values, i) => {
    arrays.objectiveArrays[i].set(values);
  });
}
