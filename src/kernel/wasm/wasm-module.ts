// The module compiled from assembly/kernels.ts, and whether a runtime can have it.

import { KERNELS_BASE64 } from "./wasm-bytes.ts";
import type { WasmMemory } from "./wasm-memory.ts";

/** Whether WebAssembly with SIMD can be compiled here; some runtimes forbid it. */
export function canCompileWasm(): boolean {
  try {
    if (typeof WebAssembly !== "object" || !WebAssembly.validate(kernelBytes(true))) return false;
    // Where compiling is forbidden, bytes are still valid: only the smallest module tells.
    return new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) instanceof WebAssembly.Module;
  } catch {
    return false;
  }
}

/** The compiled module's bytes for a shared or an unshared memory, which differ in one flag. */
function kernelBytes(isShared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(KERNELS_BASE64), (letter) => letter.charCodeAt(0));
  if (isShared) return bytes;
  // The import reads: "memory", kind 2 (memory), flags 3 (has a maximum, shared).
  const name = [..."memory"].map((letter) => letter.charCodeAt(0));
  const at = bytes.findIndex((_, i) => name.every((code, j) => bytes[i + j] === code));
  bytes[at + name.length + 1] = 1;
  return bytes;
}

const modules = new Map<boolean, WebAssembly.Module>();

/**
 * The module's exports on a memory, shared or not, of at most 65,536 pages.
 *
 * @throws {WebAssembly.CompileError} where the runtime forbids compiling
 */
export function instantiateKernels(memory: WasmMemory): WebAssembly.Exports {
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  let module = modules.get(isShared);
  if (module === undefined) {
    module = new WebAssembly.Module(kernelBytes(isShared));
    modules.set(isShared, module);
  }
  return new WebAssembly.Instance(module, importsOf(memory)).exports;
}

/** What the modules import. */
export function importsOf(memory: WasmMemory): WebAssembly.Imports {
  return { env: { memory: memory as WebAssembly.Memory } };
}
