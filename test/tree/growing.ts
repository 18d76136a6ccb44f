// Grows trees from given gradients, without an objective, so that what the backend and the grower do can
// be compared with twins. The size of the memory and of the team can be chosen; members of a team take
// turns in this thread, tasks in a shuffled order.

import { Arena, measureArena } from "../../src/core/arena.ts";
import { type Collective, solo } from "../../src/core/collective.ts";
import { type Executor, soloExecutor } from "../../src/core/executor.ts";
import { resolveParameters } from "../../src/core/parameter.ts";
import { fillBins, planBins } from "../../src/data/binned-matrix.ts";
import type { Cuts } from "../../src/data/cuts.ts";
import type { DMatrix } from "../../src/data/dmatrix.ts";
import { type GrowShape, placeGrowMemory } from "../../src/kernel/grow/grow-memory.ts";
import type { GrowPhase } from "../../src/kernel/grow/grow-tasks.ts";
import { allocateKernelMemory, type KernelChoice } from "../../src/kernel/wasm/kernel-memory.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { LocalBackend } from "../../src/tree/backend/local-backend.ts";
import { planGrowShape } from "../../src/tree/backend/plan-memory.ts";
import { TreeMember } from "../../src/tree/backend/tree-member.ts";
import { Grower } from "../../src/tree/grower.ts";
import type { Tree } from "../../src/tree/tree.ts";
import { type TreeParameters, treeParameterDeclarations } from "../../src/tree/tree-parameters.ts";
import { shuffledOrder } from "../oracle/plain-table.ts";

/** Tree parameters with XGBoost's defaults. */
export function treeParameters(given: Partial<TreeParameters> = {}): TreeParameters {
  return { ...resolveParameters(treeParameterDeclarations, {}), ...given } as TreeParameters;
}

export interface GrowOptions {
  readonly parameters?: TreeParameters;
  /** 1 by default; `gradients` then hold as many times the rows. */
  readonly groupCount?: number;
  readonly bundling?: boolean;
  readonly kernels?: KernelChoice;
  readonly memberCount?: number;
  /** The peers that hold the other rows. */
  readonly collective?: Collective;
  /** Replaces parts of the planned memory. */
  readonly shape?: Partial<GrowShape>;
  readonly round?: number;
}

export interface Grown {
  /** Group by group, in a group numParallelTree of them. */
  readonly trees: readonly Tree[];
  /** What the trees added to margins of 0, [groupCount × rowCount]. */
  readonly margins: Float32Array;
}

/** One round of trees for `gradients`, [groupCount × rowCount] pairs. */
export async function growTrees(
  data: DMatrix,
  cuts: Cuts,
  gradients: Float32Array,
  options: GrowOptions = {},
): Promise<Grown> {
  const { parameters = treeParameters(), groupCount = 1, memberCount = 1, collective = solo } = options;
  const layout = await planBins(data, cuts, options.bundling ?? true, collective);
  const planned = planGrowShape({ layout, groupCount, memberCount, hasWeights: false }, parameters);
  const shape = { ...planned, ...options.shape };
  const sizeBytes = measureArena((arena) => placeGrowMemory(arena, shape));
  const kernelMemory = allocateKernelMemory(sizeBytes, false, options.kernels ?? "typescript");
  const memory = placeGrowMemory(new Arena(kernelMemory.buffer), shape);
  fillBins(memory.matrix, data.features, 0, data.rowCount);
  const objective = givenGradients(gradients, groupCount);
  const members = Array.from(
    { length: memberCount },
    (_, m) => new TreeMember(m, memory, kernelMemory, parameters, objective),
  );
  const executor = memberCount === 1 ? soloExecutor(members[0]) : teamInOneThread(members);
  const backend = await LocalBackend.create(memory, executor, parameters, objective, collective);
  const grower = new Grower(parameters, data, backend);
  const trees = await grower.growRound(options.round ?? 0, groupCount);
  return { trees, margins: backend.margins.slice() };
}

/** An objective whose gradients are the same whatever the margins. */
function givenGradients(gradients: Float32Array, groupCount: number): Objective {
  return {
    name: "reg:squarederror",
    groupCount,
    numClass: 0,
    defaultMetric: "rmse",
    modelParameters: {},
    needsAllRows: true,
    checkLabels() {},
    computeGradients(_margins, _labels, _rowBegin, _rowEnd, target) {
      target.set(gradients);
    },
    estimateBaseScore: () => Float32Array.of(0),
  };
}

function teamInOneThread(members: readonly TreeMember[]): Executor<GrowPhase> {
  return {
    memberCount: members.length,
    run(phase, taskCount) {
      for (const task of shuffledOrder(taskCount, taskCount)) members[task % members.length].run(phase, task);
    },
    runEach(phase) {
      members.forEach((member, m) => {
        member.run(phase, m);
      });
    },
  };
}
