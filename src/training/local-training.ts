// Sets up training on the rows of this process: bins, labels and start margins in one memory, a team of
// members on it, and the backend that drives them.

import { Arena } from "../core/arena.ts";
import type { Collective } from "../core/collective.ts";
import { CoppiceError } from "../core/errors.ts";
import { type Executor, soloExecutor } from "../core/executor.ts";
import { planBins } from "../data/binned-matrix.ts";
import { buildSharedCuts, type Cuts, countPresent } from "../data/cuts.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import { QuantileDMatrix } from "../data/quantile-dmatrix.ts";
import { placeSketchMemory, SketchMember, type SketchShape, sketchTogether } from "../data/sketch-member.ts";
import type { EvaluationPhase } from "../kernel/evaluation/evaluation-member.ts";
import { placeGrowMemory } from "../kernel/grow/grow-memory.ts";
import { allocateKernelMemory, type KernelChoice } from "../kernel/wasm/kernel-memory.ts";
import type { Objective } from "../objective/objective.ts";
import { type GrowJob, TrainingMember } from "../parallel/jobs.ts";
import type { Team } from "../parallel/team.ts";
import { LocalBackend } from "../tree/backend/local-backend.ts";
import { planGrowShape } from "../tree/backend/plan-memory.ts";
import { type Phase, TreeMember } from "../tree/backend/tree-member.ts";
import type { TreeParameters } from "../tree/tree-parameters.ts";
import type { EvaluationSets } from "./evaluation-sets.ts";

export interface LocalTrainingOptions {
  /** The threads to train with; without one, the caller's alone. */
  readonly team: Team | undefined;
  /** The peers that hold the other rows. */
  readonly collective: Collective;
  readonly bundling: boolean;
  readonly kernels: KernelChoice;
  /** How the other members make the objective. */
  readonly objectiveSource: GrowJob["objective"];
  readonly evaluation: EvaluationSets | undefined;
}

export interface LocalTraining {
  readonly backend: LocalBackend;
  /** Of the members that grow trees and evaluate them. */
  readonly executor: Executor<Phase | EvaluationPhase>;
}

/** Rows whose values members share at once while they are sketched. */
const SKETCH_BLOCK_VALUES = 2 ** 20;

/** The cuts of the table, by all members of the team where that is possible. */
export async function createCuts(
  data: DMatrix,
  maxBin: number,
  team: Team | undefined,
  collective: Collective,
): Promise<Cuts> {
  if (data instanceof QuantileDMatrix) return cutsOf(data, maxBin, collective);
  if (team === undefined || collective.worldSize > 1 || data.features.isSparse) {
    return buildSharedCuts(data, maxBin, collective);
  }
  const counts = countPresent(data);
  const shape: SketchShape = {
    memberCount: team.memberCount,
    maxBin,
    counts,
    isCategorical: Uint8Array.from(counts, (_, f) => (data.featureTypes?.[f] === "c" ? 1 : 0)),
    blockRows: Math.max(1, Math.min(data.rowCount, Math.floor(SKETCH_BLOCK_VALUES / data.featureCount))),
  };
  const measure = new Arena(undefined);
  placeSketchMemory(measure, shape);
  const buffer = new SharedArrayBuffer(measure.sizeBytes);
  const memory = placeSketchMemory(new Arena(buffer), shape);
  const executor = await team.assign({ kind: "sketch", shape, buffer }, new SketchMember(0, memory, shape));
  return sketchTogether(data, memory, shape, executor);
}

/**
 * The cuts that the table was binned with.
 *
 * @throws {CoppiceError} INVALID_PARAMETER when they were made for another `maxBin`, UNSUPPORTED when other
 *   rows lie on other peers
 */
function cutsOf({ cuts, maxBin: made }: QuantileDMatrix, maxBin: number, collective: Collective): Cuts {
  if (made !== maxBin) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`maxBin\` must be ${made}, for which the QuantileDMatrix was made, got ${maxBin}`,
      { parameter: "maxBin" },
    );
  }
  if (collective.worldSize > 1) {
    throw new CoppiceError(
      "UNSUPPORTED",
      "a QuantileDMatrix cannot be trained on with peers: its cuts are those of its own rows; use a DMatrix",
    );
  }
  return cuts;
}

/** A backend over `data`; its margins are still zero. */
export async function createLocalBackend(
  data: DMatrix,
  cuts: Cuts,
  parameters: TreeParameters,
  objective: Objective,
  options: LocalTrainingOptions,
): Promise<LocalTraining> {
  const { team, collective, bundling, kernels, objectiveSource, evaluation } = options;
  const memberCount = team?.memberCount ?? 1;
  const layout = await planBins(data, cuts, bundling, collective);
  const shape = planGrowShape(
    layout,
    parameters,
    objective.groupCount,
    memberCount,
    data.weight !== undefined,
  );
  const measure = new Arena(undefined);
  placeGrowMemory(measure, shape);
  const memory = allocateKernelMemory(measure.sizeBytes, memberCount > 1, kernels);
  const grow = placeGrowMemory(new Arena(memory.buffer), shape);
  grow.label.set(data.label!);
  if (data.weight) grow.weight.set(data.weight);
  const member = new TrainingMember(
    new TreeMember(0, grow, memory, parameters, objective),
    evaluation?.createMember(grow.margins),
  );
  const job: GrowJob = {
    kind: "grow",
    shape,
    memory,
    parameters,
    objective: objectiveSource,
    evaluation: evaluation?.job,
  };
  const executor = team ? await team.assign(job, member) : soloExecutor(member);
  const backend = await LocalBackend.create(grow, executor, parameters, objective, collective);
  backend.fillBins(data.features);
  return { backend, executor };
}
