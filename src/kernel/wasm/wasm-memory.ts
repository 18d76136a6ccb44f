// The memory that WebAssembly kernels work on, by an interface of ours: public types that lead here must not need
// those of the DOM.

/** A WebAssembly.Memory; public types need no types of the DOM. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(delta: number): number;
}
