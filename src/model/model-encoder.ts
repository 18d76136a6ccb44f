// Encodes a Model as the document that XGBoost 3.4.1 writes: the same keys, kinds of numbers and
// spellings, so that JSON and UBJSON files come out byte for byte.

import type { CategoryNames } from "../data/dmatrix.ts";
import { joinValues, type Tree } from "../tree/tree.ts";
import {
  type DocumentObject,
  type DocumentValue,
  EncodedUbjson,
  Float32Scalar,
  type NumberList,
} from "./format/document.ts";
import { formatFloat32 } from "./format/float-text.ts";
import { writeUbjson } from "./format/ubjson-writer.ts";
import type { Model } from "./model.ts";

/** The version triple of files that are written, as by the XGBoost whose format they have. */
const FORMAT_VERSION: readonly number[] = [3, 4, 1];

/** XGBoost marks the nodes that pruning cut off by this split feature. */
const DELETED_FEATURE = 2147483647;
/** XGBoost's number of the 64-bit integer type. */
const INT64_TYPE = 15;

/**
 * Trees as UBJSON with their numbers in the model, for who writes a growing model again and again: of
 * each writing only the new trees are encoded. Trees are not changed once they are in a model.
 */
export type WrittenTrees = WeakMap<Tree, { readonly id: number; readonly ubjson: EncodedUbjson }>;

/** @param written of models with these features; makes a document that can only be written as UBJSON */
export function encodeModel(model: Model, written?: WrittenTrees): DocumentObject {
  return encodeObject({
    learner: encodeObject({
      attributes: encodeObject(model.attributes),
      feature_names: [...model.featureNames],
      feature_types: [...model.featureTypes],
      gradient_booster: model.linearWeights
        ? encodeLinear(model, model.linearWeights)
        : encodeForest(model, written),
      learner_model_param: encodeObject({
        base_score: encodeBaseScore(model),
        boost_from_average: model.boostFromAverage ? "1" : "0",
        num_class: String(model.numClass),
        num_feature: String(model.featureCount),
        num_target: String(model.numClass > 0 ? 1 : model.groupCount),
      }),
      objective: encodeObject({
        name: model.objective.name,
        ...Object.fromEntries(
          Object.entries(model.objective.parameters).map(([key, values]) => [key, encodeObject(values)]),
        ),
        ...model.objective.arrays,
      }),
    }),
    version: [...FORMAT_VERSION],
  });
}

/** XGBoost parity: objects are written in the byte order of their keys. */
function encodeObject(entries: Readonly<Record<string, DocumentValue>>): DocumentObject {
  return new Map(Object.entries(entries).sort(([a], [b]) => compareCodePoints(a, b)));
}

/** One number per group, also when all are equal. */
function encodeBaseScore(model: Model): string {
  const { baseScore, groupCount } = model;
  const scores = Array.from({ length: groupCount }, (_, group) =>
    formatFloat32(baseScore[baseScore.length === 1 ? 0 : group]),
  );
  return `[${scores.join(",")}]`;
}

function encodeLinear(model: Model, weights: Float32Array): DocumentObject {
  return encodeObject({
    model: encodeObject({ boosted_rounds: model.roundOffsets.length - 1, weights }),
    name: "gblinear",
  });
}

function encodeForest(model: Model, written: WrittenTrees | undefined): DocumentObject {
  const weights = model.treeWeights && Array.from(model.treeWeights, (weight) => new Float32Scalar(weight));
  return encodeObject({
    model: encodeObject({
      cats: encodeDictionaries(model),
      gbtree_model_param: encodeObject({
        num_parallel_tree: String(model.numParallelTree),
        num_trees: String(model.trees.length),
      }),
      iteration_indptr: Array.from(model.roundOffsets),
      tree_info: Array.from(model.treeGroup),
      trees: model.trees.map((tree, id) =>
        written
          ? encodeTreeOnce(tree, id, model.featureCount, written)
          : encodeTree(tree, id, model.featureCount),
      ),
      ...(weights && { weight_drop: weights }),
    }),
    name: "gbtree",
  });
}

function encodeTreeOnce(tree: Tree, id: number, featureCount: number, written: WrittenTrees): EncodedUbjson {
  const known = written.get(tree);
  if (known?.id === id) return known.ubjson;
  const ubjson = new EncodedUbjson(writeUbjson(encodeTree(tree, id, featureCount)));
  written.set(tree, { id, ubjson });
  return ubjson;
}

