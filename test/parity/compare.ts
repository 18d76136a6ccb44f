// Compares the trees of two models trained on the same data. Structure is children, split feature,
// split condition, default direction and categories of every node. Where it differs, the first
// differing node is shown with both sides' gain, and the difference counts as an exact tie when the
// gains agree within float32 rounding: each side took the best of all splits, so equal best gains
// mean that either split was as good. After a differing round nothing is comparable.

import { isLeaf, type Tree } from "../../src/tree/tree.ts";

export interface Comparison {
  /** "equal": structure the same and leaves within 2 ulp. */
  readonly verdict: "equal" | "tie" | "different";
  /** What differs first; empty when equal. */
  readonly explanation: string;
  readonly treeCount: number;
  /** Trees that were compared and have the same structure. */
  readonly sameTrees: number;
  readonly leaves: LeafCounts;
  /** Values of gain, cover and base weight in trees of the same structure, and how many are not bit-equal. */
  readonly statistics: { readonly count: number; readonly unequal: number };
}

export interface LeafCounts {
  count: number;
  equal: number;
  withinTwoUlp: number;
  beyond: number;
}

/** What decides whether two gains are equal up to rounding. */
export interface GainParams {
  readonly lambda: number;
  readonly alpha: number;
  readonly gamma: number;
}

/** XGBoost parity: a split must gain more than kRtEps. */
const smallestGain = 1e-6;

export function compareTrees(
  ours: readonly Tree[],
  theirs: readonly Tree[],
  roundOffsets: readonly number[],
  params: GainParams,
): Comparison {
  const leaves: LeafCounts = { count: 0, equal: 0, withinTwoUlp: 0, beyond: 0 };
  const statistics = { count: 0, unequal: 0 };
  const result = { treeCount: theirs.length, sameTrees: 0, leaves, statistics };
  if (ours.length !== theirs.length) {
    return { ...result, verdict: "different", explanation: `${ours.length} trees, not ${theirs.length}` };
  }
  let farLeaf = "";
  for (let round = 0; round + 1 < roundOffsets.length; round++) {
    let firstDifference: TreeDifference | undefined;
    for (let t = roundOffsets[round]; t < roundOffsets[round + 1]; t++) {
      const difference = findDifference(ours[t], theirs[t], params);
      if (difference === undefined) {
        result.sameTrees++;
        farLeaf ||= prefixed(`tree ${t}`, compareLeaves(ours[t], theirs[t], leaves));
        compareStatistics(ours[t], theirs[t], statistics);
      } else {
        firstDifference ??= { ...difference, text: `round ${round}, tree ${t}, ${difference.text}` };
      }
    }
    if (firstDifference) {
      return {
        ...result,
        verdict: firstDifference.isTie && farLeaf === "" ? "tie" : "different",
        explanation: farLeaf || firstDifference.text,
      };
    }
  }
  return { ...result, verdict: farLeaf === "" ? "equal" : "different", explanation: farLeaf };
}

interface TreeDifference {
  readonly isTie: boolean;
  readonly text: string;
}

/** The first node in which the structures differ. */
function findDifference(ours: Tree, theirs: Tree, params: GainParams): TreeDifference | undefined {
  const common = Math.min(ours.nodeCount, theirs.nodeCount);
  for (let node = 0; node < common; node++) {
    if (isSameNode(ours, theirs, node)) continue;
    return {
      isTie: isTie(ours, theirs, node, params),
      text: `node ${node}: ${describeNode(ours, node)} here, ${describeNode(theirs, node)} there`,
    };
  }
  if (ours.nodeCount === theirs.nodeCount) return undefined;
  return { isTie: false, text: `${ours.nodeCount} nodes here, ${theirs.nodeCount} there` };
}

