// What a team can be given to do: a description that can be sent to another thread, and how a member for it
// is made there.

import { Arena } from "../core/arena.ts";
import type { Member } from "../core/executor.ts";
import { placeSketchMemory, SketchMember, type SketchShape, sketchPhases } from "../data/sketch-member.ts";
import type { KernelMemory } from "../kernel/grow-kernels.ts";
import { type GrowShape, placeGrowMemory } from "../kernel/grow-memory.ts";
import { createObjective } from "../objective/registry.ts";
import { phases, TreeMember } from "../tree/tree-member.ts";
import type { TreeParameters } from "../tree/tree-parameters.ts";

/** Growing trees. */
export interface GrowJob {
  readonly kind: "grow";
  readonly shape: GrowShape;
  readonly memory: KernelMemory;
  readonly parameters: TreeParameters;
  readonly objective: { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> };
}

/** Sketching the columns of a table. */
export interface SketchJob {
  readonly kind: "sketch";
  readonly shape: SketchShape;
  readonly buffer: ArrayBufferLike;
}

export type Job = GrowJob | SketchJob;

/** The phases of each kind of job; a phase travels as its index. */
export const jobPhases: Readonly<Record<Job["kind"], readonly string[]>> = {
  grow: phases,
  sketch: sketchPhases,
};

/** Makes the member of that number. */
export function createMember(job: Job, member: number): Member<string> {
  if (job.kind === "sketch") {
    return new SketchMember(member, placeSketchMemory(new Arena(job.buffer), job.shape), job.shape);
  }
  const { shape, memory, parameters, objective } = job;
  const grow = placeGrowMemory(new Arena(memory.buffer), shape);
  const own = createObjective(objective.name, objective.parameters);
  return new TreeMember(member, grow, memory, parameters, own);
}