function encodeTree(tree: Tree, id: number, featureCount: number): DocumentObject {
  const deletedCount = tree.splitFeature.reduce((count, f) => count + (f === DELETED_FEATURE ? 1 : 0), 0);
  const nodes: number[] = [];
  for (let node = 0; node < tree.nodeCount; node++) if (tree.splitType[node] === 1) nodes.push(node);
  // 64-bit integers are Float64Array in a document.
  const segments = Float64Array.from(nodes, (node) => tree.categoryOffsets[node]);
  const sizes = Float64Array.from(
    nodes,
    (node) => tree.categoryOffsets[node + 1] - tree.categoryOffsets[node],
  );
  // The keys stand in their order already.
  return new Map<string, DocumentValue>([
    ["base_weights", tree.baseWeight],
    ["categories", tree.categories],
    ["categories_nodes", Int32Array.from(nodes)],
    ["categories_segments", segments],
    ["categories_sizes", sizes],
    ["default_left", tree.defaultLeft],
    ["id", id],
    ["left_children", tree.left],
    ["loss_changes", tree.lossChange],
    ["parents", tree.parent],
    ["right_children", tree.right],
    ["split_conditions", joinValues(tree)],
    ["split_indices", Int32Array.from(tree.splitFeature)],
    ["split_type", tree.splitType],
    ["sum_hessian", tree.sumHessian],
    [
      "tree_param",
      encodeObject({
        num_deleted: String(deletedCount),
        num_feature: String(featureCount),
        num_nodes: String(tree.nodeCount),
        size_leaf_vector: "1",
      }),
    ],
  ]);
}

function encodeDictionaries(model: Model): DocumentObject {
  const { categories, categoryTypes } = model;
  const segments = new Int32Array(categories.length === 0 ? 0 : categories.length + 1);
  for (const [f, names] of categories.entries()) segments[f + 1] = segments[f] + (names?.length ?? 0);
  return encodeObject({
    enc: categories.map((names, f) => encodeNames(names, categoryTypes?.[f] || INT64_TYPE)),
    feature_segments: segments,
    sorted_idx: Int32Array.from(categories.flatMap(sortedOrder)),
  });
}

function encodeNames(names: CategoryNames, type: number): DocumentObject {
  if (names !== null && typeof names[0] === "number") {
    return encodeObject({ type, values: encodeIntegers(names as readonly number[], type) });
  }
  const bytes = (names ?? []).map((name) => new TextEncoder().encode(String(name)));
  const offsets = new Int32Array(names === null ? 0 : names.length + 1);
  for (const [i, name] of bytes.entries()) offsets[i + 1] = offsets[i] + name.length;
  const values = new Int8Array(offsets.at(-1) ?? 0);
  for (const [i, name] of bytes.entries()) values.set(name, offsets[i]);
  return encodeObject({ offsets, values });
}

/** XGBoost parity: unsigned integers are stored as signed ones of the same width, but for bytes. */
function encodeIntegers(names: readonly number[], type: number): NumberList {
  switch (type) {
    case 9:
      return Int8Array.from(names);
    case 10:
      return Uint8Array.from(names);
    case 11:
    case 12:
      return Int16Array.from(names);
    case 13:
    case 14:
      return Int32Array.from(names);
    default:
      return Float64Array.from(names);
  }
}

/** The codes of one dictionary in the order of their names. */
function sortedOrder(names: CategoryNames): number[] {
  if (names === null) return [];
  const codes = Array.from({ length: names.length }, (_, code) => code);
  if (typeof names[0] === "number") return codes.sort((a, b) => (names[a] as number) - (names[b] as number));
  const bytes = names.map((name) => new Int8Array(new TextEncoder().encode(String(name)).buffer));
  return codes.sort((a, b) => compareSignedBytes(bytes[a], bytes[b]));
}

/** XGBoost parity: the bytes of category names compare as signed numbers. */
function compareSignedBytes(a: Int8Array, b: Int8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** The order of the UTF-8 bytes of two texts, which is that of their code points. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = orderOfUnit(a.charCodeAt(i)) - orderOfUnit(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for the highest code points: they go behind U+E000 to U+FFFF. */
function orderOfUnit(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
