// Many typed arrays one after another in one buffer, so that threads can share them and WebAssembly can
// address them. The same sequence of calls gives the same places, in another thread as well; on no buffer
// at all it only measures.

/** Arrays start on a cache line, so that threads writing to different ones do not share it. */
const ALIGNMENT = 64;

export class Arena {
  readonly #buffer: ArrayBufferLike | undefined;
  #sizeBytes: number;

  /**
   * @param buffer without one, every array is empty and only `sizeBytes` counts
   * @param begin the first byte to use
   */
  constructor(buffer: ArrayBufferLike | undefined, begin = 0) {
    this.#buffer = buffer;
    this.#sizeBytes = begin;
  }

  /** Where the last array ends. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  u8(length: number): Uint8Array {
    return (
      this.#place(length, 1, (buffer, offset) => new Uint8Array(buffer, offset, length)) ?? new Uint8Array()
    );
  }

  u16(length: number): Uint16Array {
    return (
      this.#place(length, 2, (buffer, offset) => new Uint16Array(buffer, offset, length)) ?? new Uint16Array()
    );
  }

  u32(length: number): Uint32Array {
    return (
      this.#place(length, 4, (buffer, offset) => new Uint32Array(buffer, offset, length)) ?? new Uint32Array()
    );
  }

  i32(length: number): Int32Array {
    return (
      this.#place(length, 4, (buffer, offset) => new Int32Array(buffer, offset, length)) ?? new Int32Array()
    );
  }

  f32(length: number): Float32Array {
    return (
      this.#place(length, 4, (buffer, offset) => new Float32Array(buffer, offset, length)) ??
      new Float32Array()
    );
  }

  f64(length: number): Float64Array {
    return (
      this.#place(length, 8, (buffer, offset) => new Float64Array(buffer, offset, length)) ??
      new Float64Array()
    );
  }

  #place<A>(
    length: number,
    elementBytes: number,
    view: (buffer: ArrayBufferLike, offset: number) => A,
  ): A | undefined {
    const offset = Math.ceil(this.#sizeBytes / ALIGNMENT) * ALIGNMENT;
    this.#sizeBytes = offset + length * elementBytes;
    return this.#buffer === undefined ? undefined : view(this.#buffer, offset);
  }
}

/** How many bytes the arrays take that `place` makes. */
export function measureArena(place: (arena: Arena) => unknown): number {
  const arena = new Arena(undefined);
  place(arena);
  return arena.sizeBytes;
}
