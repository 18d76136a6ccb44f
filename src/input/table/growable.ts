// A typed array that grows: a list of chunks, joined once at the end, so that growing never copies.

type Chunk = Float32Array | Float64Array | Uint32Array;

const CHUNK_LENGTH = 1 << 16;

export class Growable<T extends Chunk> {
  length = 0;
  #chunks: T[] = [];
  #last: T;
  #used = 0;
  readonly #create: (length: number) => T;

  constructor(create: (length: number) => T) {
    this.#create = create;
    this.#last = create(0);
  }

  push(value: number): void {
    if (this.#used === this.#last.length) {
      this.#last = this.#create(CHUNK_LENGTH);
      this.#chunks.push(this.#last);
      this.#used = 0;
    }
    this.#last[this.#used++] = value;
    this.length++;
  }

  /** A copy of the last `count` values. */
  tail(count: number): T {
    const values = this.#create(count);
    for (let i = 0, at = this.length - count; i < count; i++, at++) {
      values[i] = this.#chunks[Math.floor(at / CHUNK_LENGTH)][at % CHUNK_LENGTH];
    }
    return values;
  }

  /** All values in one array; the growable is empty afterwards. */
  finish(): T {
    const joined = this.#create(this.length);
    let at = 0;
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      const rest = joined.length - at;
      joined.set(rest < chunk.length ? chunk.subarray(0, rest) : chunk, at);
      at += chunk.length;
    }
    this.#last = this.#create(0);
    this.#used = 0;
    this.length = 0;
    return joined;
  }
}
