// Sets up training on the rows of this process: bins, labels and start margins in one memory, a team of
// members on it, and the backend that drives them.

import { Arena } from "../core/arena.ts";
import { soloExecutor } from "../core/executor.ts";
import { fillBins, planBins } from "../data/binned-matrix.ts";
import type { Cuts } from "../data/cuts.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { placeGrowMemory } from "../kernel/grow-memory.ts";
import { allocateKernelMemory, type KernelChoice } from "../kernel/kernel-memory.ts";
import type { Objective } from "../objective/objective.ts";
import { LocalBackend } from "../tree/local-backend.ts";
import { planGrowShape } from "../tree/plan-memory.ts";
import { TreeMember } from "../tree/tree-member.ts";
import type { TreeParameters } from "../tree/tree-parameters.ts";

export interface LocalTrainingOptions {
  readonly bundling: boolean;
  readonly kernels: KernelChoice;
}

/** A backend over `data`; its margins are still zero. */
export function createLocalBackend(
  data: DMatrix,
  cuts: Cuts,
  parameters: TreeParameters,
  objective: Objective,
  options: LocalTrainingOptions,
): LocalBackend {
  const layout = planBins(data, cuts, options.bundling);
  const shape = planGrowShape(layout, parameters, objective.groupCount, 1, data.weight !== undefined);
  const measure = new Arena(undefined);
  placeGrowMemory(measure, shape);
  const kernelMemory = allocateKernelMemory(measure.sizeBytes, false, options.kernels);
  const memory = placeGrowMemory(new Arena(kernelMemory.buffer), shape);
  fillBins(memory.matrix, data.features, 0, data.rowCount);
  memory.label.set(data.label!);
  if (data.weight) memory.weight.set(data.weight);
  const member = new TreeMember(0, memory, kernelMemory, parameters, objective);
  return new LocalBackend(memory, soloExecutor(member), parameters, objective);
}
