// The margins of a model over a table: the base, then tree after tree.

import { CoppiceError, showValue } from "../core/errors.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { Features } from "../data/features.ts";
import { addMargins, type MarginKernel } from "../kernel/predict/predict.ts";
import { type Forest, flattenTrees } from "../kernel/predict/predict-forest.ts";
import { addLinearMargins } from "../kernel/predict/predict-linear.ts";
import { readBlocks } from "../kernel/predict/predict-rows.ts";
import { type RowKernel, walkRow } from "../kernel/predict/walk-row.ts";
import type { Model } from "../model/model.ts";
import { baseMargins } from "../objective/transform.ts";

/** A model prepared for prediction. */
export interface PreparedModel {
  readonly model: Model;
  readonly forest: Forest;
  /** The margin that each group starts from. */
  readonly base: Float32Array;
  /** Adds trees to the margins of a block of rows. */
  readonly addTrees: MarginKernel;
  /** Adds all trees to the margins of one row. */
  readonly addToRow: RowKernel;
}

/** How kernels for a forest are made. */
export interface PredictionKernels {
  forRows(forest: Forest): MarginKernel;
  forRow(forest: Forest): RowKernel;
}

/** Those that need nothing of the runtime and little of a bundle. */
const walkingKernels: PredictionKernels = {
  forRows: (forest) => (treeBegin, treeEnd, block, layout) =>
    addMargins(forest, treeBegin, treeEnd, block, layout),
  forRow: walkRow,
};

/** @throws {CoppiceError} UNSUPPORTED when the objective is not known */
export function prepareModel(model: Model, kernels: PredictionKernels = walkingKernels): PreparedModel {
  const base = baseMargins(model.objective.name, model.baseScore, model.groupCount);
  // XGBoost parity: a linear model starts every group from the base of the first.
  if (model.linearWeights !== null) base.fill(base[0]);
  const forest = flattenTrees(model.trees, model.treeGroup, model.treeWeights);
  return { model, forest, base, addTrees: kernels.forRows(forest), addToRow: kernels.forRow(forest) };
}

/**
 * The trees [begin, end) of the rounds [begin, end); all by default.
 *
 * @throws {CoppiceError} INVALID_PARAMETER when the model does not have these rounds
 */
export function treeRange(model: Model, rounds: readonly [number, number] | undefined): [number, number] {
  const roundCount = model.roundOffsets.length - 1;
  const [begin, end] = rounds ?? [0, roundCount];
  if (
    !(Number.isInteger(begin) && Number.isInteger(end) && 0 <= begin && begin <= end && end <= roundCount)
  ) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`rounds\` must be [begin, end) within the ${roundCount} rounds of the model, got ${showValue(rounds)}`,
      { parameter: "rounds" },
    );
  }
  if (model.linearWeights !== null && end - begin !== roundCount) {
    throw new CoppiceError("INVALID_PARAMETER", "`rounds` must be all rounds for a linear model (gblinear)", {
      parameter: "rounds",
    });
  }
  return [model.roundOffsets[begin], model.roundOffsets[end]];
}

/**
 * The margins of all rows, [groupCount × rowCount] group-major, for a model of trees.
 *
 * @throws {CoppiceError} INVALID_DATA when the table's base margins do not fit the model
 */
export function computeMargins(
  { model, forest, base, addTrees }: PreparedModel,
  data: DMatrix,
  features: Features,
): Float32Array {
  const { rowCount } = data;
  checkBaseMargin(data, model.groupCount);
  const margins = new Float32Array(model.groupCount * rowCount);
  startMargins(margins, base, data.baseMargin, 0, rowCount);
  if (forest.treeCount === 0) return margins;
  readBlocks(features, forest.width, (block, begin) => {
    addTrees(0, forest.treeCount, block, { margins, begin, rowStride: 1, groupStride: rowCount });
  });
  return margins;
}

/**
 * Computes margins and hands them over block by block, group-major: that of (group, row begin + i) is
 * at group * count + i. The array is only valid during the call and may be written.
 *
 * @throws {CoppiceError} INVALID_DATA when the table's base margins do not fit the model
 */
export function visitMargins(
  { model, forest, base, addTrees }: PreparedModel,
  data: DMatrix,
  features: Features,
  [treeBegin, treeEnd]: readonly [number, number],
  visit: (margins: Float32Array, begin: number, count: number) => void,
): void {
  const { featureCount, groupCount, linearWeights } = model;
  checkBaseMargin(data, groupCount);
  let space = new Float32Array(0);
  const width = linearWeights ? featureCount : forest.width;
  readBlocks(features, width, (block, begin) => {
    const count = block.rowCount;
    if (space.length < groupCount * count) space = new Float32Array(groupCount * count);
    const margins = space.subarray(0, groupCount * count);
    startMargins(margins, base, data.baseMargin, begin, count);
    const layout = { margins, begin: 0, rowStride: 1, groupStride: count };
    if (linearWeights) addLinearMargins(linearWeights, featureCount, groupCount, block, layout);
    else addTrees(treeBegin, treeEnd, block, layout);
    visit(margins, begin, count);
  });
}

/** XGBoost parity: base margins of the table replace the base score. */
function startMargins(
  margins: Float32Array,
  base: Float32Array,
  baseMargin: Float32Array | undefined,
  begin: number,
  count: number,
): void {
  const groupCount = base.length;
  for (let group = 0; group < groupCount; group++) {
    const at = group * count;
    if (baseMargin === undefined) margins.fill(base[group], at, at + count);
    else {
      for (let i = 0; i < count; i++) margins[at + i] = baseMargin[(begin + i) * groupCount + group];
    }
  }
}

function checkBaseMargin({ baseMargin, rowCount }: DMatrix, groupCount: number): void {
  if (baseMargin !== undefined && baseMargin.length !== rowCount * groupCount) {
    throw new CoppiceError(
      "INVALID_DATA",
      `\`baseMargin\` must have ${rowCount} × ${groupCount} values, got ${baseMargin.length}`,
    );
  }
}
