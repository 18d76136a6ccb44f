// Explains where two models differ first, from the gains there and the gradients of that round.
// A tie: both sides' gains agree within the float32 rounding of the scores of which a gain is the
// difference; each side took the best of all splits, so neither split is better. Overflow: XGBoost's own
// value is not a number, because training diverged. Noise: the difference lies within the error of
// float64 sums, such as a child whose whole cover is that small; it takes hessians many orders of
// magnitude apart, and mostly min_child_weight 0.

import type { Booster } from "../../../src/booster/booster.ts";
import { createObjective } from "../../../src/objective/registry.ts";
import { isLeaf, type Tree } from "../../../src/tree/tree.ts";
import type { Table, XGBoostParams } from "../xgboost.ts";
import { type Difference, ulpDistance } from "./compare.ts";
import { toDMatrix } from "./train-both.ts";

export type Explanation = "tie" | "overflow" | "noise" | "unexplained";

export interface Trained {
  readonly table: Table;
  readonly params: XGBoostParams;
  readonly ours: Booster;
}

/** Absolute error bounds of a sum of gradients and of hessians. */
interface SumError {
  readonly gradient: number;
  readonly hessian: number;
}

/** XGBoost parity: a split must gain more than kRtEps. */
const leastGain = 1e-6;

export function explainDifference(
  trained: Trained,
  theirs: readonly Tree[],
  difference: Difference,
): Explanation {
  const { params, ours } = trained;
  const pair: TreePair = {
    ours: ours.model.trees[difference.tree],
    theirs: theirs[difference.tree],
    node: difference.node,
    lambda: (params.lambda as number | undefined) ?? 1,
    alpha: (params.alpha as number | undefined) ?? 0,
    gamma: (params.gamma as number | undefined) ?? 0,
    eta: ((params.eta as number | undefined) ?? 0.3) / ours.model.numParallelTree,
  };
  if (pair.ours === undefined || pair.theirs === undefined) return "unexplained";
  if (hasNaN(pair.theirs)) return "overflow";
  if (difference.kind === "structure" && isTie(pair, 0)) return "tie";
  const error = sumError(trained, difference.round);
  return isNoise(pair, difference.kind, error) ? "noise" : "unexplained";
}

interface TreePair {
  readonly ours: Tree;
  readonly theirs: Tree;
  readonly node: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly gamma: number;
  readonly eta: number;
}

function hasNaN(tree: Tree): boolean {
  return tree.splitCondition.some(Number.isNaN) || tree.sumHessian.some((cover) => !Number.isFinite(cover));
}

/** Whether both sides' gains at the node are equal up to rounding and `slack`. */
function isTie(pair: TreePair, slack: number): boolean {
  const { ours, theirs, node, lambda, alpha, gamma } = pair;
  const threshold = Math.max(gamma, leastGain);
  const gain = isLeaf(ours, node) ? threshold : ours.lossChange[node];
  const other = isLeaf(theirs, node) ? threshold : theirs.lossChange[node];
  const tree = isLeaf(theirs, node) ? ours : theirs;
  if (isLeaf(tree, node)) return false;
  const weight = tree.baseWeight[node];
  const score = weight * weight * (tree.sumHessian[node] + lambda) + 2 * alpha * Math.abs(weight);
  return Math.abs(gain - other) <= 2 ** -22 * (Math.abs(other) + 2 * score) + slack;
}

function isNoise(pair: TreePair, kind: Difference["kind"], error: SumError): boolean {
  const { ours, theirs, node } = pair;
  if (kind === "leaf") {
    const value = ours.leafValue[node];
    const other = theirs.leafValue[node];
    const cover = Math.max(0, theirs.sumHessian[node] - error.hessian) + pair.lambda;
    const weight = Math.abs(other) / pair.eta;
    const change = (pair.eta * (error.gradient + weight * error.hessian)) / cover;
    return Math.abs(value - other) <= change || ulpDistance(value, other) <= 2;
  }
  let slack = 0;
  for (const tree of [ours, theirs]) {
    if (isLeaf(tree, node)) continue;
    for (const child of [tree.left[node], tree.right[node]]) {
      if (tree.sumHessian[child] <= error.hessian) return true;
      const weight = isLeaf(tree, child) ? tree.leafValue[child] / pair.eta : tree.baseWeight[child];
      slack += 2 * Math.abs(weight) * error.gradient + weight * weight * error.hessian;
    }
  }
  return isTie(pair, slack);
}

/**
 * XGBoost adds n terms, each addition rounded to 2^-53 of the sum; ours are rounded once, to 2^-53 of n
 * times the largest. Either way the sum is off by at most n * 2^-53 of n times the largest.
 */
function sumError(trained: Trained, round: number): SumError {
  const gradients = gradientsBefore(trained, round);
  let gradient = 0;
  let hessian = 0;
  for (let i = 0; i < gradients.length; i += 2) {
    gradient = Math.max(gradient, Math.abs(gradients[i]));
    hessian = Math.max(hessian, gradients[i + 1]);
  }
  const factor = trained.table.rows ** 2 * 2 ** -53;
  return { gradient: gradient * factor, hessian: hessian * factor };
}

/** The gradients of a round, [groupCount × rows] pairs. */
function gradientsBefore({ table, params, ours }: Trained, round: number): Float32Array {
  const { rows } = table;
  const { groupCount, objective: description } = ours.model;
  const margins = new Float32Array(groupCount * rows);
  ours.predict(toDMatrix(table), { kind: "margin", rounds: [0, round] }).forEach((margin, i) => {
    margins[(i % groupCount) * rows + Math.floor(i / groupCount)] = margin;
  });
  const objective = createObjective(description.name, {
    numClass: params.num_class,
    scalePosWeight: params.scale_pos_weight,
    tweedieVariancePower: params.tweedie_variance_power,
    huberSlope: params.huber_slope,
    maxDeltaStep: params.max_delta_step,
  });
  const gradients = new Float32Array(2 * margins.length);
  const labels = { rowCount: rows, label: table.label!, weight: table.weight };
  objective.computeGradients(margins, labels, 0, rows, gradients);
  return gradients;
}
