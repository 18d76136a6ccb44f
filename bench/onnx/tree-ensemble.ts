// A multi-class model as the bytes of an ONNX model: one TreeEnsembleClassifier (ai.onnx.ml, version 3)
// with SOFTMAX, the operator that XGBoost's converters emit, from "X" [rows × features] to "label" and
// "probabilities" [rows × classes]. Field numbers are those of onnx.proto3 (github.com/onnx/onnx).

import type { Model } from "../../src/model/model.ts";
import type { Tree } from "../../src/tree/tree.ts";
import { MessageWriter } from "./protobuf.ts";

const FLOAT = 1;
const INT64 = 7;

/** onnx.proto3, AttributeProto.AttributeType. */
const attributeType = { text: 3, floats: 6, ints: 7, texts: 8 };

/** The node attributes of all trees, one element a node. */
interface NodeColumns {
  readonly treeIds: number[];
  readonly nodeIds: number[];
  readonly features: number[];
  readonly values: number[];
  readonly modes: string[];
  readonly trueIds: number[];
  readonly falseIds: number[];
  readonly missingToTrue: number[];
}

/** The leaves: which class each adds how much to. */
interface LeafColumns {
  readonly treeIds: number[];
  readonly nodeIds: number[];
  readonly classIds: number[];
  readonly weights: number[];
}

/** @throws {Error} for models that are not multi:softprob or have categorical splits */
export function toOnnx(model: Model): Uint8Array {
  if (model.objective.name !== "multi:softprob" || model.trees.some((tree) => tree.splitType.includes(1))) {
    throw new Error("only multi:softprob with numeric splits is written as ONNX");
  }
  const nodes: NodeColumns = {
    treeIds: [],
    nodeIds: [],
    features: [],
    values: [],
    modes: [],
    trueIds: [],
    falseIds: [],
    missingToTrue: [],
  };
  const leaves: LeafColumns = { treeIds: [], nodeIds: [], classIds: [], weights: [] };
  model.trees.forEach((tree, i) => {
    addTree(nodes, leaves, tree, i, model.treeGroup[i]);
  });
  const classes = Array.from({ length: model.numClass }, (_, i) => i);
  const base = classes.map((i) => model.baseScore[model.baseScore.length === 1 ? 0 : i]);
  const node = new MessageWriter()
    .text(1, "X")
    .text(2, "label")
    .text(2, "probabilities")
    .text(3, "trees")
    .text(4, "TreeEnsembleClassifier")
    .text(7, "ai.onnx.ml");
  for (const attribute of attributesOf(nodes, leaves, classes, base)) node.message(5, attribute);
  const graph = new MessageWriter()
    .message(1, node)
    .text(2, "coppice")
    .message(11, valueInfo("X", FLOAT, model.featureCount))
    .message(12, valueInfo("label", INT64))
    .message(12, valueInfo("probabilities", FLOAT, model.numClass));
  return new MessageWriter()
    .int(1, 8)
    .text(2, "coppice")
    .message(7, graph)
    .message(8, new MessageWriter().text(1, "").int(2, 15))
    .message(8, new MessageWriter().text(1, "ai.onnx.ml").int(2, 3))
    .finish();
}

function addTree(nodes: NodeColumns, leaves: LeafColumns, tree: Tree, id: number, group: number): void {
  for (let node = 0; node < tree.nodeCount; node++) {
    const isLeaf = tree.left[node] === -1;
    nodes.treeIds.push(id);
    nodes.nodeIds.push(node);
    nodes.features.push(isLeaf ? 0 : tree.splitFeature[node]);
    nodes.values.push(isLeaf ? 0 : tree.splitCondition[node]);
    nodes.modes.push(isLeaf ? "LEAF" : "BRANCH_LT");
    nodes.trueIds.push(isLeaf ? 0 : tree.left[node]);
    nodes.falseIds.push(isLeaf ? 0 : tree.right[node]);
    nodes.missingToTrue.push(isLeaf ? 0 : tree.defaultLeft[node]);
    if (!isLeaf) continue;
    leaves.treeIds.push(id);
    leaves.nodeIds.push(node);
    leaves.classIds.push(group);
    leaves.weights.push(tree.leafValue[node]);
  }
}

function attributesOf(
  nodes: NodeColumns,
  leaves: LeafColumns,
  classes: readonly number[],
  base: readonly number[],
): MessageWriter[] {
  return [
    ints("nodes_treeids", nodes.treeIds),
    ints("nodes_nodeids", nodes.nodeIds),
    ints("nodes_featureids", nodes.features),
    floats("nodes_values", nodes.values),
    texts("nodes_modes", nodes.modes),
    ints("nodes_truenodeids", nodes.trueIds),
    ints("nodes_falsenodeids", nodes.falseIds),
    ints("nodes_missing_value_tracks_true", nodes.missingToTrue),
    ints("class_treeids", leaves.treeIds),
    ints("class_nodeids", leaves.nodeIds),
    ints("class_ids", leaves.classIds),
    floats("class_weights", leaves.weights),
    ints("classlabels_int64s", classes),
    floats("base_values", base),
    new MessageWriter().text(1, "post_transform").text(4, "SOFTMAX").int(20, attributeType.text),
  ];
}

function ints(name: string, values: readonly number[]): MessageWriter {
  return new MessageWriter().text(1, name).ints(8, values).int(20, attributeType.ints);
}

function floats(name: string, values: readonly number[]): MessageWriter {
  return new MessageWriter().text(1, name).floats(7, values).int(20, attributeType.floats);
}

function texts(name: string, values: readonly string[]): MessageWriter {
  const attribute = new MessageWriter().text(1, name);
  for (const value of values) attribute.text(9, value);
  return attribute.int(20, attributeType.texts);
}

/** A tensor [rows × width], or [rows] without a width. */
function valueInfo(name: string, elementType: number, width?: number): MessageWriter {
  const shape = new MessageWriter().message(1, new MessageWriter().text(2, "rows"));
  if (width !== undefined) shape.message(1, new MessageWriter().int(1, width));
  const tensor = new MessageWriter().int(1, elementType).message(2, shape);
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor));
}
