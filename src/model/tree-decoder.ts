// Decodes one tree of a model file and checks everything that prediction relies on: lengths, child
// numbers, one parent each, no cycles, split features and categories in range. XGBoost keeps pruned
// nodes in the file, unreachable from the root; they are kept too and not checked.

import { ROOT_PARENT, splitValues, type Tree } from "../tree/tree.ts";
import type { Field } from "./format/document.ts";

const INT32_MAX = 2147483647;
const MAX_CATEGORY = 16777215;

/** @throws {CoppiceError} INVALID_MODEL naming the field that breaks a rule; UNSUPPORTED for vector leaves */
export function decodeTree(field: Field, featureCount: number): Tree {
  const nodeCount = countNodes(field);
  const int32s = (key: string, minimum: number, maximum = INT32_MAX) => {
    const numbers = field.get(key).asIntegers(nodeCount, minimum, maximum);
    return numbers instanceof Int32Array ? numbers : new Int32Array(numbers);
  };
  const flags = (key: string) => new Uint8Array(field.get(key).asIntegers(nodeCount, 0, 1));
  const floats = (key: string) => field.get(key).asFloats(nodeCount);
  const splitType = field.find("split_type") ? flags("split_type") : new Uint8Array(nodeCount);
  const tree: Tree = {
    nodeCount,
    left: int32s("left_children", -1, nodeCount - 1),
    right: int32s("right_children", -1, nodeCount - 1),
    parent: int32s("parents", -1),
    splitFeature: new Uint32Array(field.get("split_indices").asIntegers(nodeCount, 0, INT32_MAX)),
    ...splitValues(floats("split_conditions")),
    defaultLeft: flags("default_left"),
    splitType,
    lossChange: floats("loss_changes"),
    sumHessian: floats("sum_hessian"),
    baseWeight: floats("base_weights"),
    ...decodeCategories(field, splitType),
  };
  if (tree.parent[0] === -1) tree.parent[0] = ROOT_PARENT;
  checkStructure(tree, field, featureCount);
  return tree;
}

function countNodes(field: Field): number {
  const parameters = field.find("tree_param");
  const width = parameters?.find("size_leaf_vector")?.asInteger(0) ?? 1;
  if (width > 1) field.failUnsupported(`trees with vector leaves (multi_strategy "multi_output_tree")`);
  const given = parameters?.find("num_nodes")?.asInteger(1);
  return given ?? Math.max(1, field.get("left_children").asNumbers().length);
}

/** The categories that go right, per node; in the file they stand per categorical node. */
function decodeCategories(field: Field, splitType: Uint8Array): Pick<Tree, "categories" | "categoryOffsets"> {
  const nodeCount = splitType.length;
  const categoryOffsets = new Uint32Array(nodeCount + 1);
  if (!splitType.includes(1)) return { categories: new Int32Array(0), categoryOffsets };
  const nodes = field.get("categories_nodes").asIntegers(undefined, 0, nodeCount - 1);
  const all = field.get("categories").asIntegers(undefined, 0, MAX_CATEGORY);
  const segments = field.get("categories_segments").asIntegers(nodes.length, 0, all.length);
  const sizes = field.get("categories_sizes").asIntegers(nodes.length, 0, all.length);
  const perNode: number[][] = Array.from({ length: nodeCount }, () => []);
  let total = 0;
  for (let j = 0; j < nodes.length; j++) {
    const end = segments[j] + sizes[j];
    total += sizes[j];
    if (end > all.length || total > all.length || perNode[nodes[j]].length > 0) {
      field.get("categories_segments").fail("the begins of ranges that do not overlap");
    }
    perNode[nodes[j]] = Array.from({ length: sizes[j] }, (_, i) => all[segments[j] + i]);
  }
  for (let node = 0; node < nodeCount; node++) {
    categoryOffsets[node + 1] = categoryOffsets[node] + perNode[node].length;
  }
  return { categories: Int32Array.from(perNode.flat()), categoryOffsets };
}

/** Walks from the root: what is reached must be a tree. */
function checkStructure(tree: Tree, field: Field, featureCount: number): void {
  const { left, right, parent, splitFeature } = tree;
  const isReached = new Uint8Array(tree.nodeCount);
  const fail = (key: string, node: number, rule: string, got: number) => {
    field.get(key).at(node).fail(rule, got);
  };
  const open = [0];
  const reach = (key: string, node: number, child: number) => {
    if (child === -1 || isReached[child]) fail(key, node, "a node with no other parent", child);
    if (parent[child] !== node) fail("parents", child, `the parent ${node}`, parent[child]);
    isReached[child] = 1;
    open.push(child);
  };
  isReached[0] = 1;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (left[node] === -1) {
      if (right[node] !== -1) fail("right_children", node, "-1 like the left child", right[node]);
      continue;
    }
    if (splitFeature[node] >= featureCount) {
      fail("split_indices", node, `a feature below ${featureCount}`, splitFeature[node]);
    }
    reach("left_children", node, left[node]);
    reach("right_children", node, right[node]);
  }
}