function isSameNode(ours: Tree, theirs: Tree, node: number): boolean {
  if (
    ours.left[node] !== theirs.left[node] ||
    ours.right[node] !== theirs.right[node] ||
    ours.parent[node] !== theirs.parent[node] ||
    ours.splitFeature[node] !== theirs.splitFeature[node] ||
    ours.defaultLeft[node] !== theirs.defaultLeft[node] ||
    ours.splitType[node] !== theirs.splitType[node]
  ) {
    return false;
  }
  // A leaf's condition is its value, compared in ulps elsewhere.
  if (!isLeaf(theirs, node) && ours.splitCondition[node] !== theirs.splitCondition[node]) return false;
  return categoriesOf(ours, node).join() === categoriesOf(theirs, node).join();
}

function categoriesOf(tree: Tree, node: number): number[] {
  return Array.from(tree.categories.subarray(tree.categoryOffsets[node], tree.categoryOffsets[node + 1]));
}

/** Equal gains up to float32 rounding, or one gain equal to the smallest that may split. */
function isTie(ours: Tree, theirs: Tree, node: number, params: GainParams): boolean {
  const gain = isLeaf(ours, node) ? threshold(params) : ours.lossChange[node];
  const other = isLeaf(theirs, node) ? threshold(params) : theirs.lossChange[node];
  // The gain is a difference of scores; its rounding error is that of the larger of them.
  const tree = isLeaf(theirs, node) ? ours : theirs;
  const weight = tree.baseWeight[node];
  const score =
    weight * weight * (tree.sumHessian[node] + params.lambda) + 2 * params.alpha * Math.abs(weight);
  return Math.abs(gain - other) <= 2 ** -22 * (Math.abs(other) + 2 * score);
}

function threshold({ gamma }: GainParams): number {
  return Math.max(gamma, smallestGain);
}

function describeNode(tree: Tree, node: number): string {
  const cover = `cover ${tree.sumHessian[node]}`;
  if (isLeaf(tree, node)) return `leaf ${tree.splitCondition[node]} (${cover})`;
  const feature = `f${tree.splitFeature[node]}`;
  const test =
    tree.splitType[node] === 0
      ? `${feature} < ${tree.splitCondition[node]}`
      : `${feature} not in {${categoriesOf(tree, node).join()}}`;
  const missing = tree.defaultLeft[node] ? "left" : "right";
  const children = `children ${tree.left[node]}, ${tree.right[node]}`;
  return `${test}, missing ${missing}, gain ${tree.lossChange[node]} (${cover}, ${children})`;
}

/** Counts leaf values and returns what is wrong with the first that is more than 2 ulp away. */
function compareLeaves(ours: Tree, theirs: Tree, counts: LeafCounts): string {
  let far = "";
  for (let node = 0; node < theirs.nodeCount; node++) {
    if (!isLeaf(theirs, node)) continue;
    const value = ours.splitCondition[node];
    const other = theirs.splitCondition[node];
    const distance = ulpDistance(value, other);
    counts.count++;
    if (Object.is(value, other)) counts.equal++;
    else if (distance <= 2) counts.withinTwoUlp++;
    else {
      counts.beyond++;
      far ||= `node ${node}: leaf ${value} here, ${other} there (${distance} ulp)`;
    }
  }
  return far;
}

function compareStatistics(ours: Tree, theirs: Tree, counts: { count: number; unequal: number }): void {
  for (const field of ["lossChange", "sumHessian", "baseWeight"] as const) {
    for (let node = 0; node < theirs.nodeCount; node++) {
      counts.count++;
      if (!Object.is(ours[field][node], theirs[field][node])) counts.unequal++;
    }
  }
}

function prefixed(prefix: string, text: string): string {
  return text === "" ? "" : `${prefix}, ${text}`;
}

const floats = new Float32Array(2);
const bits = new Int32Array(floats.buffer);

/** How many float32 steps lie between two values; 0 between the two zeros. */
export function ulpDistance(a: number, b: number): number {
  floats[0] = a;
  floats[1] = b;
  const order = (raw: number) => (raw < 0 ? -(raw & 0x7fffffff) : raw);
  return Math.abs(order(bits[0]) - order(bits[1]));
}
