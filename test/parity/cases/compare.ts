// Compares the trees of two models trained on the same data. Structure is children, split feature,
// split condition, default direction and categories of every node; leaf values are compared in ulps.
// Trees of a round after the first that differs rest on other margins and are not compared.

import { isLeaf, type Tree } from "../../../src/tree/tree.ts";

/** A place where two models differ first. */
export interface Difference {
  readonly kind: "structure" | "leaf";
  readonly round: number;
  /** Index of the tree in the model. */
  readonly tree: number;
  readonly node: number;
  readonly text: string;
}

export interface Comparison {
  /** The first place that differs in structure or by more than 2 ulp in a leaf value. */
  readonly difference: Difference | undefined;
  readonly hasSameStructure: boolean;
  readonly leaves: LeafCounts;
  /** Gain, cover and base weight of all compared nodes: how many are not equal bit for bit. */
  readonly statistics: { count: number; unequal: number };
}

export interface LeafCounts {
  count: number;
  equal: number;
  withinTwoUlp: number;
  beyond: number;
}

/** @param roundOffsets trees of round r are [roundOffsets[r], roundOffsets[r + 1]) */
export function compareTrees(
  ours: readonly Tree[],
  theirs: readonly Tree[],
  roundOffsets: ArrayLike<number>,
): Comparison {
  const leaves: LeafCounts = { count: 0, equal: 0, withinTwoUlp: 0, beyond: 0 };
  const statistics = { count: 0, unequal: 0 };
  let difference: Difference | undefined;
  let hasSameStructure = ours.length === theirs.length;
  if (!hasSameStructure) {
    const text = `${ours.length} trees here, ${theirs.length} there`;
    difference = { kind: "structure", round: 0, tree: 0, node: 0, text };
  }
  for (let round = 0; hasSameStructure && round + 1 < roundOffsets.length; round++) {
    for (let tree = roundOffsets[round]; tree < roundOffsets[round + 1]; tree++) {
      const place = { round, tree };
      const found = compareStructure(ours[tree], theirs[tree], place);
      if (found === undefined) {
        difference ??= compareLeaves(ours[tree], theirs[tree], place, leaves);
        compareStatistics(ours[tree], theirs[tree], statistics);
      } else {
        hasSameStructure = false;
        difference ??= found;
      }
    }
  }
  return { difference, hasSameStructure, leaves, statistics };
}

type Place = Pick<Difference, "round" | "tree">;

/** The first node in which the structures differ. */
function compareStructure(ours: Tree, theirs: Tree, place: Place): Difference | undefined {
  const common = Math.min(ours.nodeCount, theirs.nodeCount);
  for (let node = 0; node < common; node++) {
    if (!isSameNode(ours, theirs, node)) {
      const text = `${describeNode(ours, node)} here, ${describeNode(theirs, node)} there`;
      return { kind: "structure", ...place, node, text: located(place, node, text) };
    }
  }
  return undefined;
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
  // A leaf's condition is its value.
  if (!isLeaf(theirs, node) && ours.splitCondition[node] !== theirs.splitCondition[node]) return false;
  return categoriesOf(ours, node).join() === categoriesOf(theirs, node).join();
}

function categoriesOf(tree: Tree, node: number): number[] {
  return Array.from(tree.categories.subarray(tree.categoryOffsets[node], tree.categoryOffsets[node + 1]));
}

function describeNode(tree: Tree, node: number): string {
  const cover = `cover ${tree.sumHessian[node]}`;
  if (isLeaf(tree, node)) return `leaf ${tree.leafValue[node]} (${cover})`;
  const feature = `f${tree.splitFeature[node]}`;
  const test =
    tree.splitType[node] === 0
      ? `${feature} < ${tree.splitCondition[node]}`
      : `${feature} not in {${categoriesOf(tree, node).join()}}`;
  const missing = tree.defaultLeft[node] ? "left" : "right";
  const children = `children ${tree.left[node]}, ${tree.right[node]}`;
  return `${test}, missing ${missing}, gain ${tree.lossChange[node]} (${cover}, ${children})`;
}

/** Counts leaf values and returns the first that is more than 2 ulp away. */
function compareLeaves(ours: Tree, theirs: Tree, place: Place, counts: LeafCounts): Difference | undefined {
  let first: Difference | undefined;
  for (let node = 0; node < theirs.nodeCount; node++) {
    if (!isLeaf(theirs, node)) continue;
    const value = ours.leafValue[node];
    const other = theirs.leafValue[node];
    const distance = ulpDistance(value, other);
    counts.count++;
    if (Object.is(value, other)) counts.equal++;
    else if (distance <= 2) counts.withinTwoUlp++;
    else {
      counts.beyond++;
      const text = `leaf ${value} here, ${other} there (${distance} ulp)`;
      first ??= { kind: "leaf", ...place, node, text: located(place, node, text) };
    }
  }
  return first;
}

function compareStatistics(ours: Tree, theirs: Tree, counts: { count: number; unequal: number }): void {
  for (const field of ["lossChange", "sumHessian", "baseWeight"] as const) {
    for (let node = 0; node < theirs.nodeCount; node++) {
      counts.count++;
      if (!Object.is(ours[field][node], theirs[field][node])) counts.unequal++;
    }
  }
}

function located({ round, tree }: Place, node: number, text: string): string {
  return `round ${round}, tree ${tree}, node ${node}: ${text}`;
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
