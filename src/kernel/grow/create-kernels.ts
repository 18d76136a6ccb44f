// The one place that chooses which implementation of the kernels of growing trees runs.

import type { KernelMemory } from "../wasm/kernel-memory.ts";
import type { GrowKernels } from "./grow-kernels.ts";
import type { GrowMemory } from "./grow-memory.ts";
import { createPlainKernels } from "./plain-kernels.ts";
import { compileWasmKernels } from "./wasm-kernels.ts";

/** Binds kernels to a memory, for one member of the team. */
export function createGrowKernels(grow: GrowMemory, memory: KernelMemory, member: number): GrowKernels {
  if (memory.wasm === undefined) return createPlainKernels(grow, member);
  return compileWasmKernels(grow, memory.wasm, member);
}
