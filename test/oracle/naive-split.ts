// The best split of a set of rows, found from their raw values: every candidate of XGBoost's rules
// (sections 4.3 to 4.5) is tried by adding up the rows on either side anew. No bins, no histograms, no
// running sums; the order of candidates is the tie rule, since a later one must be strictly better.

import type { TreeParameters } from "../../src/tree/tree-parameters.ts";
import {
  addSums,
  type Bounds,
  naiveSplitGain,
  naiveWeight,
  type Sums,
  subtractSums,
  unbounded,
} from "./naive-gain.ts";
import type { PlainTable } from "./plain-table.ts";

const fround = Math.fround;

export interface NaiveSplit {
  readonly gain: number;
  readonly feature: number;
  readonly condition: number;
  readonly defaultLeft: boolean;
  /** Codes that go right, ascending; null for a numeric split. */
  readonly categories: readonly number[] | null;
  readonly left: Sums;
  readonly right: Sums;
}

/** What the search looks at: some rows of a table with their (gradient, hessian) pairs. */
export interface NaiveNode {
  readonly table: PlainTable;
  readonly gradients: Float32Array;
  readonly rows: readonly number[];
  readonly sums: Sums;
  readonly rootGain: number;
  readonly bounds: Bounds;
}

export function sumRows(gradients: Float32Array, rows: readonly number[]): Sums {
  let grad = 0;
  let hess = 0;
  for (const row of rows) {
    grad += gradients[2 * row];
    hess += gradients[2 * row + 1];
  }
  return { grad, hess };
}

/** Whether a row goes left at a split. */
export function goesLeft(split: NaiveSplit, value: number): boolean {
  if (Number.isNaN(value)) return split.defaultLeft;
  return split.categories === null ? value < split.condition : !split.categories.includes(value);
}

/** The best split over `features`, which are ascending; null when none gains. */
export function findNaiveSplit(
  node: NaiveNode,
  features: readonly number[],
  parameters: TreeParameters,
): NaiveSplit | null {
  let best: NaiveSplit | null = null;
  for (const feature of features) {
    for (const candidate of candidatesOf(node, feature, parameters)) {
      const total = naiveSplitGain(feature, candidate.left, candidate.right, parameters, node.bounds);
      const gain = fround(total - node.rootGain);
      if (Number.isFinite(gain) && gain > (best?.gain ?? 0)) best = { ...candidate, gain };
    }
  }
  return best;
}

function candidatesOf(node: NaiveNode, feature: number, parameters: TreeParameters): NaiveSplit[] {
  const { table } = node;
  if (!table.isCategorical[feature]) return numericCandidates(node, feature);
  const isOneHot = table.cuts[feature].length < parameters.maxCatToOnehot;
  return isOneHot ? oneHotCandidates(node, feature) : partitionCandidates(node, feature, parameters);
}

/** A candidate with the sums of its sides, which are added up from the rows. */
function makeCandidate(
  node: NaiveNode,
  feature: number,
  condition: number,
  defaultLeft: boolean,
  categories: readonly number[] | null,
): NaiveSplit {
  const sides = { gain: 0, feature, condition, defaultLeft, categories, left: node.sums, right: node.sums };
  const { table, gradients, rows } = node;
  const left = sumRows(
    gradients,
    rows.filter((row) => goesLeft(sides, table.rows[row][feature])),
  );
  return { ...sides, left, right: subtractSums(node.sums, left) };
}

function numericCandidates(node: NaiveNode, feature: number): NaiveSplit[] {
  const cuts = node.table.cuts[feature];
  const forward = cuts.map((cut) => makeCandidate(node, feature, cut, false, null));
  const present = presentSums(node, feature);
  const hasMissing = present.grad !== node.sums.grad || present.hess !== node.sums.hess;
  if (!hasMissing) return forward;
  const lowerBounds = [-Infinity, ...cuts.slice(0, -1)].reverse();
  return [...forward, ...lowerBounds.map((cut) => makeCandidate(node, feature, cut, true, null))];
}

function presentSums({ table, gradients, rows }: NaiveNode, feature: number): Sums {
  return sumRows(
    gradients,
    rows.filter((row) => !Number.isNaN(table.rows[row][feature])),
  );
}

function codeSums({ table, gradients, rows }: NaiveNode, feature: number): Sums[] {
  return table.cuts[feature].map((code) =>
    sumRows(
      gradients,
      rows.filter((row) => table.rows[row][feature] === code),
    ),
  );
}

/** What a categorical split stores as its condition: the smallest float32 above 0. */
const CATEGORICAL = 2 ** -149;

function oneHotCandidates(node: NaiveNode, feature: number): NaiveSplit[] {
  return node.table.cuts[feature].flatMap((code) => [
    makeCandidate(node, feature, CATEGORICAL, true, [code]),
    makeCandidate(node, feature, CATEGORICAL, false, [code]),
  ]);
}

function partitionCandidates(node: NaiveNode, feature: number, parameters: TreeParameters): NaiveSplit[] {
  const sums = codeSums(node, feature);
  const weights = sums.map((sum) => naiveWeight(sum, parameters, unbounded));
  const sorted = [...weights.keys()].sort((a, b) => weights[a] - weights[b]);
  const most = Math.min(parameters.maxCatThreshold, sorted.length);
  const candidate = (codes: readonly number[], defaultLeft: boolean) =>
    makeCandidate(
      node,
      feature,
      CATEGORICAL,
      defaultLeft,
      [...codes].sort((a, b) => a - b),
    );
  const forward = [];
  for (let k = 1; k < most; k++) forward.push(candidate(sorted.slice(0, k), true));
  const backward = [];
  for (let k = 1; k < most; k++) backward.push(candidate(sorted.slice(0, sorted.length - k), false));
  return [...forward, ...backward];
}

/** The largest total gain over all divisions of the codes into two sides, for a few codes. */
export function bestDivisionGain(node: NaiveNode, feature: number, parameters: TreeParameters): number {
  const sums = codeSums(node, feature);
  let best = -Infinity;
  for (let set = 1; set < 2 ** sums.length - 1; set++) {
    const right = sums.reduce((sum, code, i) => ((set >> i) & 1 ? addSums(sum, code) : sum), {
      grad: 0,
      hess: 0,
    });
    const left = subtractSums(node.sums, right);
    best = Math.max(best, naiveSplitGain(feature, left, right, parameters, node.bounds));
  }
  return best;
}
