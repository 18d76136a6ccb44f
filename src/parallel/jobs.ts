// What a team can be given to do: a description that can be sent to another thread, and how a member for it
// is made there.

import { Arena } from "../core/arena.ts";
import { CoppiceError } from "../core/errors.ts";
import type { Member } from "../core/executor.ts";
import { placeSketchMemory, SketchMember, type SketchShape, sketchPhases } from "../data/sketch-member.ts";
import {
  EvaluationMember,
  type EvaluationPhase,
  evaluationPhases,
} from "../kernel/evaluation/evaluation-member.ts";
import { type EvaluationShape, placeEvaluationMemory } from "../kernel/evaluation/evaluation-memory.ts";
import { type GrowShape, placeGrowMemory } from "../kernel/grow/grow-memory.ts";
import type { KernelMemory } from "../kernel/wasm/kernel-memory.ts";
import { createObjective } from "../objective/registry.ts";
import { type Phase, phases, TreeMember } from "../tree/backend/tree-member.ts";
import type { TreeParameters } from "../tree/tree-parameters.ts";

/** Keeping evaluation sets up to date. */
export interface EvaluationJob {
  readonly shape: EvaluationShape;
  readonly memory: KernelMemory;
}

/** Growing trees, and evaluating them. */
export interface GrowJob {
  readonly kind: "grow";
  readonly shape: GrowShape;
  readonly memory: KernelMemory;
  readonly parameters: TreeParameters;
  readonly objective: { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> };
  readonly evaluation?: EvaluationJob | undefined;
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
  grow: [...phases, ...evaluationPhases],
  sketch: sketchPhases,
  predict: ["predict"],
};

/** Makes the member of that number for a job of training. */
export function createMember(job: Job, member: number): Member<string> {
  if (job.kind === "predict") throw new CoppiceError("INTERNAL", "a thread for training cannot predict");
  if (job.kind === "sketch") {
    return new SketchMember(member, placeSketchMemory(new Arena(job.buffer), job.shape), job.shape);
  }
  const { shape, memory, parameters, objective, evaluation } = job;
  const grow = placeGrowMemory(new Arena(memory.buffer), shape);
  const own = createObjective(objective.name, objective.parameters);
  return new TrainingMember(
    new TreeMember(member, grow, memory, parameters, own),
    evaluation && createEvaluationMember(member, evaluation, grow.margins),
  );
}

function createEvaluationMember(
  member: number,
  job: EvaluationJob,
  trainingMargins: Float32Array,
): EvaluationMember {
  const { shape, memory } = job;
  const placed = placeEvaluationMemory(new Arena(memory.buffer), shape);
  return new EvaluationMember(member, shape, placed, trainingMargins, memory.wasm);
}

/** Grows trees and, where there are evaluation sets, evaluates them. */
export class TrainingMember implements Member<Phase | EvaluationPhase> {
  readonly #tree: TreeMember;
  readonly #evaluation: EvaluationMember | undefined;

  constructor(tree: TreeMember, evaluation: EvaluationMember | undefined) {
    this.#tree = tree;
    this.#evaluation = evaluation;
  }

  run(phase: Phase | EvaluationPhase, task: number): void {
    if (phase === "rank" || phase === "score") this.#evaluation?.run(phase, task);
    else this.#tree.run(phase, task);
  }
}
