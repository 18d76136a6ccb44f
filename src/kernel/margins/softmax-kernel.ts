// The softmax of ranges of rows from one array to another, in WebAssembly: the same bytes as softmaxRows of
// core/softmax.ts.

import type { WasmMemory } from "../wasm/wasm-memory.ts";
import { instantiateKernels } from "../wasm/wasm-module.ts";

/** Rows below which the kernel cannot work. */
export const LEAST_ROWS = 4;

/** Where group-major values begin, and from a group's to the next one's; in elements. */
export interface GroupPlaces {
  readonly array: Float32Array;
  readonly begin: number;
  readonly stride: number;
}

/** What a kernel has in its memory for itself. */
export interface SoftmaxSpace {
  /** Four values a group. */
  readonly powers: Float32Array;
  /** What is said to the kernel before each call, SOFTMAX_WORDS long. */
  readonly job: Uint32Array;
}

export const SOFTMAX_WORDS = 16;

/** Writes the softmax over groups of `count` >= LEAST_ROWS rows; both arrays lie apart, in the kernel's memory. */
export type SoftmaxKernel = (source: GroupPlaces, target: GroupPlaces, count: number) => void;

/** @param constants see gradient-constants.ts */
export function createSoftmaxKernel(
  wasm: WasmMemory,
  groupCount: number,
  { powers, job }: SoftmaxSpace,
  constants: Float64Array,
): SoftmaxKernel {
  const { softmaxRows } = instantiateKernels(wasm) as unknown as {
    softmaxRows: (job: number, count: number) => void;
  };
  const addressOf = ({ array, begin }: GroupPlaces) => array.byteOffset + 4 * begin;
  return (source, target, count) => {
    // In the order of SoftmaxJob in assembly/exponential.ts.
    job[0] = addressOf(source);
    job[1] = 4 * source.stride;
    job[2] = addressOf(target);
    job[3] = 4 * target.stride;
    job[4] = groupCount;
    job[5] = powers.byteOffset;
    job[6] = constants.byteOffset;
    softmaxRows(job.byteOffset, count);
  };
}
