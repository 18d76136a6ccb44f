// Grows the trees of one round, one per group, level by level together. All decisions are made here;
// rows and histograms live in the backend.

import { ExpandQueue } from "./expand-queue.ts";
import { FeatureSets } from "./feature-sets.ts";
import { GainEvaluator, MAX_FLOAT } from "./gain.ts";
import { GrowNode, type SplitNode } from "./grow-node.ts";
import { ROOT_PARENT, type Tree } from "./tree.ts";
import type { GrownLeaf, TreeBackend } from "./tree-backend.ts";
import { TreeBuilder } from "./tree-builder.ts";
import type { TreeParameters } from "./tree-parameters.ts";

const fround = Math.fround;

/** The table's columns as far as growing is concerned. */
export interface FeatureInfo {
  readonly featureCount: number;
  readonly featureWeights?: Float32Array | undefined;
}

/** One tree while it grows. */
class GrowingTree {
  readonly builder = new TreeBuilder();
  readonly queue: ExpandQueue;
  readonly features: FeatureSets;
  /** The nodes that are leaves as things stand, by id. */
  readonly leaves = new Map<number, GrowNode>();

  constructor(queue: ExpandQueue, features: FeatureSets) {
    this.queue = queue;
    this.features = features;
  }
}

/** Grows trees under fixed parameters. */
export class Grower {
  readonly #parameters: TreeParameters;
  readonly #evaluator: GainEvaluator;
  readonly #info: FeatureInfo;
  readonly #backend: TreeBackend;
  readonly #eta: number;

  constructor(parameters: TreeParameters, info: FeatureInfo, backend: TreeBackend) {
    this.#parameters = parameters;
    this.#evaluator = new GainEvaluator(parameters);
    this.#info = info;
    this.#backend = backend;
    // XGBoost parity: the trees of a forest share the learning rate, divided in float32.
    this.#eta = fround(fround(parameters.eta) / parameters.numParallelTree);
  }

  /**
   * Fits one round to the gradients at the backend's margins and adds the new trees' leaf values to them.
   *
   * @returns the trees group by group, in a group numParallelTree of them
   */
  async growRound(round: number, groupCount: number): Promise<Tree[]> {
    const { numParallelTree } = this.#parameters;
    await this.#backend.startRound();
    const trees: Tree[] = new Array(groupCount * numParallelTree);
    for (let parallelTree = 0; parallelTree < numParallelTree; parallelTree++) {
      const grown = await this.#growTogether(round, groupCount, parallelTree);
      grown.forEach((tree, group) => {
        trees[group * numParallelTree + parallelTree] = tree;
      });
    }
    return trees;
  }

