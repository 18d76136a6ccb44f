// The base score that XGBoost 3.4.1 estimates from the labels, by the label mean or by one Newton step
// from margin 0. XGBoost parity: its sums on one thread run over rows in order, in double (the class
// counts of softmax in float32), and that is what we do: peers hold consecutive ranges of rows and go on
// from one another's sums, so the number of peers and threads never shows.

import type { Collective } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { countAllRows } from "../core/exact-sum.ts";
import type { Labels, Objective } from "./objective.ts";

/**
 * Lets every peer in rank order add its rows to `state`, which ends up equal on all of them.
 *
 * @param state zeros at the start
 */
export async function foldInRankOrder(
  state: Float64Array,
  addRows: (state: Float64Array) => void,
  collective: Collective,
): Promise<void> {
  for (let rank = 0; rank < collective.worldSize; rank++) {
    if (rank === collective.rank) addRows(state);
    else state.fill(0);
    if (collective.worldSize > 1) await collective.allReduceSum(state);
  }
}

/**
 * The sum of weights of all rows, their number when there are none.
 *
 * @throws {CoppiceError} INVALID_DATA when it is 0
 */
export async function sumWeights(labels: Labels, collective: Collective): Promise<number> {
  const { rowCount, weight } = labels;
  const state = new Float64Array(1);
  const addRows = (sum: Float64Array) => {
    for (let row = 0; row < rowCount; row++) sum[0] += weight ? weight[row] : 1;
  };
  await foldInRankOrder(state, addRows, collective);
  if (state[0] > 0) return state[0];
  throw new CoppiceError("INVALID_DATA", "`weight` must be above 0 in at least one row, got a sum of 0");
}

/** The (weighted) mean of the labels, as float32. @throws {CoppiceError} INVALID_DATA without any weight */
export async function estimateLabelMean(labels: Labels, collective: Collective): Promise<Float32Array> {
  const { rowCount, label, weight } = labels;
  const total = weight ? await sumWeights(labels, collective) : await countAllRows(rowCount, collective);
  const state = new Float64Array(1);
  const addRows = (sum: Float64Array) => {
    for (let row = 0; row < rowCount; row++) {
      sum[0] += weight ? (label[row] / total) * weight[row] : label[row] / total;
    }
  };
  await foldInRankOrder(state, addRows, collective);
  return Float32Array.of(state[0]);
}

/**
 * The margin of a stump without a split: one Newton step from margin 0, as float32.
 *
 * @param objective one with a single group
 */
export async function estimateNewtonStep(
  objective: Pick<Objective, "computeGradients">,
  labels: Labels,
  collective: Collective,
): Promise<number> {
  const { rowCount } = labels;
  const gradients = new Float32Array(2 * rowCount);
  objective.computeGradients(new Float32Array(rowCount), labels, 0, rowCount, gradients);
  const state = new Float64Array(2);
  const addRows = (sums: Float64Array) => {
    for (let i = 0; i < gradients.length; i += 2) {
      sums[0] += gradients[i];
      sums[1] += gradients[i + 1];
    }
  };
  await foldInRankOrder(state, addRows, collective);
  return Math.fround(-state[0] / Math.max(state[1], 1e-6));
}
