// Grows one tree from raw values with plain objects, following sections 4.6 to 4.8 of XGBoost's rules: every
// node lists its rows, every split is searched from them anew, and the next nodes to split are found by
// looking at all leaves. Slow, for tables of a few hundred rows.

import type { Tree } from "../../src/tree/tree.ts";
import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import { type Bounds, naiveGain, naiveWeight, type Sums, unbounded } from "./naive-gain.ts";
import { findNaiveSplit, goesLeft, type NaiveSplit, sumRows } from "./naive-split.ts";
import type { PlainTable } from "./plain-table.ts";

const fround = Math.fround;

/** One node of a tree; a leaf has no children and its value in `condition`. */
export interface PlainNode {
  id: number;
  parent: number;
  left: number;
  right: number;
  feature: number;
  condition: number;
  defaultLeft: boolean;
  categories: readonly number[];
  gain: number;
  cover: number;
  baseWeight: number;
}

interface GrowingNode extends PlainNode {
  rows: readonly number[];
  depth: number;
  sums: Sums;
  bounds: Bounds;
  path: readonly number[];
  rootGain: number;
  split: NaiveSplit | null;
}

export class NaiveGrower {
  readonly #table: PlainTable;
  readonly #gradients: Float32Array;
  readonly #parameters: TreeParameters;
  readonly #eta: number;
  readonly #nodes: GrowingNode[] = [];

  constructor(table: PlainTable, gradients: Float32Array, parameters: TreeParameters) {
    this.#table = table;
    this.#gradients = gradients;
    this.#parameters = parameters;
    this.#eta = fround(fround(parameters.eta) / parameters.numParallelTree);
  }

  grow(): PlainNode[] {
    const rows = [...this.#table.rows.keys()];
    const sums = sumRows(this.#gradients, rows);
    const root = this.#addNode(-1, rows, 0, sums, unbounded, []);
    root.condition = fround(this.#eta * root.baseWeight);
    for (let next = this.#nextNodes(); next.length > 0; next = this.#nextNodes()) {
      for (const node of next) if (this.#leafCount() < this.#leafLimit()) this.#split(node);
    }
    return this.#nodes.map(({ id, parent, left, right, feature, condition, ...rest }) => {
      const { defaultLeft, categories, gain, cover, baseWeight } = rest;
      return {
        id,
        parent,
        left,
        right,
        feature,
        condition,
        defaultLeft,
        categories,
        gain,
        cover,
        baseWeight,
      };
    });
  }

  #leafCount(): number {
    return this.#nodes.filter((node) => node.left < 0).length;
  }

  #leafLimit(): number {
    return this.#parameters.maxLeaves || Infinity;
  }

  /** The shallowest level of leaves that split, in order of ids; under lossguide the best leaf. */
  #nextNodes(): GrowingNode[] {
    const open = this.#nodes.filter((node) => node.left < 0 && node.split !== null);
    if (this.#leafCount() >= this.#leafLimit()) return [];
    if (this.#parameters.growPolicy === "depthwise") {
      const shallowest = Math.min(...open.map((node) => node.depth));
      return open.filter((node) => node.depth === shallowest);
    }
    return open.sort((a, b) => b.split!.gain - a.split!.gain || a.id - b.id).slice(0, 1);
  }

  #addNode(
    parent: number,
    rows: readonly number[],
    depth: number,
    sums: Sums,
    bounds: Bounds,
    path: readonly number[],
  ): GrowingNode {
    const weight = naiveWeight(sums, this.#parameters, bounds);
    const node: GrowingNode = {
      id: this.#nodes.length,
      parent,
      left: -1,
      right: -1,
      feature: 0,
      condition: fround(weight * this.#eta),
      defaultLeft: false,
      categories: [],
      gain: 0,
      cover: fround(sums.hess),
      baseWeight: weight,
      rows,
      depth,
      sums,
      bounds,
      path,
      rootGain: naiveGain(sums, weight, this.#parameters),
      split: null,
    };
    this.#nodes.push(node);
    if (depth === 0) this.#seekSplit(node);
    else node.baseWeight = node.condition;
    return node;
  }

  #seekSplit(node: GrowingNode): void {
    const { maxDepth, gamma } = this.#parameters;
    if (maxDepth > 0 && node.depth >= maxDepth) return;
    const search = { ...node, table: this.#table, gradients: this.#gradients };
    const split = findNaiveSplit(search, this.#allowedFeatures(node.path), this.#parameters);
    if (split === null || split.gain <= fround(1e-6) || split.gain < fround(gamma)) return;
    node.split = split;
  }

  #allowedFeatures(path: readonly number[]): number[] {
    const all = [...this.#table.cuts.keys()];
    const sets = this.#parameters.interactionConstraints;
    if (sets === undefined || path.length === 0) return all;
    const containing = sets.filter((set) => path.every((f) => set.includes(f)));
    return all.filter((f) => path.includes(f) || containing.some((set) => set.includes(f)));
  }

  #split(node: GrowingNode): void {
    const split = node.split!;
    const { left, right, feature } = split;
    const isLeft = (row: number) => goesLeft(split, this.#table.rows[row][feature]);
    const weights = [left, right].map((sums) => naiveWeight(sums, this.#parameters, node.bounds));
    const path = [...node.path, feature];
    const add = (side: boolean, sums: Sums) =>
      this.#addNode(
        node.id,
        node.rows.filter((row) => isLeft(row) === side),
        node.depth + 1,
        sums,
        node.bounds,
        path,
      );
    const children = [add(true, left), add(false, right)];
    const middle = fround(fround(weights[0] + weights[1]) / 2);
    const direction = this.#parameters.monotoneConstraints?.[feature] ?? 0;
    children.forEach((child, i) => {
      const isLow = direction > 0 === (i === 0);
      if (direction !== 0) child.bounds = { ...node.bounds, [isLow ? "upper" : "lower"]: middle };
      this.#seekSplit(child);
    });
    const cover = left.hess + right.hess;
    Object.assign(node, {
      left: children[0].id,
      right: children[1].id,
      feature,
      condition: split.condition,
      defaultLeft: split.defaultLeft,
      categories: split.categories ?? [],
      gain: split.gain,
      cover: fround(cover),
      baseWeight: naiveWeight({ grad: left.grad + right.grad, hess: cover }, this.#parameters, node.bounds),
    });
  }
}

/** A tree as plain nodes, to be compared with what `NaiveGrower` grows. */
export function plainNodes(tree: Tree): PlainNode[] {
  return Array.from({ length: tree.nodeCount }, (_, id) => ({
    id,
    parent: id === 0 ? -1 : tree.parent[id],
    left: tree.left[id],
    right: tree.right[id],
    feature: tree.splitFeature[id],
    condition: tree.splitCondition[id],
    defaultLeft: tree.defaultLeft[id] === 1,
    categories: Array.from(tree.categories.subarray(tree.categoryOffsets[id], tree.categoryOffsets[id + 1])),
    gain: tree.lossChange[id],
    cover: tree.sumHessian[id],
    baseWeight: tree.baseWeight[id],
  }));
}
