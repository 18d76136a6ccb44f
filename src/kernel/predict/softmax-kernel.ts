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

/** Writes the softmax over groups of `count` >= LEAST_ROWS rows; both arrays lie apart, in the kernel's memory. */
export type SoftmaxKernel = (source: GroupPlaces, target: GroupPlaces, count: number) => void;

/**
 * @param powers room for 4 * groupCount values, of this kernel alone
 * @param constants see gradient-constants.ts
 */
export function createSoftmaxKernel(
  wasm: WasmMemory,
  groupCount: number,
  powers: Float32Array,
  constants: Float64Array,
): SoftmaxKernel {
  const { softmaxRows } = instantiateKernels(wasm) as unknown as {
    softmaxRows: (...numbers: readonly number[]) => void;
  };
  const addressOf = ({ array, begin }: GroupPlaces) => array.byteOffset + 4 * begin;
  return (source, target, count) => {
    softmaxRows(
      addressOf(source),
      4 * source.stride,
      groupCount,
      count,
      addressOf(target),
      4 * target.stride,
      powers.byteOffset,
      constants.byteOffset,
    );
  };
}
