// What a team can be given to do: a description that can be sent to another thread, and how a member for it
// is made there.

import { Arena } from "../core/arena.ts";
import { CoppiceError } from "../core/errors.ts";
import type { Member } from "../core/executor.ts";
import { phasesOf } from "../core/tasks.ts";
import { placeSketchMemory, SketchMember, type SketchShape, sketchPhases } from "../data/sketch-member.ts";
import { type GrowMemory, type GrowShape, placeGrowMemory } from "../kernel/grow/grow-memory.ts";
import { type GrowPhase, growTasks } from "../kernel/grow/grow-tasks.ts";
import { MarginMember } from "../kernel/margins/margin-member.ts";
import { type MarginMemory, type MarginShape, placeMarginMemory } from "../kernel/margins/margin-memory.ts";
import { type MarginPhase, marginTasks } from "../kernel/margins/margin-tasks.ts";
import type { KernelMemory } from "../kernel/wasm/kernel-memory.ts";
import { createObjective } from "../objective/registry.ts";
import { TreeMember } from "../tree/backend/tree-member.ts";
import type { TreeParameters } from "../tree/tree-parameters.ts";

/** Keeping the margins of evaluation sets up to date. */
export interface MarginJob {
  readonly shape: MarginShape;
  readonly memory: KernelMemory;
}

/** Growing trees, and adding them to margins. */
export interface GrowJob {
  readonly kind: "grow";
  readonly shape: GrowShape;
  readonly memory: KernelMemory;
  readonly parameters: TreeParameters;
  readonly objective: { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> };
  readonly margins?: MarginJob | undefined;
}

/** Sketching the columns of a table. */
export interface SketchJob {
  readonly kind: "sketch";
  readonly shape: SketchShape;
  readonly buffer: ArrayBufferLike;
}

/** Predicting the rows of a block; its member is made where models are known, see booster/predict-member.ts. */
export interface PredictJob {
  readonly kind: "predict";
  readonly model: object;
  readonly options: object;
  readonly shape: object;
  readonly buffer: ArrayBufferLike;
}

export type Job = GrowJob | SketchJob | PredictJob;

/** The phases of each kind of job; a phase travels as its index. */
export const jobPhases: Readonly<Record<Job["kind"], readonly string[]>> = {
  grow: [...phasesOf(growTasks), ...phasesOf(marginTasks)],
  sketch: sketchPhases,
  predict: ["predict"],
};

/** Makes the member of that number for a job of training. */
export function createMember(job: Job, member: number): Member<string> {
  if (job.kind === "predict") throw new CoppiceError("INTERNAL", "a thread for training cannot predict");
  if (job.kind === "sketch") {
    return new SketchMember(member, placeSketchMemory(new Arena(job.buffer), job.shape));
  }
  const { shape, memory, parameters, objective } = job;
  const grow = placeGrowMemory(new Arena(memory.buffer), shape);
  const own = createObjective(objective.name, objective.parameters);
  const tree = new TreeMember(member, grow, memory, parameters, own);
  return new TrainingMember(tree, createMarginMember(job.margins, member, grow));
}

/** The arrays of a job's memory; `grow` holds the training table's margins. */
export function placeMargins({ shape, memory }: MarginJob, grow: GrowMemory): MarginMemory {
  return placeMarginMemory(new Arena(memory.buffer), shape, grow.margins);
}

export function createMarginMember(
  job: MarginJob | undefined,
  member: number,
  grow: GrowMemory,
): MarginMember | undefined {
  return job && new MarginMember(member, placeMargins(job, grow), job.memory.wasm);
}

/** Grows trees and, where there are evaluation sets, adds them to their margins. */
export class TrainingMember implements Member<GrowPhase | MarginPhase> {
  readonly #tree: TreeMember;
  readonly #margins: MarginMember | undefined;

  constructor(tree: TreeMember, margins: MarginMember | undefined) {
    this.#tree = tree;
    this.#margins = margins;
  }

  run(phase: GrowPhase | MarginPhase, task: number): void {
    if (isMarginPhase(phase)) this.#margins?.run(phase, task);
    else this.#tree.run(phase, task);
  }
}

function isMarginPhase(phase: GrowPhase | MarginPhase): phase is MarginPhase {
  return phase in marginTasks;
}
