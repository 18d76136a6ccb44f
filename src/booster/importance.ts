// How much each feature matters to a model, by XGBoost's five measures.

import { CoppiceError, showValue } from "../core/errors.ts";
import type { Model } from "../model/model.ts";

/**
 * "weight": how many splits use the feature; "totalGain", "totalCover": the loss reduction and the
 * cover of these splits together; "gain", "cover": their mean per split.
 */
export type ImportanceKind = "weight" | "gain" | "cover" | "totalGain" | "totalCover";

const kinds: readonly string[] = [
  "weight",
  "gain",
  "cover",
  "totalGain",
  "totalCover",
] satisfies ImportanceKind[];

/**
 * The importance of the features that the model uses, by feature number. For a linear model "weight"
 * is the coefficient (of several groups, the largest by magnitude) and the only kind.
 *
 * @throws {CoppiceError} INVALID_PARAMETER for an unknown kind, or another than "weight" for gblinear
 */
export function computeImportance(model: Model, kind: ImportanceKind): Map<number, number> {
  if (!kinds.includes(kind)) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`kind\` must be one of ${kinds.join(", ")}, got ${showValue(kind)}`,
      { parameter: "kind" },
    );
  }
  if (model.linearWeights !== null) return linearImportance(model, model.linearWeights, kind);
  const counts = new Float64Array(model.featureCount);
  // XGBoost parity: float32 sums, tree by tree, right subtrees first.
  const totals = new Float32Array(model.featureCount);
  const isCover = kind === "cover" || kind === "totalCover";
  for (const tree of model.trees) {
    const amounts = isCover ? tree.sumHessian : tree.lossChange;
    const open = [0];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (tree.left[node] === -1) continue;
      counts[tree.splitFeature[node]]++;
      totals[tree.splitFeature[node]] += amounts[node];
      open.push(tree.left[node], tree.right[node]);
    }
  }
  const importance = new Map<number, number>();
  for (let f = 0; f < counts.length; f++) {
    if (counts[f] === 0) continue;
    const isMean = kind === "gain" || kind === "cover";
    const value = kind === "weight" ? counts[f] : isMean ? Math.fround(totals[f] / counts[f]) : totals[f];
    importance.set(f, value);
  }
  return importance;
}

function linearImportance(model: Model, weights: Float32Array, kind: ImportanceKind): Map<number, number> {
  if (kind !== "weight") {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`kind\` must be "weight" for a linear model (gblinear), got ${showValue(kind)}`,
      { parameter: "kind" },
    );
  }
  const { featureCount, groupCount } = model;
  return new Map(
    Array.from({ length: featureCount }, (_, f) => {
      const own = weights.subarray(f * groupCount, (f + 1) * groupCount);
      return [f, own.reduce((most, weight) => (Math.abs(weight) > Math.abs(most) ? weight : most), 0)];
    }),
  );
}
