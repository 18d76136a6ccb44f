// The gradients of a round: computed at the margins, and rounded to a grid on which all sums of them are exact
// (core/exact-sum.ts), which every later step relies on.

import { CoppiceError } from "../../core/errors.ts";
import { exactStep, partialSumStep, roundingMagic } from "../../core/exact-sum.ts";
import { type GrowMemory, MAXIMA_STRIDE } from "../../kernel/grow/grow-memory.ts";
import type { Objective } from "../../objective/objective.ts";
import type { Peers } from "./peers.ts";
import type { TaskList } from "./task-list.ts";

/**
 * Computes the gradients of all groups and rounds them; the sums of each group's are in `groupSums` then.
 *
 * @throws {CoppiceError} INVALID_DATA when a gradient is not finite
 */
export async function startGradients(
  memory: GrowMemory,
  objective: Objective,
  tasks: TaskList,
  peers: Peers,
): Promise<void> {
  const { gradients, maxima, matrix, label, weight, margins, shape } = memory;
  maxima.fill(0);
  if (objective.needsAllRows) {
    const labels = { rowCount: matrix.rowCount, label, weight: shape.hasWeights ? weight : undefined };
    objective.computeGradients(margins, labels, 0, matrix.rowCount, gradients);
    tasks.runOverRows("maxima");
  } else {
    tasks.runOverRows("gradients");
  }
  const largest = new Float64Array(2);
  for (let at = 0; at < maxima.length; at += MAXIMA_STRIDE) {
    largest[0] = Math.max(largest[0], maxima[at]);
    largest[1] = Math.max(largest[1], maxima[at + 1]);
  }
  await peers.collective.allReduceMax(largest);
  checkFinite(largest);
  await chooseGrids(largest, memory, tasks, peers);
  tasks.runOverGroups("round", {});
}

/**
 * Chooses the grid of each group's gradients and hessians: as fine as sums of any of its rows can be
 * held. Their size is measured on a coarse grid, on which all sums of values up to `largest` are exact.
 */
async function chooseGrids(
  largest: Float64Array,
  { magic, groupSums, magnitudes }: GrowMemory,
  tasks: TaskList,
  { rowCount, collective }: Peers,
): Promise<void> {
  const coarse = [exactStep(rowCount, largest[0]), exactStep(rowCount, largest[1])];
  for (let i = 0; i < magic.length; i++) magic[i] = roundingMagic(coarse[i & 1]);
  groupSums.fill(0);
  magnitudes.fill(0);
  tasks.runOverGroups("measure", {});
  const totals = new Float64Array(2 * magic.length);
  for (let i = 0; i < groupSums.length; i++) {
    totals[i % magic.length] += groupSums[i];
    totals[magic.length + (i % magic.length)] += magnitudes[i];
  }
  await collective.allReduceSum(totals);
  for (let i = 0; i < magic.length; i++) {
    const slack = rowCount * coarse[i & 1];
    magic[i] = roundingMagic(partialSumStep(totals[i], totals[magic.length + i], slack));
  }
  groupSums.fill(0);
}

/** @throws {CoppiceError} INVALID_DATA */
function checkFinite(largest: Float64Array): void {
  if (largest.every(Number.isFinite)) return;
  throw new CoppiceError(
    "INVALID_DATA",
    "gradients must be finite in float32: labels, weights or the margins that training starts from are too large, " +
      "or it diverges (a smaller `eta` may help)",
  );
}
