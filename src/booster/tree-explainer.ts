// Exact Shapley values of one tree, for the game in which an unknown feature is averaged over the rows
// of training by cover (path-dependent TreeSHAP, Lundberg et al. 2018, arXiv:1802.03888).
// The Shapley value of feature i at one leaf is
//   value * P * integral over t in [0, 1] of (p_i - 1) * product over j != i of (1 + (p_j - 1) t),
// where P is the share of rows that reach the leaf and p_j is 1 / (share that feature j's splits let
// pass) when the row itself passes them, else 0. The integrand is a polynomial, so that Gauss-Legendre
// points give the integral exactly; the sums over leaves below an edge are formed on the way back up,
// which makes the cost nodes * points per row. XGBoost 3.3 does the same with 8 points in float32.

import { nextNode, type Tree } from "../tree/tree.ts";
import { gaussLegendre } from "./quadrature.ts";

/** XGBoost parity: a child without rows counts as if it had this share. */
const MIN_SHARE = 1e-12;

/** Sums per pair of features, [stride × stride] row-major. */
export interface PairSums {
  readonly values: Float64Array;
  readonly stride: number;
}

/** Shares and expectations of a tree, and room for walking it. */
export class TreeExplainer {
  readonly tree: Tree;
  /** The leaf values with dart's weight. */
  readonly leafValues: Float32Array;
  /** The share of its parent's cover that each node has. */
  readonly shares: Float64Array;
  /** The mean leaf value below each node, by share. */
  readonly means: Float64Array;
  readonly #points: Float64Array;
  readonly #pointWeights: Float64Array;
  /** Per depth and point: the product over path features of 1 + (p - 1) t. */
  readonly #products: Float64Array;
  /** Per depth and point: the sum over the leaves below. */
  readonly #sums: Float64Array;
  /** The features that the tree splits on, and for each node the place of its feature among them. */
  readonly #features: Uint32Array;
  readonly #places: Uint32Array;
  /** p of each of these features: 1 while it is not on the path, as it then lets everything pass. */
  readonly #ratios: Float64Array;
  /** What `explain` was called with. */
  #row: Float32Array = new Float32Array(0);
  #base = 0;
  #contributions: Float64Array = new Float64Array(0);
  #interactions: PairSums | undefined;

  /**
   * @param weight dart's weight of the tree, 1 without
   */
  constructor(tree: Tree, weight = 1) {
    this.tree = tree;
    this.leafValues = tree.leafValue.map((value) => Math.fround(value * weight));
    this.shares = computeShares(tree);
    this.means = computeMeans(tree, this.shares, this.leafValues);
    this.#features = Uint32Array.from(new Set(tree.splitFeature.filter((_, node) => tree.left[node] !== -1)));
    const placeOf = new Map(Array.from(this.#features, (feature, place) => [feature, place]));
    this.#places = tree.splitFeature.map((feature) => placeOf.get(feature) ?? 0);
    this.#ratios = new Float64Array(this.#features.length).fill(1);
    const { depth, features } = measurePaths(tree);
    // A path with m features gives a polynomial of degree m - 1.
    const { points, weights } = gaussLegendre(Math.max(1, Math.ceil(features / 2)));
    this.#points = points;
    this.#pointWeights = weights;
    this.#products = new Float64Array((depth + 1) * points.length).fill(1, 0, points.length);
    this.#sums = new Float64Array((depth + 1) * points.length);
  }

  /**
   * Adds the contribution of every feature to `contributions[feature]`, and, where `interactions` are
   * given, those of every pair of features, [stride × stride] row-major, half of it in either order.
   *
   * @param values the row lies at values[base + feature]
   */
  explain(values: Float32Array, base: number, contributions: Float64Array, interactions?: PairSums): void {
    this.#row = values;
    this.#base = base;
    this.#contributions = contributions;
    this.#interactions = interactions;
    this.#walk(0, 0, 1);
  }

  /** Visits the subtree of `node`, whose leaves' sums it leaves in #sums at `depth`. */
  #walk(node: number, depth: number, share: number): void {
    const { left, right, splitFeature } = this.tree;
    const sums = this.#sums;
    const products = this.#products;
    const begin = depth * this.#points.length;
    const end = begin + this.#points.length;
    if (left[node] === -1) {
      const value = this.leafValues[node] * share;
      for (let k = begin; k < end; k++) sums[k] = products[k] * value;
      if (this.#interactions) this.#addPairs(begin, this.#interactions);
      return;
    }
    const next = nextNode(this.tree, node, this.#row[this.#base + splitFeature[node]]);
    const place = this.#places[node];
    for (let k = begin; k < end; k++) sums[k] = 0;
    const gained =
      this.#enter(left[node], left[node] === next, depth, share, place) +
      this.#enter(right[node], right[node] === next, depth, share, place);
    this.#contributions[splitFeature[node]] += gained;
  }

  /**
   * Visits a child: the feature at `place`, on whose edge it lies, gets a new ratio meanwhile. Adds the
   * child's sums to those of its parent and returns what they give to the feature.
   */
  #enter(child: number, isTaken: boolean, depth: number, share: number, place: number): number {
    const oldRatio = this.#ratios[place];
    const passed = this.shares[child];
    const ratio = isTaken ? oldRatio / passed : 0;
    const own = depth * this.#points.length;
    if (oldRatio === 1 && this.tree.left[child] === -1 && !this.#interactions) {
      return this.#gatherLeaf(child, own, share * passed, ratio);
    }
    const below = own + this.#points.length;
    this.#ratios[place] = ratio;
    this.#multiply(own, below, ratio, oldRatio);
    this.#walk(child, depth + 1, share * passed);
    this.#ratios[place] = oldRatio;
    return this.#gather(own, below, ratio, oldRatio);
  }

  /** Like #multiply, #walk and #gather of a leaf below a new feature, whose factor then cancels. */
  #gatherLeaf(leaf: number, own: number, share: number, ratio: number): number {
    const points = this.#points;
    const products = this.#products;
    const value = this.leafValues[leaf] * share;
    let gained = 0;
    for (let k = 0; k < points.length; k++) {
      const sum = products[own + k] * value;
      this.#sums[own + k] += sum * (1 + (ratio - 1) * points[k]);
      gained += this.#pointWeights[k] * sum;
    }
    return (ratio - 1) * gained;
  }

  /** The products of a child: the feature's factor replaced by that of its new ratio. */
  #multiply(own: number, below: number, ratio: number, oldRatio: number): void {
    const points = this.#points;
    const products = this.#products;
    for (let k = 0; k < points.length; k++) {
      const factor = 1 + (ratio - 1) * points[k];
      // A feature that is new on the path has the factor 1; dividing by it would be half of all the work.
      const product =
        oldRatio === 1 ? products[own + k] : products[own + k] / (1 + (oldRatio - 1) * points[k]);
      products[below + k] = product * factor;
    }
  }

