// The one buffer that holds the arrays of a training, of the kind that kernels and threads need.

import { CoppiceError } from "../../core/errors.ts";
import type { WasmMemory } from "./wasm-memory.ts";
import { canCompileWasm } from "./wasm-module.ts";

/** The memory of a team and how its kernels can be made; plain data that can be sent to other threads. */
export interface KernelMemory {
  readonly buffer: ArrayBufferLike;
  /** Present when WebAssembly kernels are to be used; `buffer` is its buffer. */
  readonly wasm?: WasmMemory | undefined;
}

/** "auto" is WebAssembly where it can be had and the memory fits, else TypeScript: the same bytes either way. */
export type KernelChoice = "auto" | "webassembly" | "typescript";

const WASM_PAGE_BYTES = 65536;
/** A wasm32 memory ends at 4 GiB. */
const MAX_WASM_PAGES = 65536;

/**
 * A zeroed buffer.
 *
 * @param isShared whether several threads will use it
 * @throws {CoppiceError} UNSUPPORTED when so much memory, or WebAssembly if demanded, cannot be had
 */
export function allocateKernelMemory(
  sizeBytes: number,
  isShared: boolean,
  choice: KernelChoice,
): KernelMemory {
  const pages = Math.ceil(sizeBytes / WASM_PAGE_BYTES);
  const useWasm = choice !== "typescript" && pages <= MAX_WASM_PAGES && canCompileWasm();
  if (choice === "webassembly" && !useWasm) {
    const why =
      pages > MAX_WASM_PAGES
        ? `${sizeBytes} bytes exceed the 4 GiB of a memory`
        : "it cannot be compiled here";
    throw new CoppiceError("UNSUPPORTED", `the WebAssembly kernels cannot be used: ${why}`, { sizeBytes });
  }
  try {
    if (useWasm) {
      const wasm = new WebAssembly.Memory({ initial: pages, maximum: MAX_WASM_PAGES, shared: isShared });
      return { buffer: wasm.buffer, wasm };
    }
    return { buffer: isShared ? new SharedArrayBuffer(sizeBytes) : new ArrayBuffer(sizeBytes) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CoppiceError(
      "UNSUPPORTED",
      `training needs ${(sizeBytes / 2 ** 20).toFixed(0)} MiB in one piece, which cannot be had here`,
      { sizeBytes },
      cause,
    );
  }
}
