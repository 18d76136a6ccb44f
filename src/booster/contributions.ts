// What each feature contributes to the margin of each row: exact Shapley values, their interactions,
// and the approximation that walks one path (Saabas). Per group the contributions of a row and its bias
// add up to the margin.

import { CoppiceError } from "../core/errors.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { Features } from "../data/features.ts";
import { type RowBlock, readBlocks } from "../kernel/predict/predict-rows.ts";
import type { Model } from "../model/model.ts";
import { nextNode } from "../tree/tree.ts";
import type { PreparedModel } from "./margins.ts";
import { TreeExplainer } from "./tree-explainer.ts";

/** "contributions" and "interactions" are exact, "approximateContributions" follow the row's own path. */
export type ContributionKind = "contributions" | "approximateContributions" | "interactions";

/** Deeper trees would need more stack than engines surely have. */
const MAX_DEPTH = 2000;

/**
 * Contributions of every row and group: [rowCount × groupCount × (featureCount + 1)] row-major, the
 * bias last; for "interactions" [rowCount × groupCount × (featureCount + 1) × (featureCount + 1)].
 *
 * @throws {CoppiceError} UNSUPPORTED for interactions of a linear model
 */
export function computeContributions(
  { model, forest, base }: PreparedModel,
  data: DMatrix,
  features: Features,
  [treeBegin, treeEnd]: readonly [number, number],
  kind: ContributionKind,
): Float32Array {
  checkDepths(forest.depths);
  const { groupCount, featureCount } = model;
  const width = featureCount + 1;
  const area = kind === "interactions" ? width * width : width;
  const output = new Float32Array(features.rowCount * groupCount * area);
  const explain = createExplainer(model, treeBegin, treeEnd, kind);
  const sums = new Float64Array(area);
  readBlocks(features, featureCount, (block, begin) => {
    for (let row = 0; row < block.rowCount; row++) {
      for (let group = 0; group < groupCount; group++) {
        const at = (begin + row) * groupCount + group;
        sums.fill(0);
        sums[area - 1] = data.baseMargin?.[at] ?? base[group];
        explain(block, row, group, sums);
        output.set(sums, at * area);
      }
    }
  });
  return output;
}

/** Adds what one row's features contribute to one group. */
type Explainer = (block: RowBlock, row: number, group: number, sums: Float64Array) => void;

function createExplainer(
  model: Model,
  treeBegin: number,
  treeEnd: number,
  kind: ContributionKind,
): Explainer {
  const { linearWeights } = model;
  if (linearWeights !== null) {
    if (kind === "interactions") {
      throw new CoppiceError("UNSUPPORTED", "a linear model (gblinear) has no interactions");
    }
    const linear = { ...model, linearWeights };
    return (block, row, group, sums) => explainLinear(linear, block, row, group, sums);
  }
  const explainers: TreeExplainer[][] = Array.from({ length: model.groupCount }, () => []);
  for (let tree = treeBegin; tree < treeEnd; tree++) {
    const explainer = new TreeExplainer(model.trees[tree], model.treeWeights?.[tree] ?? 1);
    explainers[model.treeGroup[tree]].push(explainer);
  }
  if (kind === "interactions") {
    const contributions = new Float64Array(model.featureCount);
    return (block, row, group, sums) => explainPairs(explainers[group], block, row, contributions, sums);
  }
  if (kind === "approximateContributions") {
    return (block, row, group, sums) => {
      for (const explainer of explainers[group]) followPath(explainer, block, row, sums);
    };
  }
  return (block, row, group, sums) => {
    for (const explainer of explainers[group]) {
      explainer.explain(block.values, row * block.width, sums);
      sums[sums.length - 1] += explainer.means[0];
    }
  };
}

/** Off the diagonal half of each interaction; on it what is left of the feature's contribution. */
function explainPairs(
  explainers: readonly TreeExplainer[],
  block: RowBlock,
  row: number,
  contributions: Float64Array,
  sums: Float64Array,
): void {
  const featureCount = contributions.length;
  const width = featureCount + 1;
  contributions.fill(0);
  for (const explainer of explainers) {
    explainer.explain(block.values, row * block.width, contributions, { values: sums, stride: width });
    sums[sums.length - 1] += explainer.means[0];
  }
  for (let f = 0; f < featureCount; f++) {
    let others = 0;
    for (let g = 0; g < featureCount; g++) others += sums[f * width + g];
    sums[f * width + f] = contributions[f] - others;
  }
}

/** Saabas: at every split of the row's path, the change of the mean goes to the feature split on. */
function followPath(explainer: TreeExplainer, block: RowBlock, row: number, sums: Float64Array): void {
  const { tree, means } = explainer;
  const base = row * block.width;
  let node = 0;
  sums[sums.length - 1] += means[0];
  while (tree.left[node] !== -1) {
    const feature = tree.splitFeature[node];
    const next = nextNode(tree, node, block.values[base + feature]);
    sums[feature] += means[next] - means[node];
    node = next;
  }
}

function explainLinear(
  { featureCount, groupCount, linearWeights }: Model & { readonly linearWeights: Float32Array },
  block: RowBlock,
  row: number,
  group: number,
  sums: Float64Array,
): void {
  for (let f = 0; f < featureCount; f++) {
    const value = block.values[row * block.width + f];
    if (!Number.isNaN(value)) sums[f] += Math.fround(value * linearWeights[f * groupCount + group]);
  }
  sums[featureCount] += linearWeights[featureCount * groupCount + group];
}

function checkDepths(depths: Int32Array): void {
  const depth = depths.reduce((most, next) => Math.max(most, next), 0);
  if (depth > MAX_DEPTH) {
    throw new CoppiceError(
      "UNSUPPORTED",
      `contributions need trees of at most ${MAX_DEPTH} levels, got ${depth}`,
      { depth },
    );
  }
}