  /**
   * Adds the child's sums to the node's and returns what they add to the feature: leaves below count
   * with the new ratio, and no longer with the old one.
   */
  #gather(own: number, below: number, ratio: number, oldRatio: number): number {
    const points = this.#points;
    const weights = this.#pointWeights;
    const sums = this.#sums;
    let gained = 0;
    let lost = 0;
    for (let k = 0; k < points.length; k++) {
      const sum = sums[below + k];
      sums[own + k] += sum;
      gained += (weights[k] * sum) / (1 + (ratio - 1) * points[k]);
      if (oldRatio !== 1) lost += (weights[k] * sum) / (1 + (oldRatio - 1) * points[k]);
    }
    return (ratio - 1) * gained - (oldRatio - 1) * lost;
  }

  /** Adds the Shapley interaction values of one leaf, for all pairs of features on its path. */
  #addPairs(own: number, { values, stride }: PairSums): void {
    const ratios = this.#ratios;
    const points = this.#points;
    // A ratio of 1 means that the feature is not on the path, or changes nothing there.
    const places = [...ratios.keys()].filter((place) => ratios[place] !== 1);
    for (const a of places) {
      for (const b of places) {
        if (b >= a) break;
        let total = 0;
        for (let k = 0; k < points.length; k++) {
          const first = (ratios[a] - 1) / (1 + (ratios[a] - 1) * points[k]);
          const second = (ratios[b] - 1) / (1 + (ratios[b] - 1) * points[k]);
          total += this.#pointWeights[k] * this.#sums[own + k] * first * second;
        }
        values[this.#features[a] * stride + this.#features[b]] += total / 2;
        values[this.#features[b] * stride + this.#features[a]] += total / 2;
      }
    }
  }
}

/** XGBoost parity: without any cover both children count alike. */
function computeShares(tree: Tree): Float64Array {
  const shares = new Float64Array(tree.nodeCount).fill(1);
  for (let node = 0; node < tree.nodeCount; node++) {
    if (tree.left[node] === -1) continue;
    const cover = tree.sumHessian[node];
    for (const child of [tree.left[node], tree.right[node]]) {
      shares[child] = cover > 0 ? Math.max(tree.sumHessian[child] / cover, MIN_SHARE) : 0.5;
    }
  }
  return shares;
}

function computeMeans(tree: Tree, shares: Float64Array, leafValues: Float32Array): Float64Array {
  const means = new Float64Array(tree.nodeCount);
  // Children before their parents; their numbers need not be larger in files from elsewhere.
  for (const node of nodesFromRoot(tree).reverse()) {
    const left = tree.left[node];
    const right = tree.right[node];
    means[node] = left === -1 ? leafValues[node] : means[left] * shares[left] + means[right] * shares[right];
  }
  return means;
}

function nodesFromRoot(tree: Tree): number[] {
  const nodes = [0];
  for (let i = 0; i < nodes.length; i++) {
    if (tree.left[nodes[i]] !== -1) nodes.push(tree.left[nodes[i]], tree.right[nodes[i]]);
  }
  return nodes;
}

/** The length of the longest path, and the most different features on any. */
function measurePaths(tree: Tree): { depth: number; features: number } {
  let depth = 0;
  let features = 0;
  const path: number[] = [];
  const visit = (node: number, level: number) => {
    depth = Math.max(depth, level);
    features = Math.max(features, path.length);
    if (tree.left[node] === -1) return;
    const isNew = !path.includes(tree.splitFeature[node]);
    if (isNew) path.push(tree.splitFeature[node]);
    visit(tree.left[node], level + 1);
    visit(tree.right[node], level + 1);
    if (isNew) path.pop();
  };
  visit(0, 0);
  return { depth, features };
}