  async #growTogether(round: number, groupCount: number, parallelTree: number): Promise<Tree[]> {
    const backend = this.#backend;
    const rootSums = await backend.startTrees(round, parallelTree);
    const trees: GrowingTree[] = [];
    const roots: GrowNode[] = [];
    for (let group = 0; group < groupCount; group++) {
      const tree = new GrowingTree(
        new ExpandQueue(this.#parameters),
        this.#featureSets(round, group, parallelTree),
      );
      trees.push(tree);
      roots.push(this.#plantRoot(tree, group, rootSums[2 * group], rootSums[2 * group + 1]));
    }
    await backend.evaluateRoots(roots);
    for (const root of roots) trees[root.group].queue.push(root);
    for (;;) {
      const batch = trees.flatMap((tree) => tree.queue.popBatch());
      if (batch.length === 0) break;
      await this.#expand(trees, batch);
    }
    const leaves: GrownLeaf[] = trees.flatMap((tree) =>
      Array.from(tree.leaves.values(), (node) => ({ node, leafValue: tree.builder.leafValue(node.id) })),
    );
    await backend.addLeafValues(leaves);
    for (const { node } of leaves) backend.release(node);
    return trees.map((tree) => tree.builder.build());
  }

  #featureSets(round: number, group: number, parallelTree: number): FeatureSets {
    const tree = group * this.#parameters.numParallelTree + parallelTree;
    const { featureCount, featureWeights } = this.#info;
    return new FeatureSets(this.#parameters, featureCount, featureWeights, round, tree);
  }

  #plantRoot(tree: GrowingTree, group: number, sumGrad: number, sumHess: number): GrowNode {
    const evaluator = this.#evaluator;
    const weight = evaluator.weight(sumGrad, sumHess, -MAX_FLOAT, MAX_FLOAT);
    const rootGain = evaluator.gain(sumGrad, sumHess, weight);
    const root = new GrowNode({ evaluator, group, id: 0, depth: 0, sumGrad, sumHess, rootGain });
    // XGBoost parity: the base weight of a root is not scaled by eta, its leaf value is.
    tree.builder.addLeaf(ROOT_PARENT, fround(this.#eta * weight), weight, fround(sumHess));
    tree.leaves.set(0, root);
    root.features = tree.features.ofNode(0, 0, root.path);
    return root;
  }

  /** Splits the nodes of a batch and seeks the splits of those children that may be split in turn. */
  async #expand(trees: readonly GrowingTree[], batch: readonly GrowNode[]): Promise<void> {
    const backend = this.#backend;
    const splits = batch.map((node) => this.#splitNode(trees[node.group], node));
    await backend.applySplits(splits);
    const isOpen = ({ node }: SplitNode) => trees[node.group].queue.mayExpand(node.depth + 1);
    const open = splits.filter(isOpen);
    for (const { left, right } of open) {
      const { features } = trees[left.group];
      left.features = features.ofNode(left.id, left.depth, left.path);
      right.features = features.ofNode(right.id, right.depth, right.path);
    }
    for (const split of splits) if (!open.includes(split)) backend.release(split.node);
    await backend.evaluateChildren(open);
    for (const { left, right } of open) {
      for (const child of [left, right]) {
        if (!trees[child.group].queue.push(child)) backend.release(child);
      }
    }
  }

  /** Makes a node inner and adds its two leaves. */
  #splitNode(tree: GrowingTree, node: GrowNode): SplitNode {
    const evaluator = this.#evaluator;
    const { builder, leaves } = tree;
    const { split, lower, upper } = node;
    const leftWeight = evaluator.weight(split.leftGrad, split.leftHess, lower, upper);
    const rightWeight = evaluator.weight(split.rightGrad, split.rightHess, lower, upper);
    const cover = split.leftHess + split.rightHess;
    const left = this.#addChild(tree, node, split.leftGrad, split.leftHess, leftWeight);
    const right = this.#addChild(tree, node, split.rightGrad, split.rightHess, rightWeight);
    builder.splitLeaf(node.id, {
      left: left.id,
      right: right.id,
      splitFeature: split.feature,
      splitCondition: split.condition,
      defaultLeft: split.defaultLeft,
      categories: split.categories,
      lossChange: split.gain,
      sumHessian: fround(cover),
      baseWeight: evaluator.weight(split.leftGrad + split.rightGrad, cover, lower, upper),
    });
    this.#narrowBounds(split.feature, leftWeight, rightWeight, left, right);
    leaves.delete(node.id);
    leaves.set(left.id, left).set(right.id, right);
    return { node, left, right };
  }

  #addChild(tree: GrowingTree, parent: GrowNode, sumGrad: number, sumHess: number, weight: number): GrowNode {
    const evaluator = this.#evaluator;
    const leafValue = fround(weight * this.#eta);
    // XGBoost parity: a leaf's base weight is its scaled value, its gain uses the parent's bounds.
    const id = tree.builder.addLeaf(parent.id, leafValue, leafValue, fround(sumHess));
    const rootGain = evaluator.gain(sumGrad, sumHess, weight);
    const { group, depth } = parent;
    const child = new GrowNode({ evaluator, group, id, depth: depth + 1, sumGrad, sumHess, rootGain });
    child.lower = parent.lower;
    child.upper = parent.upper;
    const { feature } = parent.split;
    child.path = parent.path.includes(feature) ? parent.path : [...parent.path, feature];
    return child;
  }

  /** Keeps the subtrees of a monotone split on their side of the middle between the two weights. */
  #narrowBounds(
    feature: number,
    leftWeight: number,
    rightWeight: number,
    left: GrowNode,
    right: GrowNode,
  ): void {
    const direction = this.#evaluator.monotoneOf(feature);
    if (direction === 0) return;
    const middle = fround(fround(leftWeight + rightWeight) / 2);
    const [low, high] = direction > 0 ? [left, right] : [right, left];
    low.upper = middle;
    high.lower = middle;
  }
}
