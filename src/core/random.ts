// Counter-based random numbers: each draw is a hash of integers (seed, purpose, round, group, index)
// and nothing else, so neither the order of draws nor how rows lie on threads and peers can change
// one. Words are scrambled by two rounds of multiply and xor-shift whose constants come from an
// exhaustive search for even avalanche (C. Wellons, "Prospecting for hash functions", 2018).

/** A 32-bit permutation: every input bit flips every output bit with probability near one half. */
function scramble(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  word = Math.imul(word ^ (word >>> 15), 0xd35a2d97);
  return word ^ (word >>> 15);
}

const TWO_32 = 4294967296;

/**
 * Adds one integer key to a hash. The key is scrambled before it meets the hash: nearby hashes
 * would otherwise give the same draws to shifted ranges of keys.
 */
function absorb(hash: number, key: number): number {
  const low = key | 0;
  const mixed = scramble(hash ^ scramble((low + 0x9e3779b9) | 0));
  if (low === key) return mixed;
  // Only for keys outside int32, so that small keys stay quick.
  return scramble(mixed ^ scramble((Math.floor(key / TWO_32) ^ 0x85ebca6b) | 0));
}

/**
 * A hash of up to five integers.
 *
 * @param seed keys are safe integers, negative ones included
 * @returns an integer in [0, 2^32)
 */
export function hash32(seed: number, a: number = 0, b: number = 0, c: number = 0, d: number = 0): number {
  return absorb(absorb(absorb(absorb(absorb(0, seed), a), b), c), d) >>> 0;
}

/**
 * One uniform draw, keyed by five integers.
 *
 * @param stream what the draw is for, so that two purposes never share draws
 * @returns a multiple of 2^-32 in [0, 1)
 */
export function uniform(seed: number, stream: number, round: number, group: number, index: number): number {
  return hash32(seed, stream, round, group, index) / TWO_32;
}

/** The key of all draws that differ only in their index: `uniformAt(streamKey(s, t, r, g), i)` is `uniform(s, t, r, g, i)`. */
export function streamKey(seed: number, stream: number, round: number, group: number): number {
  return absorb(absorb(absorb(absorb(0, seed), stream), round), group);
}

/** The draw `index` of a stream in [0, 1), for loops over rows. */
export function uniformAt(key: number, index: number): number {
  return (absorb(key, index) >>> 0) / TWO_32;
}
