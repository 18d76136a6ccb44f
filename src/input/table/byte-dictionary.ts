// Codes for texts that are given as bytes: equal bytes, equal code, in order of appearance. A text
// becomes a string only the first time it is met. Open addressing with linear probing; entries lie
// one after another in `bytes`.

const MIN_CAPACITY = 64;

export class ByteDictionary {
  /** The text of each code. */
  readonly texts: string[] = [];
  readonly #missing: ReadonlySet<string>;
  readonly #decoder: TextDecoder = new TextDecoder();
  /** Entry + 1 by hash, 0 where free; its length is a power of two. */
  #slots: Int32Array = new Int32Array(MIN_CAPACITY);
  #hashes: Int32Array = new Int32Array(MIN_CAPACITY);
  /** Begin of each entry in #bytes; one more than entries. */
  #begins: Int32Array = new Int32Array(MIN_CAPACITY);
  #codes: Int32Array = new Int32Array(MIN_CAPACITY);
  #bytes: Uint8Array = new Uint8Array(1024);
  #entryCount = 0;

  /** @param missing texts that mean missing */
  constructor(missing: ReadonlySet<string>) {
    this.#missing = missing;
  }

  /** The code of the text bytes[begin, end), -1 when it means missing. */
  codeOf(bytes: Uint8Array, begin: number, end: number): number {
    let hash = -2128831035;
    for (let i = begin; i < end; i++) hash = Math.imul(hash ^ bytes[i], 16777619);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] - 1;
      if (entry < 0) return this.#add(bytes, begin, end, hash, slot);
      if (this.#hashes[entry] === hash && this.#equals(entry, bytes, begin, end)) return this.#codes[entry];
    }
  }

  #equals(entry: number, bytes: Uint8Array, begin: number, end: number): boolean {
    const own = this.#begins[entry];
    if (this.#begins[entry + 1] - own !== end - begin) return false;
    for (let i = begin, j = own; i < end; i++, j++) if (bytes[i] !== this.#bytes[j]) return false;
    return true;
  }

  #add(bytes: Uint8Array, begin: number, end: number, hash: number, slot: number): number {
    const entry = this.#entryCount++;
    if (entry + 2 > this.#begins.length) this.#growEntries();
    const at = this.#begins[entry];
    if (at + end - begin > this.#bytes.length) {
      const grown = new Uint8Array(2 * (at + end - begin));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(begin, end), at);
    this.#begins[entry + 1] = at + end - begin;
    this.#hashes[entry] = hash;
    this.#slots[slot] = entry + 1;
    const text = this.#decoder.decode(bytes.subarray(begin, end));
    const code = this.#missing.has(text) ? -1 : this.texts.push(text) - 1;
    this.#codes[entry] = code;
    if (2 * this.#entryCount > this.#slots.length) this.#growSlots();
    return code;
  }

  #growEntries(): void {
    const grow = (old: Int32Array) => {
      const grown = new Int32Array(2 * old.length);
      grown.set(old);
      return grown;
    };
    this.#hashes = grow(this.#hashes);
    this.#begins = grow(this.#begins);
    this.#codes = grow(this.#codes);
  }

  #growSlots(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.#entryCount; entry++) {
      let slot = this.#hashes[entry] & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}
