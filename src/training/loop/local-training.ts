// A training on rows of this process: makes the cuts, the memory that the team shares, the members' job, the
// backend that grows trees and the margins of all tables.

import { Arena, measureArena } from "../../core/arena.ts";
import type { Collective } from "../../core/collective.ts";
import { CoppiceError } from "../../core/errors.ts";
import { type Executor, soloExecutor } from "../../core/executor.ts";
import { planBins } from "../../data/binned-matrix.ts";
import { buildSharedCuts, type Cuts, countPresent } from "../../data/cuts.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import { QuantileDMatrix } from "../../data/quantile-dmatrix.ts";
import {
  placeSketchMemory,
  SketchMember,
  type SketchShape,
  sketchTogether,
} from "../../data/sketch-member.ts";
import { placeGrowMemory } from "../../kernel/grow/grow-memory.ts";
import type { GrowPhase } from "../../kernel/grow/grow-tasks.ts";
import type { MarginPhase } from "../../kernel/margins/margin-tasks.ts";
import { allocateKernelMemory, type KernelChoice } from "../../kernel/wasm/kernel-memory.ts";
import type { Objective } from "../../objective/objective.ts";
import { createMarginMember, type GrowJob, placeMargins, TrainingMember } from "../../parallel/jobs.ts";
import type { Team } from "../../parallel/team.ts";
import { LocalBackend } from "../../tree/backend/local-backend.ts";
import { planGrowShape } from "../../tree/backend/plan-memory.ts";
import { TreeMember } from "../../tree/backend/tree-member.ts";
import type { TreeParameters } from "../../tree/tree-parameters.ts";
import { Margins } from "./margins.ts";
import { planMargins } from "./plan-margins.ts";

/** Who works on a training. */
export interface Workforce {
  /** The threads to train with; without one, the caller's alone. */
  readonly team: Team | undefined;
  /** The peers that hold the other rows. */
  readonly collective: Collective;
}

/** What is grown, and how. */
export interface LocalTrainingPlan {
  readonly parameters: TreeParameters;
  readonly objective: Objective;
  /** How the other members make the objective. */
  readonly objectiveSource: GrowJob["objective"];
  readonly bundling: boolean;
  readonly kernels: KernelChoice;
  /** The tables whose predictions metrics want, the training table perhaps among them. */
  readonly evaluated: readonly DMatrix[];
}

export interface LocalTraining {
  readonly backend: LocalBackend;
  /** Not started yet. */
  readonly margins: Margins;
}

/** Rows whose values members share at once while they are sketched. */
const SKETCH_BLOCK_VALUES = 2 ** 20;

/** The cuts of the table, by all members of the team where that is possible. */
export async function createCuts(
  data: DMatrix,
  maxBin: number,
  { team, collective }: Workforce,
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
  const buffer = new SharedArrayBuffer(measureArena((arena) => placeSketchMemory(arena, shape)));
  const memory = placeSketchMemory(new Arena(buffer), shape);
  const executor = await team.assign({ kind: "sketch", shape, buffer }, new SketchMember(0, memory));
  return sketchTogether(data, memory, executor);
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

/** Bins the rows and sets everything up; margins are still zero. */
export async function createLocalTraining(
  data: DMatrix,
  cuts: Cuts,
  plan: LocalTrainingPlan,
  { team, collective }: Workforce,
): Promise<LocalTraining> {
  const { parameters, objective, kernels, evaluated } = plan;
  const memberCount = team?.memberCount ?? 1;
  const layout = await planBins(data, cuts, plan.bundling, collective);
  const needs = {
    layout,
    groupCount: objective.groupCount,
    memberCount,
    hasWeights: data.weight !== undefined,
  };
  const shape = planGrowShape(needs, parameters);
  const sizeBytes = measureArena((arena) => placeGrowMemory(arena, shape));
  const memory = allocateKernelMemory(sizeBytes, memberCount > 1, kernels);
  const grow = placeGrowMemory(new Arena(memory.buffer), shape);
  grow.label.set(data.label!);
  if (data.weight) grow.weight.set(data.weight);
  const marginNeeds = { objective, parameters, memberCount, kernels };
  const margins = evaluated.length > 0 ? planMargins(evaluated, data, cuts, marginNeeds) : undefined;
  const member = new TrainingMember(
    new TreeMember(0, grow, memory, parameters, objective),
    createMarginMember(margins, 0, grow),
  );
  const job: GrowJob = { kind: "grow", shape, memory, parameters, objective: plan.objectiveSource, margins };
  const executor: Executor<GrowPhase | MarginPhase> = team
    ? await team.assign(job, member)
    : soloExecutor(member);
  const backend = await LocalBackend.create(grow, executor, parameters, objective, collective);
  backend.fillBins(data.features);
  const placed = margins && placeMargins(margins, grow);
  return { backend, margins: new Margins(data, grow.margins, evaluated, placed, executor) };
}
