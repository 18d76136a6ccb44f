// Reads the compact form of a model, see compact-layout.ts: the arrays of the trees are views of the bytes.

import { CoppiceError } from "../../core/errors.ts";
import { splitValues, type Tree } from "../../tree/tree.ts";
import type { Model } from "../model.ts";
import {
  type CompactArrays,
  type CompactHeader,
  checksum,
  MAGIC,
  PREFIX_BYTES,
  placeArrays,
} from "./compact-layout.ts";

/**
 * The model of a compact form. The bytes are used without copying where they begin on a whole word; do not
 * change them afterwards.
 *
 * @throws {CoppiceError} INVALID_MODEL when they are of another form or version, cut off or altered
 */
export function readCompactModel(given: Uint8Array): Model {
  const isAligned = given.byteOffset % 4 === 0 && given.buffer instanceof ArrayBuffer;
  // Node's Buffer is a Uint8Array whose `slice` does not copy.
  const bytes = isAligned ? given : new Uint8Array(given);
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) {
    refuse(bytes.length < MAGIC.length ? "it is too short" : "it begins otherwise (version 1 is read)");
  }
  if (bytes.length % 4 !== 0 || bytes.length < PREFIX_BYTES) refuse("it is cut off");
  const buffer = bytes.buffer as ArrayBuffer;
  const [sum, headerBytes] = new Uint32Array(buffer, bytes.byteOffset + 8, 2);
  if (checksum(new Uint32Array(buffer, bytes.byteOffset + 12, bytes.length / 4 - 3)) !== sum) {
    refuse("its checksum differs, so it is cut off or altered");
  }
  const begin = PREFIX_BYTES + headerBytes;
  const text = new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, begin));
  const header = JSON.parse(text) as CompactHeader;
  const end = placeArrays(header, undefined, begin).endBytes;
  if (end !== bytes.length) refuse(`it must have ${end} bytes, got ${bytes.length}`);
  return modelOf(header, placeArrays(header, buffer, bytes.byteOffset + begin));
}

function refuse(reason: string): never {
  throw new CoppiceError("INVALID_MODEL", `not a compact model: ${reason}`);
}

function modelOf(header: CompactHeader, arrays: CompactArrays): Model {
  const { nodeCounts, categoryTypes, roundCount, objectiveArrays, ...rest } = header;
  const { baseScoreCount, categoryCount, hasTreeWeights, linearWeightCount, objective, ...known } = rest;
  const named = objectiveArrays.map(([name], i) => [name, arrays.objectiveArrays[i]] as const);
  return {
    ...known,
    ...(categoryTypes ? { categoryTypes: Uint8Array.from(categoryTypes) } : {}),
    objective: named.length > 0 ? { ...objective, arrays: Object.fromEntries(named) } : objective,
    baseScore: arrays.baseScore,
    trees: treesOf(header, arrays),
    treeGroup: arrays.treeGroup,
    roundOffsets: arrays.roundOffsets,
    treeWeights: hasTreeWeights ? arrays.treeWeights : null,
    linearWeights: linearWeightCount === null ? null : arrays.linearWeights,
  };
}

function treesOf({ nodeCounts, featureCount }: CompactHeader, arrays: CompactArrays): Tree[] {
  let node = 0;
  let category = 0;
  return nodeCounts.map((nodeCount, t) => {
    const end = node + nodeCount;
    const categoryOffsets = arrays.categoryOffsets.subarray(node + t, end + t + 1);
    const categoryEnd = category + categoryOffsets[nodeCount];
    const tree: Tree = {
      nodeCount,
      left: arrays.left.subarray(node, end),
      right: arrays.right.subarray(node, end),
      parent: arrays.parent.subarray(node, end),
      splitFeature: arrays.splitFeature.subarray(node, end),
      ...splitValues(arrays.splitCondition.subarray(node, end)),
      defaultLeft: arrays.defaultLeft.subarray(node, end),
      splitType: arrays.splitType.subarray(node, end),
      lossChange: arrays.lossChange.subarray(node, end),
      sumHessian: arrays.sumHessian.subarray(node, end),
      baseWeight: arrays.baseWeight.subarray(node, end),
      categories: arrays.categories.subarray(category, categoryEnd),
      categoryOffsets,
    };
    node = end;
    category = categoryEnd;
    checkStructure(tree, featureCount, t);
    return tree;
  });
}

/** What prediction relies on: from the root on, children are nodes, each of one parent. */
function checkStructure(
  { left, right, parent, splitFeature, nodeCount }: Tree,
  features: number,
  t: number,
): void {
  const open = [0];
  let reached = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const l = left[node];
    const r = right[node];
    // A node that is reached twice has, one of the two times, another parent than it says.
    if (++reached > nodeCount) refuse(`the nodes of tree ${t} are no tree`);
    if (l === -1) continue;
    if (l === r || parent[l] !== node || parent[r] !== node || splitFeature[node] >= features) {
      refuse(`node ${node} of tree ${t} has wrong children or a wrong feature`);
    }
    open.push(l, r);
  }
}
